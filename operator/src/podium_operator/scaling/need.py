"""What the load alone asks of each base pool, before time, bounds and money have their say.

There is one queue, so the load needs its spare slots once: a pool takes the share that it can, and
the rest flows on to the next in order.
"""

__all__ = ["PoolNeed", "Rise", "base_needs", "in_order", "whole_pods"]

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from podium_operator.scaling.decision import Bound, Lookahead
from podium_operator.scaling.model import PoolState, Role
from podium_operator.scaling.workload import Whole, Workload

_ROUNDING: Final = 1e-9

Rise = tuple[float, Lookahead]


@dataclass(frozen=True, slots=True)
class PoolNeed:
    """One pool's part, and what made it.

    pods: what the load wants, up to the maximum. kept: below this it does not shrink. over: pods
    wanted beyond the maximum; missing: those that no later pool makes up for.
    """

    pods: int
    kept: int
    bound: Bound
    over: int = 0
    missing: int = 0
    rise: Rise = (0.0, Lookahead.NONE)


def in_order(pools: Iterable[PoolState], role: Role) -> list[PoolState]:
    """The pools of a role, cheapest slot first; in the spec's order where one has no price."""
    chosen = [pool for pool in pools if pool.role is role]
    if any(pool.cost_per_hour is None for pool in chosen):
        return chosen
    return sorted(chosen, key=lambda pool: (pool.cost_per_hour or 0) / (pool.slots * pool.speed))


def base_needs(
    workload: Workload, pools: Sequence[PoolState], rises: Sequence[Rise]
) -> list[PoolNeed]:
    """One need per base pool, in the order they are filled; `rises` in each pool's erlangs."""
    wanted = list(_filled(workload, pools, rises, factor=1.0))
    spare = workload.spare
    kept = wanted if spare == 1 else _filled(workload, pools, rises, factor=spare)
    return [
        replace(need, kept=max(need.pods, more.pods), rise=rise)
        for need, more, rise in zip(wanted, kept, rises, strict=True)
    ]


def whole_pods(pods: float) -> int:
    """Round up, but not for what arithmetic leaves over."""
    return math.ceil(pods - _ROUNDING)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What earlier pools pass on: a share of all demand, and slots of speed 1 that are stuck."""

    share: float = 1.0
    stuck_slots: float = 0.0


def _filled(
    workload: Workload, pools: Sequence[PoolState], rises: Sequence[Rise], *, factor: float
) -> Iterator[PoolNeed]:
    rest = _Rest()
    for pool, (rise, _) in zip(pools, rises, strict=True):
        whole = workload.whole(pool, within_seconds=pool.drain_seconds, rise=rise, factor=factor)
        need = _need(pool, whole, rest, streams=rest.share * workload.streams * factor)
        if workload.lateness > 1 and need.bound is Bound.LOAD:
            need = replace(need, bound=Bound.LATENESS)
        yield need
        most = workload.share(pool, pool.maximum, whole_slots=whole.slots)
        in_vain = _in_vain(pool, need) * pool.slots * pool.speed
        rest = _Rest(max(0.0, rest.share - most), in_vain)


def _need(pool: PoolState, whole: Whole, rest: _Rest, *, streams: float) -> PoolNeed:
    slots = rest.share * whole.slots + rest.stuck_slots / pool.speed
    by_slots = whole_pods(slots / pool.slots)
    by_streams = whole_pods(streams / pool.streams_per_pod) if pool.streams_per_pod else 0
    wanted = max(by_slots, by_streams)
    pods = min(wanted + _made_up(pool, wanted), pool.maximum)
    bound = Bound.BACKLOG if whole.by_backlog else Bound.LOAD
    if by_streams > by_slots:
        bound = Bound.STREAMS
    over = max(0, wanted - pool.maximum)
    return PoolNeed(pods=pods, kept=pods, bound=bound, over=over)


def _made_up(pool: PoolState, wanted: int) -> int:
    """One more pod where some are stuck: what broke them would break many others as well."""
    return min(pool.stuck, 1) if wanted else 0


def _in_vain(pool: PoolState, need: PoolNeed) -> int:
    """Pods that count for this pool's load but never come to serve it: the next pool's part."""
    return min(need.pods, max(0, pool.stuck - 1 if need.pods < pool.maximum else pool.stuck))
