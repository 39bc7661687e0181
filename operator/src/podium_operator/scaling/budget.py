"""What may be spent in an hour: the dearest capacity goes first, and no pool below its minimum."""

__all__ = ["cost_of", "within_budget"]

import math
from collections.abc import Mapping, Sequence

from podium_operator.scaling.model import PoolState

_ROUNDING = 1e-9


def cost_of(pools: Sequence[PoolState], pods: Mapping[str, int]) -> float:
    """Cost per hour; a pool without a price counts as free."""
    return sum((pool.cost_per_hour or 0.0) * pods[pool.name] for pool in pools)


def within_budget(
    pools: Sequence[PoolState], wanted: Mapping[str, int], *, per_hour: float | None
) -> dict[str, int]:
    """Pods by pool that cost no more than the budget, or than the minimums where those do."""
    allowed = dict(wanted)
    if per_hour is None:
        return allowed
    for pool in sorted(pools, key=_price, reverse=True):
        excess = cost_of(pools, allowed) - per_hour
        if excess <= _ROUNDING:
            break
        if pool.cost_per_hour:
            spare = max(0, allowed[pool.name] - min(pool.minimum, pool.maximum))
            allowed[pool.name] -= math.ceil(min(spare, excess / pool.cost_per_hour - _ROUNDING))
    return allowed


def _price(pool: PoolState) -> float:
    return (pool.cost_per_hour or 0.0) / (pool.slots * pool.speed)
