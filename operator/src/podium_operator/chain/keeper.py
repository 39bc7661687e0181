"""Keeps one Orchestrator's chain side, beside scaling: reads, decides, carries on, tells.

A task of its own, so that an endpoint that hangs never holds up a pod. Nothing that matters is
remembered here: intents come from status and bytes from the Secret, after every start and after
every failure, and what is true comes from the chain.
"""

__all__ = ["ChainKeeper"]

import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import Final

from podium_operator.api.chain import Chain
from podium_operator.api.chain_status import ChainStatus
from podium_operator.api.v1alpha1 import Orchestrator, parse
from podium_operator.chain.bookkeeper import Bookkeeper
from podium_operator.chain.consent import acknowledged_in, approvals_in
from podium_operator.chain.leave import Leave
from podium_operator.chain.mail import Mail
from podium_operator.chain.model import (
    IN_FLIGHT,
    Alert,
    Aspect,
    ChainDecision,
    ChainObserved,
    ChainState,
    ChainTerms,
    Intent,
    IntentState,
)
from podium_operator.chain.picture import Scenery, conditions_of, picture_of
from podium_operator.chain.plug import Plug
from podium_operator.chain.ports import Advance
from podium_operator.chain.rpc.errors import RpcError
from podium_operator.chain.shelf import SecretVault, StatusLog
from podium_operator.chain.teller import Teller
from podium_operator.chain.terms import terms_of
from podium_operator.chain.turn import take_turn
from podium_operator.chain.wiring import Wire
from podium_operator.chain.works import Works, real_works
from podium_operator.errors import PodiumError
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError
from podium_operator.lease import LeadershipLostError
from podium_operator.surroundings import Surroundings
from podium_operator.waiting import wait_at_most

log = logging.getLogger(__name__)

_UNDER_WAY_SECONDS: Final = 2.0
_LONGEST_BACKOFF_SECONDS: Final = 30.0
_DAY_SECONDS: Final = 86_400


class ChainKeeper:
    """The only writer of one Orchestrator's chain status, and the only sender from its keys."""

    def __init__(self, mail: Mail, around: Surroundings, works: Works | None = None) -> None:
        self._mail, self._around = mail, around
        self._works = works or real_works()
        meta = mail.body["metadata"]
        self._owner = (meta["namespace"], meta["name"])
        self._plug = Plug(around, self._owner, self._works)
        self._teller = Teller(around, self._owner)
        self._leave, self._books = Leave(mail, around), Bookkeeper(around.kube)
        self._log: StatusLog | None = None
        self._picture = ChainStatus()
        self._poll_seconds: float | None = None
        self._failures, self._said = 0, ""

    async def run(self) -> None:
        """Keep it until cancelled. Only lost leadership ends this by an error."""
        try:
            while True:
                await self.look()
                await self._rest()
        finally:
            await self._plug.pull()
            self._around.metrics.chain.forget(*self._owner)

    async def look(self) -> None:
        """Look once, and count a failure. Raises LeadershipLostError alone."""
        try:
            await self._look()
            self._failures = 0
        except LeadershipLostError:
            raise
        except (PodiumError, TimeoutError) as error:
            self._failures += 1
            self._log = None  # what it wrote last may or may not stand: read it again
            log.warning("chain pass failed", extra=self._fields(error=str(error)))
            await self._tell_trouble(str(error))
        except Exception:
            self._failures += 1
            self._log = None
            log.exception("chain pass failed", extra=self._fields())

    async def _rest(self) -> None:
        pause = self._poll_seconds
        if self._failures:
            pause = min(_LONGEST_BACKOFF_SECONDS, 0.5 * 2 ** min(self._failures, 8))
        elif self._log is not None and any(one.state in IN_FLIGHT for one in self._log.intents):
            pause = min(_UNDER_WAY_SECONDS, pause or _UNDER_WAY_SECONDS)
        spread = None if pause is None else pause * (0.9 + 0.2 * self._around.draw())
        await wait_at_most(spread, self._mail.news)

    async def _look(self) -> None:
        self._mail.news.clear()
        body = self._mail.body
        try:
            orchestrator = parse(body)
            chain = orchestrator.spec.chain
            terms = None if chain is None else terms_of(orchestrator, chain)
        except PodiumError as error:
            await self._leave.tell_if_leaving(body, f"the spec cannot be carried out: {error}")
            return  # the spec's keeper tells of it, and what stands stays
        status = await self._opened(body)
        if not await self._leave.may_go_on(body, orchestrator):
            return
        if chain is None or terms is None:
            await self._go_off_chain(status)
            return
        self._poll_seconds = float(chain.rpc.poll_seconds)
        await self._tend(orchestrator, chain, terms)

    async def _tend(self, orchestrator: Orchestrator, chain: Chain, terms: ChainTerms) -> None:
        body = self._mail.body
        status = await self._opened(body)
        status.chain_id = terms.chain_id
        wire = await self._plug.wire(chain, terms)
        await self._plug.read(wire, chain, terms)
        await self._around.claims.refresh()
        before = status.intents
        observed = self._observed(body, wire, terms, before)
        may_begin = observed.deleting or not orchestrator.spec.paused
        hand = self._hand(wire, terms, status)
        try:
            decision = await take_turn(observed, hand, may_begin=may_begin)
        finally:
            self._hold(terms, status.intents)  # what is not in the log was not sent
        if observed.state is not None:
            await status.save(decision.intents)
        signers = {address: _kind_of(chain, terms, address) for address in wire.signers}
        trouble = "" if observed.strange else self._plug.outlook.trouble
        said = (*wire.faults, *((trouble,) if trouble else ()), decision.reason)
        scenery = Scenery(observed, decision, signers, plan="; ".join(said))
        await self._tell(orchestrator, scenery, wire, before)
        await self._account(orchestrator, wire, observed.state, decision.intents)
        await self._leave.finish(self._mail.body, decision)

    def _hand(
        self, wire: Wire, terms: ChainTerms, status: StatusLog
    ) -> Callable[[ChainDecision], Advance]:
        """Return who sends: the key is ours from the moment of the decision on."""

        def hand(decision: ChainDecision) -> Advance:
            begun = decision.next
            is_new = begun is not None and begun.state is IntentState.PLANNED
            self._hold(terms, decision.intents, also=begun.sender if begun and is_new else "")
            vault = SecretVault(self._around.kube, self._mail.body)
            return self._works.hand(wire, terms, vault, status)

        return hand

    def _hold(self, terms: ChainTerms, intents: Iterable[Intent], *, also: str = "") -> None:
        keys = {one.sender for one in intents if one.state in IN_FLIGHT}
        self._around.claims.hold(self._mail.body, terms.chain_id, keys | ({also} - {""}))

    async def _opened(self, body: Body) -> StatusLog:
        """Return the log as the API server has it, read again after every failure."""
        if self._log is None:
            fresh = StatusLog(self._around.kube, body)
            self._picture = await fresh.open()
            self._teller.met(fresh.intents, self._picture)
            self._log = fresh
        return self._log

    async def _go_off_chain(self, status: StatusLog) -> None:
        await self._plug.pull()
        self._poll_seconds = None
        self._around.metrics.chain.forget(*self._owner)
        self._around.claims.hold(self._mail.body, 0, ())
        for aspect in Aspect:
            labels = dict(zip(("namespace", "name", "type"), (*self._owner, aspect), strict=True))
            self._around.metrics.condition.remove_by_labels(labels)
        if self._picture != ChainStatus() or status.intents:
            await status.clear()
            self._picture = ChainStatus()

    def _observed(
        self, body: Body, wire: Wire, terms: ChainTerms, intents: tuple[Intent, ...]
    ) -> ChainObserved:
        annotations = body["metadata"].get("annotations") or {}
        known = {one.name: one.address for one in self._picture.contracts}
        state, claims, spent = self._plug.outlook.state, self._around.claims, 0
        if state is not None:
            since = state.at - _DAY_SECONDS
            spent = sum(one.cost_wei for one in intents if (one.sent_at or one.at) >= since)
        return ChainObserved(
            state=state,
            health=self._plug.outlook.health(wire.pool.health()),
            terms=terms,
            intents=intents,
            at=self._around.now().timestamp(),
            approvals=approvals_in(annotations),
            acknowledged=known | acknowledged_in(annotations),
            spent_today_wei=spent,
            burn_wei_per_day=spent,
            deleting="deletionTimestamp" in body["metadata"],
            strange=self._plug.outlook.strange,
            elder=claims.elder(body),
            busy_keys=claims.held_by_others(body, terms.chain_id),
        )

    async def _tell(
        self, orchestrator: Orchestrator, scenery: Scenery, wire: Wire, before: tuple[Intent, ...]
    ) -> None:
        body, decision = self._mail.body, scenery.decision
        self._picture = picture_of(scenery, self._picture)
        if self._log is not None:
            await self._log.show(
                self._picture,
                conditions_of(decision),
                generation=orchestrator.metadata.generation,
                now=self._around.now(),
            )
        if decision.reason != self._said:
            log.info("chain decided", extra=self._fields(reason=decision.reason))
            self._said = decision.reason
        faults = tuple(Alert("ChainPartMissing", fault, urgent=True) for fault in wire.faults)
        await self._teller.turned(body, before, decision.intents)
        await self._teller.alerted(body, (*faults, *decision.alerts))
        self._teller.measure(scenery, self._picture, wire.pool.sightings())

    async def _account(
        self,
        orchestrator: Orchestrator,
        wire: Wire,
        state: ChainState | None,
        intents: tuple[Intent, ...],
    ) -> None:
        """Keep the books; what fails there is tried again, and holds nothing else up."""
        if state is None or self._plug.outlook.trouble:
            return
        try:
            await self._books.keep(orchestrator, wire.pool, state, intents)
        except (RpcError, KubeError) as error:
            log.warning("books not kept", extra=self._fields(error=str(error)))

    async def _tell_trouble(self, message: str) -> None:
        body = self._mail.body
        with contextlib.suppress(KubeError):
            await self._leave.tell_if_leaving(body, message)
            await self._teller.alerted(body, (Alert("ChainTrouble", message, urgent=True),))

    def _fields(self, **more: str) -> dict[str, str]:
        namespace, name = self._owner
        return {"namespace": namespace, "orchestrator": name, **more}


def _kind_of(chain: Chain, terms: ChainTerms, address: str) -> str:
    caller = chain.rewards.caller
    is_own = address == terms.orchestrator or caller is None
    asked = chain.signer if is_own or caller is None else caller.signer
    return "keystore" if asked.keystore is not None else "remote"
