"""What the load alone asks of each pool, before time and bounds have their say."""

__all__ = ["PoolNeed", "bounded", "needs_of"]

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from podium_operator.scaling.model import ClassDemand, Inputs, PoolState, Service
from podium_operator.scaling.staffing import Offered, erlangs, slots_for

_ROUNDING: Final = 1e-9
# Numbers come from the queue; outside these bounds they are broken, not large.
_SEGMENT_SECONDS: Final = (0.1, 60.0)
_SERVICE_SECONDS: Final = (0.001, 60.0)
_STREAMS: Final = (0.0, 1e6)
_WAIT_SECONDS: Final = (0.0, 3600.0)
_WAITING_SLOT_SECONDS: Final = (0.0, 1e6)
# Before anything was measured: half of the segment's own duration.
_UNKNOWN_SHARE: Final = 0.5
# Refused sessions of a moment without any open stream: the gateways' usual segment.
_USUAL_SEGMENT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class PoolNeed:
    """One pool's part, and what made it.

    pods is above the pool's maximum only in the last pool: what others cannot take, passes on.
    """

    pods: int
    slots: int
    load_erlangs: float
    by_backlog: bool


def bounded(inputs: Inputs) -> Inputs:
    """The inputs with every number from the queue within what can be."""
    return replace(
        inputs,
        demand=tuple(map(_bounded, inputs.demand)),
        refused=max(0, inputs.refused),
        oldest_wait_seconds=_within(inputs.oldest_wait_seconds, _WAIT_SECONDS),
    )


def needs_of(inputs: Inputs) -> tuple[PoolNeed, ...]:
    """One need per pool, in order: each takes what it can, and passes the rest on.

    The inputs are `bounded` ones.
    """
    demand = _with_refused(inputs.demand, inputs.refused)
    left, needs = 1.0, []
    for place, pool in enumerate(inputs.pools, start=1):
        need = _need(pool, demand, share=left, others=inputs.pools)
        capacity = pool.maximum * pool.slots
        left *= 0.0 if need.slots <= capacity else 1 - capacity / need.slots
        is_last = place == len(inputs.pools)
        needs.append(need if is_last else replace(need, pods=min(need.pods, pool.maximum)))
    return tuple(needs)


def _need(
    pool: PoolState,
    demand: Iterable[ClassDemand],
    *,
    share: float,
    others: Iterable[PoolState],
) -> PoolNeed:
    known = _known_services(pool, others)
    classes = tuple(demand)
    offered = [_offered(one, pool, known, share) for one in classes]
    load = erlangs(offered)
    waiting = share * sum(one.waiting_slot_seconds for one in classes)
    staffed = slots_for(offered)
    draining = math.ceil(load + waiting / pool.target_backlog_seconds - _ROUNDING)
    slots = max(staffed, draining if waiting > 0 else 0)
    return PoolNeed(
        pods=math.ceil(slots / pool.slots),
        slots=slots,
        load_erlangs=load,
        by_backlog=math.ceil(slots / pool.slots) > math.ceil(staffed / pool.slots),
    )


def _offered(
    demand: ClassDemand, pool: PoolState, known: Iterable[Service], share: float
) -> Offered:
    service = pool.service.get(demand.load_class) or _slowest(known, demand.segment_seconds)
    mean = _within(service.mean_seconds, _SERVICE_SECONDS)
    return Offered(
        streams=demand.streams * share,
        segment_seconds=demand.segment_seconds,
        mean_seconds=mean,
        p95_seconds=max(mean, _within(service.p95_seconds, _SERVICE_SECONDS)),
    )


def _known_services(pool: PoolState, others: Iterable[PoolState]) -> tuple[Service, ...]:
    """What a class never measured here may be compared with: this pool's own, else any pool's."""
    own = tuple(pool.service.values())
    return own or tuple(service for other in others for service in other.service.values())


def _slowest(known: Iterable[Service], segment_seconds: float) -> Service:
    guess = _UNKNOWN_SHARE * segment_seconds
    services = tuple(known) or (Service(mean_seconds=guess, p95_seconds=guess),)
    return Service(
        mean_seconds=max(service.mean_seconds for service in services),
        p95_seconds=max(service.p95_seconds for service in services),
    )


def _with_refused(demand: tuple[ClassDemand, ...], refused: int) -> tuple[ClassDemand, ...]:
    """Refused sessions count as streams of the usual mix, at most doubling what is open.

    A gateway that is refused asks again, so a count of refusals says more than is there.
    """
    open_streams = sum(one.streams for one in demand)
    wanted = min(refused, max(1, open_streams))
    if not wanted:
        return demand
    if not open_streams:
        return (*demand, ClassDemand("refused", streams=1, segment_seconds=_USUAL_SEGMENT_SECONDS))
    return (*demand, *_scaled(demand, wanted / open_streams))


def _scaled(demand: tuple[ClassDemand, ...], factor: float) -> tuple[ClassDemand, ...]:
    return tuple(
        ClassDemand(one.load_class, one.streams * factor, one.segment_seconds) for one in demand
    )


def _bounded(demand: ClassDemand) -> ClassDemand:
    return ClassDemand(
        load_class=demand.load_class,
        streams=_within(demand.streams, _STREAMS),
        segment_seconds=_within(demand.segment_seconds, _SEGMENT_SECONDS),
        waiting_slot_seconds=_within(demand.waiting_slot_seconds, _WAITING_SLOT_SECONDS),
    )


def _within(value: float, bounds: tuple[float, float]) -> float:
    """The value, or the nearest bound; what is no number is the lower one."""
    low, high = bounds
    return low if math.isnan(value) else min(max(value, low), high)
