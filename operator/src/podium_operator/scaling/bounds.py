"""Numbers from the queue and the cluster, brought within what can be: hostile input ends here."""

__all__ = ["bounded"]

import math
from dataclasses import replace
from typing import Final

from podium_operator.scaling.model import (
    Canary,
    ClassDemand,
    Inputs,
    PoolState,
    Service,
    Source,
)

_Range = tuple[float, float]

# Outside of these a number is broken, not large.
_SEGMENT_SECONDS: Final = (0.1, 60.0)
_SERVICE_SECONDS: Final = (0.001, 60.0)
_STREAMS: Final = (0.0, 1e6)
_LEAST_STREAMS: Final = 1e-3
_WAIT_SECONDS: Final = (0.0, 3600.0)
_SLOT_SECONDS: Final = (0.0, 1e6)
_SLOTS: Final = (0.05, 1024.0)
_SPEED: Final = (0.01, 100.0)
_STARTUP_SECONDS: Final = (0.0, 3600.0)
_MONEY: Final = (0.0, 1e6)
_PERCENT: Final = (0.0, 400.0)
_AGE_SECONDS: Final = 1e9


def bounded(inputs: Inputs) -> Inputs:
    """The inputs with every number within what can be; what is no number becomes harmless."""
    budget = inputs.budget_per_hour
    return replace(
        inputs,
        sources=tuple(Source(one.name, _age(one.age_seconds)) for one in inputs.sources),
        demand=tuple(map(_demand, inputs.demand)),
        pools=tuple(map(_pool, inputs.pools)),
        refused=max(0, inputs.refused),
        segments=_count(inputs.segments),
        answered=_count(inputs.answered),
        late=_count(inputs.late),
        oldest_wait_seconds=_within(inputs.oldest_wait_seconds, _WAIT_SECONDS),
        busy_slot_seconds=_within(inputs.busy_slot_seconds, _SLOT_SECONDS),
        predicted_slot_seconds=_within(inputs.predicted_slot_seconds, _SLOT_SECONDS),
        budget_per_hour=None if budget is None else _within(budget, _MONEY),
    )


def _demand(demand: ClassDemand) -> ClassDemand:
    return ClassDemand(
        load_class=demand.load_class,
        streams=0.0 if demand.streams < _LEAST_STREAMS else _within(demand.streams, _STREAMS),
        segment_seconds=_within(demand.segment_seconds, _SEGMENT_SECONDS),
        waiting_slot_seconds=_within(demand.waiting_slot_seconds, _SLOT_SECONDS),
    )


def _pool(pool: PoolState) -> PoolState:
    cost = pool.cost_per_hour
    return replace(
        pool,
        slots=_within(pool.slots, _SLOTS),
        ready=max(0, pool.ready),
        stuck=max(0, pool.stuck),
        pending_etas=tuple(_within(eta, _STARTUP_SECONDS) for eta in pool.pending_etas),
        speed=_within(pool.speed, _SPEED),
        startup_seconds=_within(pool.startup_seconds, _STARTUP_SECONDS),
        cost_per_hour=None if cost is None else _within(cost, _MONEY),
        standby_cost_per_hour=_within(pool.standby_cost_per_hour, _MONEY),
        surge_percent=_within(pool.surge_percent, _PERCENT),
        service={name: _service(one) for name, one in pool.service.items()},
        canary={name: _canary(one) for name, one in pool.canary.items()},
    )


def _service(service: Service) -> Service:
    mean = _within(service.mean_seconds, _SERVICE_SECONDS)
    return Service(mean, max(mean, _within(service.p95_seconds, _SERVICE_SECONDS)))


def _canary(canary: Canary) -> Canary:
    return Canary(
        slot_seconds=_within(canary.slot_seconds, _SERVICE_SECONDS),
        segment_seconds=_within(canary.segment_seconds, _SEGMENT_SECONDS),
    )


def _count(number: int | None) -> int | None:
    return None if number is None else max(0, number)


def _age(seconds: float) -> float:
    """An age that is no number is a great age; a clock apart may make it negative."""
    return _AGE_SECONDS if math.isnan(seconds) else min(max(seconds, 0.0), _AGE_SECONDS)


def _within(value: float, bounds: _Range) -> float:
    """The value, or the nearest bound; what is no number is the lower one."""
    low, high = bounds
    return low if math.isnan(value) else min(max(value, low), high)
