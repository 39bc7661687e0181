"""Pools, loads and a small world that follows decisions, for the scaler's tests."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from podium_operator.scaling import (
    ClassDemand,
    Decision,
    Inputs,
    PoolState,
    Role,
    Service,
    Source,
    Window,
    decide,
)
from podium_operator.scaling.model import History

LADDER = "h264/640x360@30+1280x720@30"
POOL = PoolState(
    name="cpu",
    minimum=1,
    maximum=4,
    slots=1,
    target_backlog_seconds=2,
    in_window_seconds=10,
    current=1,
    ready=1,
    startup_seconds=0,
    service={LADDER: Service(mean_seconds=0.65, p95_seconds=0.8)},
)
SERVICE = {LADDER: Service(0.6, 0.8)}
GPU = PoolState(
    name="gpu",
    minimum=1,
    maximum=60,
    slots=8,
    current=1,
    ready=1,
    startup_seconds=90,
    in_window_seconds=0,
    service=SERVICE,
)
CPU = replace(
    GPU, name="cpu", role=Role.OVERFLOW, minimum=0, current=0, ready=0, startup_seconds=15
)
# Long before every moment of the tests, so that a window of history exists.
SEASONED = Window(started_at=-1e6)


FRESH = (Source("node", 0.5),)


def aged(seconds: float | None) -> tuple[Source, ...]:
    """One node that reported so long ago; None: nobody ever did."""
    return () if seconds is None else (Source("node", seconds),)


def demand(streams: float, *, waiting: float = 0.0, name: str = LADDER) -> ClassDemand:
    """Streams of two-second segments."""
    return ClassDemand(name, streams, 2.0, waiting)


def inputs(*demands: ClassDemand, pools: Iterable[PoolState] = (POOL,), **changes: Any) -> Inputs:
    """A moment with fresh load."""
    given: dict[str, Any] = {"now": 0.0, "sources": FRESH, "refused": 0, **changes}
    return Inputs(demand=demands, pools=tuple(pools), **given)


def desired(*demands: ClassDemand, window: Window = SEASONED, **changes: Any) -> list[int]:
    """The wanted pods of every pool at this one moment."""
    decision, _ = decide(inputs(*demands, **changes), window=window)
    return [pool.desired for pool in decision.pools]


@dataclass
class World:
    """One pool whose pods are there as soon as they are wanted; time passes in steps."""

    pool: PoolState = POOL
    window: Window = SEASONED
    now: float = 0.0

    def step(self, streams: float, *, seconds: float = 1.0, **changes: Any) -> Decision:
        """Decide now, follow the decision, and let the time pass."""
        moment = inputs(demand(streams), pools=[self.pool], **{"now": self.now, **changes})
        decision, self.window = decide(moment, window=self.window)
        wanted = decision.replicas[self.pool.name]
        self.pool = replace(self.pool, current=wanted, ready=wanted)
        self.now += seconds
        return decision


def decided(moment: Inputs, window: Window = SEASONED) -> Decision:
    decision, _ = decide(moment, window=window)
    return decision


def past(seconds: int, load: Any) -> History:
    return tuple((float(at - seconds), float(load(at - seconds))) for at in range(0, seconds, 5))
