"""The values that go into a scaling decision and come out of it. Units are in the names."""

__all__ = [
    "Bound",
    "ClassDemand",
    "Decision",
    "Inputs",
    "PoolDecision",
    "PoolState",
    "Service",
    "Terms",
    "Window",
]

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Bound(StrEnum):
    """What a pool's wanted number is bound by."""

    LOAD = "Load"
    BACKLOG = "Backlog"
    MIN = "Min"
    MAX = "Max"
    WINDOW = "InWindow"
    STEP = "InStep"
    RESTART = "Restart"
    STALE = "Stale"


@dataclass(frozen=True, slots=True)
class Service:
    """Measured slot seconds of one load class in one pool."""

    mean_seconds: float
    p95_seconds: float


@dataclass(frozen=True, slots=True)
class ClassDemand:
    """The open streams of one load class over all nodes, and what waits of it unexpired.

    streams is a count; shares of a stream only arise while a decision is made.
    waiting_slot_seconds: slot time the waiting segments need, as the nodes estimate it.
    """

    load_class: str
    streams: float
    segment_seconds: float
    waiting_slot_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PoolState:
    """One pool as specified and as it is.

    current: the replicas last asked for; after a restart those the Deployment asks for, 0 where
    there is none. ready and pending: its pods that serve and that are still starting, draining
    ones in neither.
    service: what was measured, by load class; empty before the first segment.
    """

    name: str
    minimum: int
    maximum: int
    slots: int
    target_backlog_seconds: float
    in_window_seconds: float
    current: int
    ready: int = 0
    pending: int = 0
    service: Mapping[str, Service] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a decision depends on.

    now: any monotonic seconds, the same clock as the window's.
    sample_age_seconds: age of the oldest source still counted; None when no node has ever spoken.
    refused: sessions refused for want of capacity in the last 10 s (counter differences).
    pools: in the order they are to be filled (the spec's order).
    """

    now: float
    sample_age_seconds: float | None
    demand: tuple[ClassDemand, ...]
    pools: tuple[PoolState, ...]
    refused: int = 0
    oldest_wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """The past that matters, passed in and out of `decide`; opaque to the shell.

    Begin with `Window(started_at=now, decision_id=<status.decision.id or 0>)` after every start.
    """

    started_at: float
    decision_id: int = 0
    needs: Mapping[str, tuple[tuple[float, int], ...]] = field(default_factory=dict)
    last_in_at: Mapping[str, float] = field(default_factory=dict)
    signature: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers a decision was made from; load and slots as the first pool would serve them."""

    streams: float
    refused: int
    load_erlangs: float
    staffed_slots: int
    backlog_slot_seconds: float
    oldest_wait_seconds: float
    sample_age_seconds: float | None


@dataclass(frozen=True, slots=True)
class PoolDecision:
    """One pool's share: need is what load alone wants, desired what to set.

    need is above the pool's maximum only where no later pool takes the rest.
    """

    name: str
    current: int
    ready: int
    pending: int
    need: int
    desired: int
    bound: Bound


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why, replayable: the same inputs and window give the same decision.

    decision_id grows by one whenever a desired number or its bound changes, so that
    status and Events are written exactly then.
    """

    decision_id: int
    stale: bool
    terms: Terms
    pools: tuple[PoolDecision, ...]
    text: str

    @property
    def replicas(self) -> dict[str, int]:
        """Wanted pods by pool name: `desired.Facts.replicas`."""
        return {pool.name: pool.desired for pool in self.pools}
