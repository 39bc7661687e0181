"""Keeps one Orchestrator: waits for news or a time-out, observes, decides, carries out, reports.

Observing never waits on the queue: its link fills the load book beside this loop. Every decision
is made by the pure parts (`desired`, `scaling`, `checks`); here they are only put together.
"""

import asyncio
import contextlib
import logging
from dataclasses import replace

from podium_operator import checks
from podium_operator.api import names
from podium_operator.api.conditions import merge
from podium_operator.api.status import DecisionStatus, decision_status
from podium_operator.api.v1alpha1 import Orchestrator, parse
from podium_operator.chronicle import Chronicle
from podium_operator.desired import Facts, build, secrets
from podium_operator.desired.images import pinned, pull_of
from podium_operator.errors import PodiumError
from podium_operator.hands import Hands
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError, NotFoundError
from podium_operator.kube.kinds import CHILD_KINDS, ORCHESTRATOR, kind_named
from podium_operator.lease import LeadershipLostError
from podium_operator.load import LoadBook, LoadView
from podium_operator.observe import capacities, parts, scaling_inputs
from podium_operator.queue_link import QueueLink
from podium_operator.reporting import Report, compose, timestamp
from podium_operator.scaling import Decision, Window, decide
from podium_operator.secret_shelf import SecretShelf
from podium_operator.sightings import MANAGED_SELECTOR, Sighted, Sighting
from podium_operator.startup import StartupTimes
from podium_operator.surroundings import Surroundings

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
        self._shelf = SecretShelf(self._sighted, around)
        self._hands = Hands(self._namespace, self._sighted, around)
        self._chronicle = Chronicle(around)
        self._window = Window(started_at=around.clock(), decision_id=_last_decision_id(body))
        self._shown_decision = _last_decision(body)
        self._refresh_at = float("-inf")
        self._failures = 0
        self.last_pass_at = around.clock()

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
        try:
            while await self._pass_safely():
                await self._rest()
        finally:
            link.cancel()
            await asyncio.gather(link, return_exceptions=True)
            self._around.metrics.forget(self._namespace, self._name)

    async def _pass_safely(self) -> bool:
        """Make one pass and count its failure; False when there is nothing left to keep."""
        metrics, result = self._around.metrics, "error"
        try:
            async with self._around.gate:
                with metrics.pass_seconds.time():
                    await self._pass()
            result, self._failures = "ok", 0
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
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), _TICK_SECONDS)

    async def _pass(self) -> None:
        self._news.clear()
        if self._around.clock() >= self._refresh_at:
            await self._refresh()
        if "deletionTimestamp" in self._body["metadata"]:
            return  # children go with their owner; making them again would fight that
        try:
            await self._tend(parse(self._body))
        except PodiumError as error:
            if isinstance(error, KubeError):
                raise
            await self._report_invalid(str(error))

    async def _tend(self, orchestrator: Orchestrator) -> None:
        now = self._around.clock()
        await self._shelf.read(orchestrator)
        self._startup.learn(self._sighted.pods.values())
        self._book.retain(self._sighted.pods, now=now)
        load = self._book.view(now=now)
        inputs = scaling_inputs(orchestrator, self._sighted, load, now=now)
        decision, window = decide(inputs, window=self._window)
        if orchestrator.spec.paused:
            decision = _held(decision)
            image = str((self._body.get("status") or {}).get("image") or "")
        else:
            facts = self._facts(orchestrator, decision)
            image = pull_of(orchestrator, facts).reference
            await self._carry_out(orchestrator, facts)
            await self._announce(decision, window)
        self._link.use(self._shelf.access(orchestrator))
        self._link.tell(capacities(orchestrator, decision, self._startup))
        await self._report(orchestrator, decision, load, image)

    def _facts(self, orchestrator: Orchestrator, decision: Decision) -> Facts:
        states = self._shelf.ensure(orchestrator)
        status = self._body.get("status") or {}
        return Facts(
            replicas=decision.replicas,
            secret_hashes={name: secrets.content_hash(state) for name, state in states.items()},
            image=self._around.image,
            pinned_image=pinned(
                status.get("image"),
                observed_generation=int(status.get("observedGeneration") or 0),
                generation=orchestrator.metadata.generation,
            ),
            operator=self._around.peer,
        )

    async def _carry_out(self, orchestrator: Orchestrator, facts: Facts) -> None:
        states = self._shelf.ensure(orchestrator)
        desired = [*secrets.build(orchestrator, states=states), *build(orchestrator, facts=facts)]
        pruned = await self._hands.carry_out(desired, owner_uid=orchestrator.metadata.uid)
        for kind, name in (child.key for child in pruned):
            if kind == "Deployment":
                await self._chronicle.pool_removed(self._body, name)
                pool = name.removeprefix(names.pool_name(self._name, ""))
                self._around.metrics.forget_pool(self._namespace, self._name, pool)

    async def _announce(self, decision: Decision, window: Window) -> None:
        is_new = decision.decision_id != self._window.decision_id
        self._window = window
        if is_new or self._shown_decision is None:
            self._shown_decision = decision_status(decision)
            await self._chronicle.decided(self._body, decision)

    async def _report(
        self, orchestrator: Orchestrator, decision: Decision, load: LoadView, image: str
    ) -> None:
        node, queue, pools = parts(orchestrator, self._sighted)
        verdicts = checks.conditions(
            checks.Observed(
                paused=orchestrator.spec.paused,
                node=node,
                queue=queue,
                pools=pools,
                external_queue=orchestrator.spec.queue.external is not None,
                load_age_seconds=load.age_seconds,
                at_max=tuple(pool.name for pool in decision.pools if pool.need > pool.desired),
                failure=self._hands.failure,
            )
        )
        report = Report(
            generation=orchestrator.metadata.generation,
            verdicts=verdicts,
            image=image,
            node=node,
            pools=decision.pools,
            load=load,
            decision=self._shown_decision,
        )
        status = compose(report, self._body.get("status") or {}, now=self._around.now())
        self._chronicle.measure(self._body, status, load, self._startup)
        await self._show(status)

    async def _report_invalid(self, message: str) -> None:
        log.warning("spec refused", extra=self._fields(error=message))
        shown = self._body.get("status") or {}
        verdicts = checks.conditions(
            checks.Observed(paused=False, node=None, queue=None, pools=(), invalid=message)
        )
        generation = int(self._body["metadata"].get("generation") or 0)
        conditions = merge(
            shown.get("conditions") or (),
            verdicts,
            generation=generation,
            now=timestamp(self._around.now()),
        )
        await self._show({**shown, "observedGeneration": generation, "conditions": conditions})

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
        if fresh["uid"] != self.uid or _version(body) < _version(self._body):
            return False
        self._body = body
        return any(
            known.get(name) != fresh.get(name)
            for name in ("generation", "annotations", "deletionTimestamp")
        )

    def _fields(self, **more: str) -> dict[str, str]:
        return {"namespace": self._namespace, "orchestrator": self._name, **more}


def _held(decision: Decision) -> Decision:
    """Return the decision of a paused Orchestrator: everything stays as it is."""
    return replace(
        decision, pools=tuple(replace(pool, desired=pool.current) for pool in decision.pools)
    )


def _version(body: Body) -> int:
    version = str(body["metadata"].get("resourceVersion") or "")
    return int(version) if version.isdigit() else 0


def _last_decision(body: Body) -> DecisionStatus | None:
    shown = (body.get("status") or {}).get("decision")
    return DecisionStatus.model_validate(shown) if shown else None


def _last_decision_id(body: Body) -> int:
    last = _last_decision(body)
    return last.id if last else 0
