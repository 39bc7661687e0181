"""Keeps one Orchestrator: waits for news or a time-out, observes, decides, carries out, reports.

Observing never waits on the queue: its link fills the load book beside this loop. What to do is
decided by `reconcile`, which is pure; here it is only fed and obeyed.
"""

import asyncio
import logging
from dataclasses import replace

from podium_operator.api import names
from podium_operator.api.status import DecisionStatus
from podium_operator.api.v1alpha1 import Orchestrator, parse
from podium_operator.archive import opened
from podium_operator.chain.beside import keep_beside
from podium_operator.chain.mail import Mail
from podium_operator.chronicle import Chronicle
from podium_operator.departures import Departures
from podium_operator.errors import PodiumError
from podium_operator.hands import Hands
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError, NotFoundError
from podium_operator.kube.kinds import CHILD_KINDS, ORCHESTRATOR, kind_named
from podium_operator.learned import LearnedPool, learned_of
from podium_operator.lease import LeadershipLostError
from podium_operator.live.picture import Known
from podium_operator.load import LoadBook, LoadView
from podium_operator.queue_link import QueueLink
from podium_operator.reachability import Reachability, advertised_addresses
from podium_operator.reconcile import Memory, Observed, Plan, reconcile, refuse
from podium_operator.reporting import without_chain
from podium_operator.scaling import Window, signature_of
from podium_operator.secret_shelf import SecretShelf
from podium_operator.sightings import MANAGED_SELECTOR, Sighted, Sighting, version_of
from podium_operator.startup import StartupTimes
from podium_operator.surroundings import Surroundings
from podium_operator.waiting import wait_at_most

__all__ = ["Keeper"]

log = logging.getLogger(__name__)

_TICK_SECONDS = 2.0
_GAP_SECONDS = 0.1  # between two passes, so that a burst of events is one pass
_REFRESH_SECONDS = 300.0
_LONGEST_BACKOFF_SECONDS = 5.0
_POD = kind_named("Pod")


class _GoneError(Exception):
    """The object is not there any more; its children go by garbage collection."""


class Keeper:
    """The only writer of one Orchestrator's children and status."""

    def __init__(self, body: Body, around: Surroundings) -> None:
        self._around, self._body = around, body
        meta = body["metadata"]
        self._namespace, self._name, self.uid = meta["namespace"], meta["name"], meta["uid"]
        self._news = asyncio.Event()
        self._sighted, self._startup, self._book = Sighted(), StartupTimes(), LoadBook()
        self._link = QueueLink(self._book, self._news.set, clock=around.clock)
        self._reach = Reachability(
            (self._namespace, self._name), around.metrics, around.probing, draw=around.draw
        )
        self._shelf = SecretShelf(self._sighted, around)
        self._hands = Hands(self._namespace, self._sighted, around)
        self._chronicle, self._mail = Chronicle(around), Mail(body, around.claims)
        self._memory = _first_memory(body, now=around.clock())
        self._recalled = False
        self._refresh_at = float("-inf")
        self._failures, self._refusal = 0, ""
        self.last_pass_at = around.clock()

    @property
    def version(self) -> int:
        """Return the resource version of the object as it was last seen."""
        return version_of(self._body)

    def see(self, sighting: Sighting) -> None:
        """Take in one watch event."""
        match sighting.kind.name:
            case ORCHESTRATOR.name:
                is_news = self._see_self(sighting.body)
            case _POD.name:
                is_news = self._sighted.see_pod(sighting.body, was_deleted=sighting.was_deleted)
            case _:
                is_news = self._sighted.see_child(sighting.body, was_deleted=sighting.was_deleted)
        if is_news:
            self._news.set()

    async def run(self) -> None:
        """Keep it until it is gone. Only lost leadership ends this by an error."""
        link = asyncio.create_task(self._link.run(), name=f"queue {self._namespace}/{self._name}")
        reach = asyncio.create_task(self._reach.run(), name=f"probe {self._namespace}/{self._name}")
        chain = asyncio.create_task(
            keep_beside(self._mail, self._around), name=f"chain {self._namespace}/{self._name}"
        )
        try:
            while await self._pass_safely():
                if chain.done():
                    chain.result()  # lost leadership, or a fault of ours
                await self._rest()
        finally:
            for task in (link, reach, chain):
                task.cancel()
            await asyncio.gather(link, reach, chain, return_exceptions=True)
            self._around.metrics.forget(self._namespace, self._name)
            self._around.gallery.forget(self._namespace, self._name)
            self._around.board.withdraw(self._namespace, self._name)

    async def _pass_safely(self) -> bool:
        """Make one pass and count its failure; False when there is nothing left to keep."""
        metrics, result = self._around.metrics, "error"
        try:
            async with self._around.gate:
                with metrics.pass_seconds.time():
                    await self._pass()
            result, self._failures = "ok", 0
            metrics.pass_at.labels(self._namespace, self._name).set(self._around.now().timestamp())
        except _GoneError:
            result = "gone"
        except LeadershipLostError:
            raise
        except KubeError as error:
            self._failures += 1
            log.warning("pass failed", extra=self._fields(error=str(error)))
        except Exception:
            self._failures += 1
            log.exception("pass failed", extra=self._fields())
        metrics.passes.labels(result).inc()
        self.last_pass_at = self._around.clock()
        return result != "gone"

    async def _rest(self) -> None:
        """Wait for news or a time-out; after a failure for a growing, jittered pause instead."""
        if self._failures:
            pause = min(_LONGEST_BACKOFF_SECONDS, 0.25 * 2 ** min(self._failures, 8))
            await asyncio.sleep(pause * (0.8 + 0.4 * self._around.draw()))
            return
        await asyncio.sleep(_GAP_SECONDS)
        await wait_at_most(_TICK_SECONDS, self._news)

    async def _pass(self) -> None:
        self._news.clear()
        if self._around.clock() >= self._refresh_at:
            await self._refresh()
        if "deletionTimestamp" in self._body["metadata"]:
            self._picture(self._body.get("status") or {})
            return  # children go with their owner; making them again would fight that
        try:
            await self._tend(parse(self._body))
            self._refusal = ""
        except PodiumError as error:
            if isinstance(error, KubeError):
                raise
            await self._report_invalid(str(error))

    async def _tend(self, orchestrator: Orchestrator) -> None:
        await self._shelf.read(orchestrator)
        await self._recall(orchestrator)
        observed = self._observe(orchestrator)
        plan = reconcile(observed, self._memory)
        await self._hands.carry_out(plan.children)
        self._memory = plan.memory
        await self._send_off(plan.departures)
        self._link.use(self._shelf.access(orchestrator))
        self._link.tell(plan.capacity)
        self._reach.use(advertised_addresses(orchestrator))
        await self._tell(plan, observed)

    async def _send_off(self, departures: Departures) -> None:
        await self._hands.send_off(departures.leaving)
        await self._chronicle.sent_off(self._body, departures)

    async def _recall(self, orchestrator: Orchestrator) -> None:
        """Once per life: begin with what the last leader has learned."""
        if self._recalled:
            return
        name = names.scaling_name(self._name)
        try:
            body = await self._around.kube.get(kind_named("ConfigMap"), self._namespace, name)
        except NotFoundError:
            body = {}
        archive = opened(body.get("data"))
        for pool in orchestrator.spec.pools:
            known = archive.learned.pools.get(pool.name, LearnedPool())
            self._startup.take_over(pool.name, known.startup_seconds)
            self._book.take_over(pool.name, known.services, slots_per_pod=known.slots_per_pod)
        self._memory = replace(self._memory, archive=archive)
        self._recalled = True

    def _observe(self, orchestrator: Orchestrator) -> Observed:
        """Put together the last known values; nothing here waits."""
        now, shelf = self._around.clock(), self._shelf
        pools = [pool.name for pool in orchestrator.spec.pools]
        self._startup.learn(self._sighted.pods.values())
        self._book.retain(self._sighted.pods, pools=pools, now=now)
        load = self._book.view(now=now)
        return Observed(
            orchestrator=orchestrator,
            sighted=self._sighted,
            secrets=shelf.states if orchestrator.spec.paused else shelf.ensure(orchestrator),
            load=load,
            learned=learned_of(load, self._startup.times, pools=pools),
            status=self._body.get("status") or {},
            applied=self._hands.applied,
            startup_seconds={
                pool.name: self._startup.p90_seconds(pool.name, unknown=pool.scale.startup_seconds)
                for pool in orchestrator.spec.pools
            },
            image=self._around.image,
            now=now,
            date=self._around.now(),
            peer=self._around.peer,
            failure=self._hands.failure,
            machines=self._around.machines.view(),
            told=self._hands.told,
        )

    async def _tell(self, plan: Plan, observed: Observed) -> None:
        if plan.news is not None:
            await self._chronicle.decided(self._body, plan.news)
        for kind, name in (child.key for child in plan.children.prunes):
            if kind == "Deployment":
                await self._chronicle.pool_removed(self._body, name)
                pool = name.removeprefix(names.pool_name(self._name, ""))
                self._around.metrics.forget_pool(self._namespace, self._name, pool)
        self._chronicle.measure(self._body, plan.status, observed.load, observed.startup_seconds)
        self._around.metrics.decided(self._namespace, self._name, plan.decision)
        self._around.metrics.pools.show(observed.orchestrator, self._sighted, now=observed.date)
        self._picture(plan.status, observed.load)
        await self._chronicle.devices_turned(self._body, observed.load.devices)
        self._around.board.publish(self._namespace, self._name, plan.offers)
        await self._show(plan.status)
        if self._hands.failure != observed.failure:
            self._news.set()  # the status just written does not know of it yet

    async def _report_invalid(self, message: str) -> None:
        if message != self._refusal:
            log.warning("spec refused", extra=self._fields(error=message))
        self._refusal = message
        generation = int(self._body["metadata"].get("generation") or 0)
        shown = without_chain(self._body.get("status") or {})
        status = refuse(message, shown, generation=generation, date=self._around.now())
        self._picture(status)
        await self._show(status)

    def _picture(self, status: Body, load: LoadView | None = None) -> None:
        """Put what is known on the live page, whether or not anything can be done about it."""
        seen = load or self._book.view(now=self._around.clock())
        known = Known(self._body, status, seen, self._sighted.pods, self._reach.outcomes)
        self._around.gallery.show(known)

    async def _show(self, status: Body) -> None:
        answer = await self._chronicle.show(self._body, status)
        if answer is not None:
            self._see_self(answer)

    async def _refresh(self) -> None:
        """Read the truth: watches do not tell of deletions that happened while they re-listed."""
        try:
            fresh = await self._around.kube.get(ORCHESTRATOR, self._namespace, self._name)
        except NotFoundError:
            raise _GoneError from None
        if fresh["metadata"]["uid"] != self.uid:
            raise _GoneError
        self._see_self(fresh)
        self._sighted.begin_listing()
        selector = f"{MANAGED_SELECTOR},{names.INSTANCE_LABEL}={self._name}"
        for kind in (*CHILD_KINDS, _POD):
            if kind.name == "Secret":
                continue
            listing = self._around.kube.list(kind, self._namespace, selector=selector)
            bodies = [body async for body in listing]
            if kind is _POD:
                self._sighted.replace_pods(bodies)
            else:
                self._sighted.replace_children(kind.name, bodies)
        spread = 0.9 + 0.2 * self._around.draw()
        self._refresh_at = self._around.clock() + _REFRESH_SECONDS * spread

    def _see_self(self, body: Body) -> bool:
        known, fresh = self._body["metadata"], body["metadata"]
        if fresh["uid"] != self.uid or version_of(body) < self.version:
            return False
        self._body = body
        is_news = any(
            known.get(name) != fresh.get(name)
            for name in ("generation", "annotations", "deletionTimestamp")
        )
        self._mail.put(body, is_news=is_news)
        return is_news

    def _fields(self, **more: str) -> dict[str, str]:
        return {"namespace": self._namespace, "orchestrator": self._name, **more}


def _first_memory(body: Body, *, now: float) -> Memory:
    """Begin where the last leader's status ends: decisions go on counting from its number."""
    shown = (body.get("status") or {}).get("decision")
    last = DecisionStatus.model_validate(shown) if shown else None
    if last is None:
        return Memory(Window(started_at=now))
    pools = ((pool.name, pool.desired, pool.bound) for pool in last.pools)
    signature = signature_of(last.hold, last.surge.choice, pools)
    return Memory(Window(started_at=now, decision_id=last.id, signature=signature), last)
