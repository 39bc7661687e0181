"""From what is observed to the conditions: ordered small checks, the first that fires wins.

Pure. The shell fills `Observed` from its caches; nothing here knows Kubernetes objects. A check
gives a reason for programs and a message for people, or nothing. Ready's reason is what
`kubectl get` shows: Ready, Degraded or Paused while it serves, and what stands in the way if not.
"""

__all__ = ["Observed", "PartState", "conditions"]

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from podium_operator.api.conditions import Condition, ConditionType, Status
from podium_operator.devices import DeviceState, describe

_STALE_AFTER_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class PartState:
    """One workload (a StatefulSet or Deployment) as last seen.

    name: its object's name. desired, ready, updated: pods. minimum: pods it needs to serve at all.
    current: the controller has seen the newest template. trouble: a waiting container's reason and
    message ("ImagePullBackOff: ..."), empty when there is none.
    """

    name: str
    desired: int
    ready: int
    updated: int
    minimum: int = 1
    current: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What the verdict depends on.

    node, queue: None while they have not been seen; queue stays None with an external one
    (external_queue). load_age_seconds: age of the oldest source still counted; counted from when
    the operator began to listen where none has spoken; None before it listens. at_max: pools that
    need more than their maximum. stuck: pools with pods that do not come, and how many.
    unaffordable: what the budget leaves undone. devices: those that transcoders report, working or
    not. invalid, failure: the message of an InvalidSpecError, and of the last apply that the API
    server refused.
    """

    paused: bool
    node: PartState | None
    queue: PartState | None
    pools: tuple[PartState, ...]
    external_queue: bool = False
    load_age_seconds: float | None = None
    at_max: tuple[str, ...] = ()
    stuck: tuple[tuple[str, int], ...] = ()
    unaffordable: str = ""
    devices: tuple[DeviceState, ...] = ()
    invalid: str = ""
    failure: str = ""


class _Finding(NamedTuple):
    reason: str
    message: str


_Check = Callable[[Observed], _Finding | None]


def conditions(observed: Observed) -> tuple[Condition, ...]:
    """Ready, Progressing, Degraded, Paused and DevicesHealthy, always all of them."""
    degraded = _first(_DEGRADED, observed)
    return (
        _ready(observed, degraded),
        _verdict(ConditionType.PROGRESSING, _moving(observed), otherwise=_SETTLED),
        _verdict(ConditionType.DEGRADED, degraded, otherwise=_SOUND),
        _verdict(ConditionType.PAUSED, _paused(observed), otherwise=_ACTIVE),
        _healthy(observed),
    )


def _ready(observed: Observed, degraded: _Finding | None) -> Condition:
    obstacle = _first(_NOT_READY, observed)
    if obstacle is not None:
        return Condition(ConditionType.READY, Status.FALSE, *obstacle)
    finding = _paused(observed) or degraded
    if finding is None:
        return Condition(ConditionType.READY, Status.TRUE, "Ready", _serving(observed))
    word = "Paused" if observed.paused else "Degraded"
    return Condition(ConditionType.READY, Status.TRUE, word, finding.message)


def _healthy(observed: Observed) -> Condition:
    status, found = Status.TRUE, _Finding("Healthy", "every device works")
    if failure := describe(observed.devices):
        status, found = Status.FALSE, _Finding("DeviceFailed", failure)
    elif not observed.devices:
        status = Status.UNKNOWN
        found = _Finding("NotReported", "no transcoder has reported its devices")
    return Condition(ConditionType.DEVICES_HEALTHY, status, *found)


def _verdict(kind: ConditionType, found: _Finding | None, *, otherwise: _Finding) -> Condition:
    if found is None:
        return Condition(kind, Status.FALSE, *otherwise)
    return Condition(kind, Status.TRUE, *found)


def _first(checks: tuple[_Check, ...], observed: Observed) -> _Finding | None:
    return next((found for check in checks if (found := check(observed)) is not None), None)


def _is_invalid(observed: Observed) -> _Finding | None:
    return _Finding("InvalidSpec", observed.invalid) if observed.invalid else None


def _was_refused(observed: Observed) -> _Finding | None:
    return _Finding("ApplyFailed", observed.failure) if observed.failure else None


def _lacks_queue(observed: Observed) -> _Finding | None:
    if observed.external_queue:
        return None
    return _lacking("QueueNotReady", "the queue", observed.queue)


def _lacks_node(observed: Observed) -> _Finding | None:
    return _lacking("NodeNotReady", "the node", observed.node)


def _lacking(reason: str, what: str, part: PartState | None) -> _Finding | None:
    if part is None:
        return _Finding(reason, f"{what} has not been seen yet")
    if part.ready >= part.minimum:
        return None
    return _Finding(reason, f"{what} has {_share(part)} ready{_with_trouble(part)}")


def _lacks_transcoders(observed: Observed) -> _Finding | None:
    wanted = [pool for pool in observed.pools if pool.desired]
    if not wanted or any(pool.ready for pool in wanted):
        return None
    worst = next((pool for pool in wanted if pool.trouble), wanted[0])
    return _Finding(
        "NoTranscoder",
        f"no transcoder is ready: {worst.name} has {_share(worst)}{_with_trouble(worst)}",
    )


def _is_troubled(observed: Observed) -> _Finding | None:
    part = next((part for part in _parts(observed) if part.trouble), None)
    return _Finding("PodTrouble", f"{part.name}: {part.trouble}") if part is not None else None


def _lost_device(observed: Observed) -> _Finding | None:
    message = describe(observed.devices)
    return _Finding("DevicesUnhealthy", message) if message else None


def _is_blind(observed: Observed) -> _Finding | None:
    age = observed.load_age_seconds
    if age is None or age <= _STALE_AFTER_SECONDS:
        return None
    return _Finding(
        "LoadStale",
        f"no load has been reported for over {_STALE_AFTER_SECONDS:.0f} s: pools keep their sizes",
    )


def _is_reduced(observed: Observed) -> _Finding | None:
    parts = (part for part in (observed.queue, observed.node) if part is not None)
    part = next((part for part in parts if part.ready < part.desired and _rolled_out(part)), None)
    return _Finding("Reduced", f"{part.name} has {_share(part)} ready") if part else None


def _is_full(observed: Observed) -> _Finding | None:
    if not observed.at_max:
        return None
    listed = ", ".join(observed.at_max)
    return _Finding("AtMaximum", f"more load than scale.max allows for: raise it for {listed}")


def _is_stuck(observed: Observed) -> _Finding | None:
    if not observed.stuck:
        return None
    listed = ", ".join(f"{count} of {pool}" for pool, count in observed.stuck)
    return _Finding(
        "PodsStuck", f"pods do not become ready ({listed}): other pools take over what they can"
    )


def _is_unaffordable(observed: Observed) -> _Finding | None:
    return _Finding("BudgetLimited", observed.unaffordable) if observed.unaffordable else None


def _moving(observed: Observed) -> _Finding | None:
    for part in _parts(observed):
        if not _rolled_out(part):
            return _Finding("RollingOut", f"{part.name} is on its way to its newest template")
        if part.ready < part.desired:
            return _Finding("Scaling", f"{part.name} has {_share(part)} ready")
    return None


def _paused(observed: Observed) -> _Finding | None:
    if not observed.paused:
        return None
    return _Finding("Paused", "spec.paused is set: nothing is changed and nothing is scaled")


def _parts(observed: Observed) -> Iterator[PartState]:
    yield from (part for part in (observed.queue, observed.node) if part is not None)
    yield from observed.pools


def _rolled_out(part: PartState) -> bool:
    return part.current and part.updated >= part.desired


def _serving(observed: Observed) -> str:
    ready = sum(pool.ready for pool in observed.pools)
    desired = sum(pool.desired for pool in observed.pools)
    nodes = _share(observed.node) if observed.node is not None else "0 of 0"
    return f"nodes: {nodes} ready; transcoders: {ready} of {desired} ready"


def _share(part: PartState) -> str:
    return f"{part.ready} of {part.desired}"


def _with_trouble(part: PartState) -> str:
    return f": {part.trouble}" if part.trouble else ""


_SETTLED: Final = _Finding("Settled", "everything is as it was asked for")
_SOUND: Final = _Finding("Sound", "nothing is wrong")
_ACTIVE: Final = _Finding("Active", "the operator is at work")
_NOT_READY: Final[tuple[_Check, ...]] = (
    _is_invalid,
    _was_refused,
    _lacks_queue,
    _lacks_node,
    _lacks_transcoders,
)
_DEGRADED: Final[tuple[_Check, ...]] = (
    _is_invalid,
    _was_refused,
    _is_troubled,
    _lost_device,
    _is_blind,
    _is_reduced,
    _is_stuck,
    _is_unaffordable,
    _is_full,
)
