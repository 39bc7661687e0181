"""What the pictures show: the simulator of the scaling bench, watched on short traces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.scaling.live.shapes import LIVE_SHAPES, make_live_trace
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.policies import POLICIES
from tests.bench.scaling.stage import Scaler, View
from tests.bench.scaling.trace import Trace
from tests.bench.scaling.world import Conditions, simulate

__all__ = ["SHAPES", "Moment", "Run", "watch"]

SHAPES = tuple(LIVE_SHAPES)
"""The bench's traces of a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What was there when a policy looked: slots in units of a reference slot, segments so far."""

    at_seconds: float
    offered: float
    base: float
    overflow: float
    answered: int
    late: int


@dataclass(frozen=True, slots=True)
class Run:
    """One policy on one trace."""

    policy: str
    trace: Trace
    moments: tuple[Moment, ...]
    outcome: Outcome


def watch(policy: str, shape: str, seed: int) -> Run:
    """Simulate a policy on a short trace; the same arguments give the same run."""
    trace = make_live_trace(shape, seed)
    chosen = POLICIES[policy]
    watched = _Watched(chosen.make(chosen.pools, trace), trace)
    outcome = simulate(trace, watched, Conditions(chosen.pools, seed=seed))
    return Run(policy, trace, tuple(watched.moments), outcome)


class _Watched:
    """Passes every question on to a scaler, and remembers what it was shown."""

    def __init__(self, scaler: Scaler, trace: Trace) -> None:
        self._scaler = scaler
        self._cost = {one.name: one.slot_seconds / one.segment_seconds for one in trace.classes}
        self.name, self.interval_seconds = scaler.name, scaler.interval_seconds
        self.moments: list[Moment] = []

    def decide(self, view: View) -> Mapping[str, int]:
        load = view.load
        offered = sum(count * self._cost[name] for name, count in load.streams.items())
        base, overflow = (_slots(view, is_overflow=kind) for kind in (False, True))
        moment = Moment(view.now, offered, base, overflow, load.answered, load.late)
        self.moments.append(moment)
        return self._scaler.decide(view)


def _slots(view: View, *, is_overflow: bool) -> float:
    pools: Sequence[float] = [
        pool.ready * pool.kind.slots * pool.kind.speed
        for pool in view.pools
        if pool.kind.is_overflow == is_overflow
    ]
    return sum(pools)
