"""Out at once, in by the window: when a need becomes a number of pods.

Scale-out goes to the full need immediately. Scale-in waits until the highest need of the window
has fallen, and then goes by small steps. Blind or newly started, nothing is taken away.
"""

__all__ = ["STALE_AFTER_SECONDS", "Timed", "held", "timed"]

from dataclasses import dataclass
from typing import Final

from podium_operator.scaling.model import Bound, PoolState, Window
from podium_operator.scaling.need import PoolNeed

STALE_AFTER_SECONDS: Final = 15.0
_STEP_SECONDS: Final = 2.0
_STEP_DIVISOR: Final = 10
# Kept above the need while scaling in, so that a load that trembles moves nothing.
_SPARE_PERCENT: Final = 6

Samples = tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """One pool's number, and the pool's share of the next window."""

    desired: int
    bound: Bound
    samples: Samples
    last_in_at: float | None


def held(pool: PoolState, *, window: Window) -> Timed:
    """The present size within the pool's bounds; the window stays as it was."""
    return Timed(
        desired=_clamped(pool, pool.current),
        bound=Bound.STALE,
        samples=window.needs.get(pool.name, ()),
        last_in_at=window.last_in_at.get(pool.name),
    )


def timed(pool: PoolState, need: PoolNeed, *, now: float, window: Window) -> Timed:
    """The number of pods to have now."""
    samples = _recorded(window.needs.get(pool.name, ()), pool, need.pods, now)
    last_in_at = window.last_in_at.get(pool.name)
    wanted, current = _clamped(pool, need.pods), _clamped(pool, pool.current)
    if wanted >= current:
        return Timed(wanted, _bound_of(pool, need), samples, last_in_at)
    if now - window.started_at < pool.in_window_seconds:
        return Timed(current, Bound.RESTART, samples, last_in_at)
    return _shrunk(pool, need, samples, now=now, last_in_at=last_in_at)


def _shrunk(
    pool: PoolState, need: PoolNeed, samples: Samples, *, now: float, last_in_at: float | None
) -> Timed:
    peak = max(pods for _, pods in samples)
    floor = _clamped(pool, peak + peak * _SPARE_PERCENT // 100)
    current = _clamped(pool, pool.current)
    if floor >= current:
        bound = Bound.WINDOW if peak > need.pods else Bound.LOAD
        return Timed(current, bound, samples, last_in_at)
    if last_in_at is not None and 0 <= now - last_in_at < _STEP_SECONDS:
        return Timed(current, Bound.STEP, samples, last_in_at)
    stepped = max(floor, current - max(1, current // _STEP_DIVISOR))
    bound = Bound.STEP if stepped > floor else _bound_of(pool, need)
    return Timed(stepped, bound, samples, now)


def _recorded(samples: Samples, pool: PoolState, pods: int, now: float) -> Samples:
    """The window's maxima with this one: older samples that are no higher can never matter again.

    A clock that went back forgets nothing: samples from the future stay until they have passed.
    """
    oldest = now - pool.in_window_seconds
    kept = [(at, seen) for at, seen in samples if at > oldest and seen > pods]
    return (*kept, (now, pods))


def _bound_of(pool: PoolState, need: PoolNeed) -> Bound:
    if need.slots > pool.maximum * pool.slots:
        return Bound.MAX
    if need.pods < pool.minimum:
        return Bound.MIN
    return Bound.BACKLOG if need.by_backlog else Bound.LOAD


def _clamped(pool: PoolState, pods: int) -> int:
    return max(pool.minimum, min(pods, pool.maximum))
