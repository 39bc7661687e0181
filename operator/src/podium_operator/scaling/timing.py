"""Out at once, in by the window: when a need becomes a number of pods.

Scale-out goes to the full need immediately. Scale-in waits until the highest need of the window
has fallen, and then goes by small steps. Blind or newly started, nothing is taken away.
"""

__all__ = ["Timed", "held", "timed"]

from dataclasses import dataclass
from typing import Final

from podium_operator.scaling.decision import Bound, Hold
from podium_operator.scaling.model import PoolState, Role, Samples, Window
from podium_operator.scaling.need import PoolNeed

_STEP_SECONDS: Final = 2.0
_STEP_DIVISOR: Final = {Role.BASE: 10, Role.OVERFLOW: 4}
# A base pool does not move for less than so many in a hundred.
_LEAST_STEP_PERCENT: Final = 3


@dataclass(frozen=True, slots=True)
class Timed:
    """One pool's number, and the pool's share of the next window."""

    desired: int
    bound: Bound
    samples: Samples
    last_in_at: float | None


def held(pool: PoolState, hold: Hold, *, window: Window) -> Timed:
    """The present size, never below what the spec and its schedules want; the window stays."""
    return Timed(
        desired=_clamped(pool, pool.current),
        bound=Bound(hold.value),
        samples=window.needs.get(pool.name, ()),
        last_in_at=window.last_in_at.get(pool.name),
    )


def timed(
    pool: PoolState, need: PoolNeed, *, now: float, window: Window, raises_only: bool = False
) -> Timed:
    """The number of pods to have now."""
    samples = _recorded(window.needs.get(pool.name, ()), pool, need.kept, now)
    last_in_at = window.last_in_at.get(pool.name)
    wanted, current = _clamped(pool, need.pods), _clamped(pool, pool.current)
    if wanted >= current:
        return Timed(wanted, _bound_of(pool, need), samples, last_in_at)
    if raises_only:
        return Timed(current, Bound.SILENT, samples, last_in_at)
    if now - window.started_at < pool.window_seconds:
        return Timed(current, Bound.RESTART, samples, last_in_at)
    return _shrunk(pool, need, samples, now=now, last_in_at=last_in_at)


def _shrunk(
    pool: PoolState, need: PoolNeed, samples: Samples, *, now: float, last_in_at: float | None
) -> Timed:
    peak = max(pods for _, pods in samples)
    floor, current = _clamped(pool, peak), _clamped(pool, pool.current)
    if floor >= current:
        bound = Bound.WINDOW if peak > need.kept else _bound_of(pool, need)
        return Timed(current, bound, samples, last_in_at)
    if _is_trifle(pool, current - floor, current):
        return Timed(current, _bound_of(pool, need), samples, last_in_at)
    if last_in_at is not None and 0 <= now - last_in_at < _STEP_SECONDS:
        return Timed(current, Bound.STEP, samples, last_in_at)
    stepped = max(floor, current - max(1, current // _STEP_DIVISOR[pool.role]))
    bound = Bound.STEP if stepped > floor else _bound_of(pool, need)
    return Timed(stepped, bound, samples, now)


def _is_trifle(pool: PoolState, step: int, current: int) -> bool:
    return pool.role is Role.BASE and 100 * step < _LEAST_STEP_PERCENT * current


def _recorded(samples: Samples, pool: PoolState, pods: int, now: float) -> Samples:
    """The window's maxima with this one: older samples that are no higher can never matter again.

    A clock that went back forgets nothing: samples from the future stay until they have passed.
    """
    oldest = now - pool.window_seconds
    kept = [(at, seen) for at, seen in samples if at > oldest and seen > pods]
    return (*kept, (now, pods))


def _bound_of(pool: PoolState, need: PoolNeed) -> Bound:
    if need.over:
        return Bound.MAX
    if need.pods < pool.least:
        return Bound.MIN if pool.minimum >= pool.floor else Bound.SCHEDULE
    return need.bound


def _clamped(pool: PoolState, pods: int) -> int:
    return max(pool.least, min(pods, pool.maximum))
