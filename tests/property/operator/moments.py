"""Moments of a provider's life, for the scaler's properties: pools, loads, and a past of each.

A moment is read out of a string of bytes: one draw instead of a hundred makes a thousand examples
of every property cheap, and a failing one still shrinks towards zeros, which are the plain cases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import strategies as st
from tests.unit.operator.scaling.cases import FRESH, LADDER

from podium_operator.scaling import (
    Canary,
    ClassDemand,
    Decision,
    Inputs,
    PoolState,
    Role,
    Service,
    Window,
    decide,
)

OTHER, NEW = "h264/other", "h264/426x240@30"
T = TypeVar("T")
_SIZE = 160


class Dice:
    """Reads choices out of bytes, and zeros after their end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def whole(self, low: int, high: int) -> int:
        return low + self._number(2) % (high - low + 1)

    def real(self, low: float, high: float) -> float:
        return low + self._number(2) / 0xFFFF * (high - low)

    def one_of(self, options: Sequence[T]) -> T:
        return options[self._number(1) % len(options)]

    def _number(self, size: int) -> int:
        taken = self._data[self._place : self._place + size]
        self._place += size
        return int.from_bytes(taken)


@dataclass(frozen=True, slots=True)
class Lived:
    """A moment, the window that its past left, and what was decided on the way."""

    moment: Inputs
    window: Window
    decisions: tuple[tuple[float, Decision], ...] = ()

    @property
    def pools(self) -> tuple[PoolState, ...]:
        return self.moment.pools


def pool_of(dice: Dice, name: str, role: Role = Role.BASE) -> PoolState:
    """A pool of any size within any bounds, with any past."""
    minimum = dice.whole(0, 20)
    return PoolState(
        name=name,
        role=role,
        minimum=minimum,
        maximum=minimum + dice.whole(1, 60),
        slots=dice.one_of([1.0, 2.0, 7.6, 8.0]),
        current=dice.whole(0, 100),
        ready=dice.whole(0, 50),
        pending_etas=tuple(dice.real(0, 120) for _ in range(dice.one_of([0, 0, 1, 4]))),
        stuck=dice.one_of([0, 0, 0, 1, 7]),
        speed=dice.one_of([1.0, 0.5, 4.0]),
        floor=dice.one_of([0, 0, 5, 200]),
        startup_seconds=dice.one_of([0.0, 5.0, 15.0, 90.0]),
        cost_per_hour=dice.one_of([None, 0.0, 0.01, 1.0, 3.7]),
        standby_cost_per_hour=dice.one_of([0.0, 0.5]),
        surge_percent=dice.one_of([0.0, 50.0]),
        streams_per_pod=dice.one_of([None, None, 3]),
        target_backlog_seconds=dice.real(0.5, 10),
        in_window_seconds=dice.one_of([0.0, 10.0, 180.0]),
        service={name: service_of(dice) for name in dice.one_of([(), (LADDER,), (LADDER, OTHER)])},
        canary={LADDER: Canary(dice.real(0.05, 1), 1.0)} if dice.one_of([0, 1]) else {},
    )


def service_of(dice: Dice) -> Service:
    mean = dice.real(0.01, 2.5)
    return Service(mean_seconds=mean, p95_seconds=mean * dice.real(1, 3))


def moment_of(dice: Dice) -> Inputs:
    """Three pools, one of them overflow, and up to three classes of demand."""
    classes = [LADDER, OTHER, NEW][: dice.whole(0, 3)]
    return Inputs(
        now=dice.real(0, 1000),
        sources=FRESH,
        demand=tuple(
            ClassDemand(
                name,
                dice.whole(0, 150),
                dice.one_of([2.0, 1.0, 4.0, 10.0]),
                dice.one_of([0, 0, 1]) * dice.real(0, 200),
            )
            for name in classes
        ),
        pools=(
            pool_of(dice, "gpu"),
            pool_of(dice, "spot"),
            pool_of(dice, "cpu", Role.OVERFLOW),
        ),
        refused=dice.one_of([0, 0, 1, 50]),
        segments=dice.one_of([None, 3]),
        answered=dice.one_of([None, 0, 200]),
        late=dice.one_of([0, 0, 50]),
        busy_slot_seconds=dice.real(0, 100),
        predicted_slot_seconds=dice.real(0, 100),
    )


def lived(moment: Inputs, history: Sequence[tuple[float, int]]) -> Lived:
    """The moment after a past of other loads."""
    window, now, decisions = Window(started_at=moment.now), moment.now, []
    for wait, streams in history:
        other = replace(moment, now=now, demand=(ClassDemand(LADDER, streams, 2.0),))
        decision, window = decide(other, window=window)
        decisions.append((now, decision))
        now += wait
    return Lived(replace(moment, now=now), window, tuple(decisions))


def _lived(data: bytes) -> Lived:
    dice = Dice(data)
    history = [(dice.real(0.1, 60), dice.whole(0, 200)) for _ in range(dice.whole(0, 3))]
    return lived(moment_of(dice), history)


_bytes = st.binary(min_size=_SIZE, max_size=_SIZE)
moments = _bytes.map(lambda data: moment_of(Dice(data)))
pasts = _bytes.map(_lived)
pools = st.binary(min_size=50, max_size=50).map(lambda data: pool_of(Dice(data), "gpu"))


def clamped(pool: PoolState, pods: int) -> int:
    """Within what the spec and its schedules allow."""
    return max(pool.least, min(pods, pool.maximum))


def followed(moment: Inputs, decision: Decision, *, seconds: float) -> Inputs:
    """The moment some seconds later, every pool as it was decided."""
    pools = (replace(pool, current=decision.replicas[pool.name]) for pool in moment.pools)
    return replace(moment, now=moment.now + seconds, pools=tuple(pools))


def based(moment: Inputs) -> list[PoolState]:
    return [pool for pool in moment.pools if pool.role is Role.BASE]
