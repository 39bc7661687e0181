"""Carries out a plan for one Orchestrator: applies in order, then prunes; sends pods off machines.

One object that the API server refuses does not hold up the others. A refusal is tried again when
the object or its intent changes, and after a minute: a quota may have been raised.
"""

import logging
from collections.abc import Sequence

from podium_operator.departures import Departure
from podium_operator.handover import HANDOVER_MANAGER, replicas_to_hand_over
from podium_operator.kube.errors import ConflictError, ForbiddenError, InvalidError
from podium_operator.kube.kinds import kind_named
from podium_operator.plan import Applied, ChildrenPlan, Wanted
from podium_operator.sightings import Child, ChildKey, Sighted, fingerprint
from podium_operator.surroundings import Surroundings

__all__ = ["Hands"]

log = logging.getLogger(__name__)

_REFUSED_SECONDS = 60.0
_POD = kind_named("Pod")


class Hands:
    """Writes the children of one Orchestrator."""

    def __init__(self, namespace: str, sighted: Sighted, around: Surroundings) -> None:
        self._namespace, self._sighted, self._around = namespace, sighted, around
        self.applied: dict[ChildKey, Applied] = {}
        self._told: set[str] = set()
        self._refused: dict[ChildKey, tuple[str, float, str]] = {}

    @property
    def failure(self) -> str:
        """Return the API server's latest refusal that still stands, or ""."""
        return next(iter(text for _, _, text in self._refused.values()), "")

    @property
    def told(self) -> frozenset[str]:
        """Uids of the pods that were told to leave and are still there."""
        self._told &= {pod["metadata"]["uid"] for pod in self._sighted.pods.values()}
        return frozenset(self._told)

    async def send_off(self, departures: Sequence[Departure]) -> None:
        """Have pods deleted, each once and with its own grace. Raises `UnreachableError`."""
        for one in departures:
            try:
                await self._around.kube.delete(_POD, self._namespace, one.pod, uid=one.uid)
            except (InvalidError, ForbiddenError) as error:
                what = {"object": f"Pod/{one.pod}", "error": str(error)}
                log.warning("delete refused", extra=what)
            else:
                self._around.metrics.sent_off.labels(one.component.value, one.notice.mark).inc()
            self._told.add(one.uid)

    async def carry_out(self, plan: ChildrenPlan) -> None:
        """Apply, then prune. Raises `UnreachableError`; a refusal is kept in `failure`."""
        planned = {wanted.key for wanted in plan.applies}
        self._refused = {key: why for key, why in self._refused.items() if key in planned}
        for wanted in plan.applies:
            if not self._was_refused(wanted):
                await self._apply(wanted)
        for child in plan.prunes:
            await self._prune(child)

    def _was_refused(self, wanted: Wanted) -> bool:
        refused = self._refused.get(wanted.key)
        if refused is None:
            return False
        intent, until, _text = refused
        return intent == wanted.hash and self._around.clock() < until

    async def _apply(self, wanted: Wanted) -> None:
        key = wanted.key
        try:
            await self._hand_over(wanted)
            answer = await self._around.kube.apply(wanted.body)
        except (InvalidError, ForbiddenError, ConflictError) as error:
            until = self._around.clock() + _REFUSED_SECONDS
            self._refused[key] = (wanted.hash, until, str(error))
            log.warning("apply refused", extra={"object": "/".join(key), "error": str(error)})
            return
        self._refused.pop(key, None)
        self._sighted.see_child(answer)
        self.applied[key] = Applied(wanted.hash, fingerprint(answer))
        self._around.metrics.writes.labels(key[0], "apply").inc()

    async def _hand_over(self, wanted: Wanted) -> None:
        """Leave to others what this intent no longer says, before it does."""
        child = self._sighted.children.get(wanted.key)
        if child is None:
            return
        given = replicas_to_hand_over(
            wanted.body, replicas=child.replicas, are_ours=child.replicas_are_ours
        )
        if given is not None:
            await self._around.kube.apply(given, manager=HANDOVER_MANAGER)

    async def _prune(self, child: Child) -> None:
        kind, name = child.key
        try:
            await self._around.kube.delete(kind_named(kind), self._namespace, name, uid=child.uid)
        except (InvalidError, ForbiddenError) as error:
            log.warning("prune refused", extra={"object": f"{kind}/{name}", "error": str(error)})
            return
        self._sighted.forget(child.key)
        self.applied.pop(child.key, None)
        self._around.metrics.writes.labels(kind, "delete").inc()
