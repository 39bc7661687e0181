"""How a sudden rise is met until base pods are up: an overflow pool, or spares kept warm.

Both are answers to one need, so one is chosen: the overflow pool where it starts faster and its
place costs no more than warm slots do. The choice depends on prices and start-up times alone,
never on the load.
"""

__all__ = [
    "Gap",
    "Present",
    "choice_of",
    "climbing",
    "gap_of",
    "overflow_need",
    "present_of",
    "priced",
]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from podium_operator.scaling.decision import Bound, Lookahead, Preparation, Surge
from podium_operator.scaling.model import PoolState
from podium_operator.scaling.need import PoolNeed, Rise, whole_pods
from podium_operator.scaling.outlook import Outlook
from podium_operator.scaling.workload import Workload


@dataclass(frozen=True, slots=True)
class Present:
    """The present demand alone, without what is expected: slots of each pool for all of it.

    soon_seconds: by when an overflow pod would be up.
    """

    workload: Workload
    slots: Mapping[str, int]
    soon_seconds: float

    def share(self, pool: PoolState, pods: float) -> float:
        """The part of all demand that so many working pods of a pool serve."""
        return self.workload.share(pool, pods, whole_slots=self.slots[pool.name])


@dataclass(frozen=True, slots=True)
class Gap:
    """The share of the present demand that base pools cannot serve in time, and for how long.

    rise: the erlangs in it that are expected until an overflow pod would be up.
    """

    share: float
    until_seconds: float
    rise: Rise = (0.0, Lookahead.NONE)


def present_of(
    workload: Workload, pools: Sequence[PoolState], overflow: Sequence[PoolState]
) -> Present:
    """Staff the present demand once per pool; what waits is for the fastest pool to work off."""
    fast = _fastest(overflow)
    slots = {
        pool.name: workload.whole(pool, within_seconds=(*fast, pool)[0].drain_seconds).slots
        for pool in pools
    }
    return Present(workload, slots, next((pool.startup_seconds for pool in fast), 0.0))


def choice_of(base: Sequence[PoolState], overflow: Sequence[PoolState]) -> Surge:
    """Decide between bridging and warm spares, and say why; costs are filled in later."""
    if not base:
        return Surge(Preparation.BRIDGE, "every pool is an overflow pool")
    if not overflow:
        return Surge(Preparation.SPARES, "there is no overflow pool")
    [fast] = _fastest(overflow)
    if fast.startup_seconds >= min(pool.startup_seconds for pool in base):
        return Surge(Preparation.SPARES, f"{fast.name} starts no faster than the base pools")
    return _cheaper(base[0], fast)


def priced(
    surge: Surge, base: Sequence[PoolState], overflow: Sequence[PoolState], *, erlangs: float
) -> Surge:
    """The choice with the rise it is for, and what either answer costs per hour."""
    places = [_per_hour(one, one.standby_cost_per_hour, erlangs) for one in _fastest(overflow)]
    spares = [_per_hour(one, one.cost_per_hour, erlangs) for one in base[:1]]
    return replace(
        surge,
        erlangs=erlangs,
        bridge_per_hour=next(iter(places), None),
        spares_per_hour=next(iter(spares), None),
    )


def gap_of(
    present: Present, base: Sequence[PoolState], desired: Sequence[int], *, bridges: bool
) -> Gap:
    """What base pools lack by the time an overflow pod would be up; without bridging, for good.

    Pods just ordered count where they come as soon as the overflow pod would.
    """
    left, until, soon = 1.0, 0.0, present.soon_seconds
    for pool, pods in zip(base, desired, strict=True):
        ordered = max(0, pods - pool.ready - pool.pending - pool.stuck)
        if bridges:
            working = pool.ready + sum(eta <= soon for eta in pool.pending_etas)
            working += ordered if pool.startup_seconds <= soon else 0
        else:
            working = max(0, pool.maximum - pool.stuck)
        left -= present.share(pool, working)
        until = max(until, *pool.pending_etas, pool.startup_seconds if ordered else 0.0)
    return Gap(max(0.0, left), until)


def climbing(gap: Gap, present: Present, outlook: Outlook) -> Gap:
    """The gap as it will be when an overflow pod is up, while the load climbs without a pause.

    No gap is no reason to bridge, however steep the climb.
    """
    erlangs, rule = outlook.climbed(present.soon_seconds)
    if not gap.share or not erlangs:
        return gap
    share = gap.share + erlangs / outlook.load_erlangs
    return Gap(share, gap.until_seconds, (erlangs * present.workload.correction, rule))


def overflow_need(present: Present, pool: PoolState, gap: Gap) -> tuple[PoolNeed, Gap]:
    """Pods of one overflow pool for a gap, and the gap that is left for the next."""
    wanted = whole_pods(gap.share * present.slots[pool.name] / pool.slots)
    if pool.streams_per_pod:
        by_streams = gap.share * present.workload.streams / pool.streams_per_pod
        wanted = max(wanted, whole_pods(by_streams))
    pods = min(wanted, pool.maximum)
    rise = gap.rise if wanted else (0.0, Lookahead.NONE)
    need = PoolNeed(pods=pods, kept=pods, bound=Bound.BRIDGE, over=wanted - pods, rise=rise)
    served = present.share(pool, max(0, pods - pool.stuck))
    return need, replace(gap, share=max(0.0, gap.share - served))


def _fastest(overflow: Sequence[PoolState]) -> list[PoolState]:
    return sorted(overflow, key=lambda pool: pool.startup_seconds)[:1]


def _cheaper(base: PoolState, overflow: PoolState) -> Surge:
    if not overflow.standby_cost_per_hour:
        return Surge(Preparation.BRIDGE, f"{overflow.name}'s idle places cost nothing")
    if base.cost_per_hour is None:
        why = f"{overflow.name}'s idle places cost money, and {base.name} has no price"
        return Surge(Preparation.SPARES, why)
    standing = overflow.standby_cost_per_hour / (overflow.slots * overflow.speed)
    warm = base.cost_per_hour / (base.slots * base.speed)
    if standing <= warm:
        return Surge(Preparation.BRIDGE, f"an idle place of {overflow.name} costs less per slot")
    return Surge(Preparation.SPARES, f"a warm slot of {base.name} costs less than an idle place")


def _per_hour(pool: PoolState, price: float | None, erlangs: float) -> float | None:
    return None if price is None else round(erlangs / (pool.slots * pool.speed) * price, 4)
