"""The values that go into a scaling decision. Units are in the names; nothing here computes."""

__all__ = [
    "Canary",
    "ClassDemand",
    "Inputs",
    "PoolState",
    "Role",
    "Service",
    "Source",
    "Window",
]

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_OVERFLOW_WINDOW_SECONDS: Final = 20.0


class Role(StrEnum):
    """What a pool is for: the load itself, or the time until base pods are up."""

    BASE = "base"
    OVERFLOW = "overflow"


@dataclass(frozen=True, slots=True)
class Service:
    """Measured slot seconds of one load class in one pool."""

    mean_seconds: float
    p95_seconds: float


@dataclass(frozen=True, slots=True)
class Canary:
    """What a pool's start-up test took for a segment of a class: known before real work is."""

    slot_seconds: float
    segment_seconds: float


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody who reports demand, and how old the last report is."""

    name: str
    age_seconds: float


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
    """One pool as specified, as learned and as it is.

    slots: segments at once per pod, measured over its pods. speed: of its slots, relative to the
    other pools'. floor: pods that a schedule wants now. startup_seconds: creation to ready, p90.
    cost_per_hour: of a pod; standby_cost_per_hour: of the place for a pod that is not there, 0
    where others pay for it. surge_percent: the sudden rise to be prepared for at any time.
    streams_per_pod: never more open streams per pod. in_window_seconds: 20 at most for overflow.
    current: the replicas last asked for; after a restart those the Deployment asks for, 0 where
    there is none. ready: pods that serve; pending_etas: seconds until each starting pod will;
    stuck: pods that are there and will not; a draining pod is in none of them.
    service: what was measured, by load class, empty before the first segment; canary: what the
    start-up test measured.
    """

    name: str
    minimum: int
    maximum: int
    slots: float
    current: int
    ready: int = 0
    pending_etas: tuple[float, ...] = ()
    stuck: int = 0
    role: Role = Role.BASE
    speed: float = 1.0
    floor: int = 0
    startup_seconds: float = 30.0
    cost_per_hour: float | None = None
    standby_cost_per_hour: float = 0.0
    surge_percent: float = 0.0
    streams_per_pod: int | None = None
    target_backlog_seconds: float = 2.0
    in_window_seconds: float = 180.0
    service: Mapping[str, Service] = field(default_factory=dict)
    canary: Mapping[str, Canary] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        return len(self.pending_etas)

    @property
    def window_seconds(self) -> float:
        """How long pods are kept; an overflow pod is dear and soon there again."""
        if self.role is Role.OVERFLOW:
            return min(self.in_window_seconds, _OVERFLOW_WINDOW_SECONDS)
        return self.in_window_seconds

    @property
    def drain_seconds(self) -> float:
        """Within what what waits is to be worked off: new pods cannot do it before they start."""
        return max(self.target_backlog_seconds, self.startup_seconds)

    @property
    def least(self) -> int:
        """What the spec and its schedules want whatever the load: never above the maximum."""
        return min(self.maximum, max(self.minimum, self.floor))


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a decision depends on, beside the window.

    now: any monotonic seconds, the same clock as the window's.
    sources: everybody whose streams are in the demand; none: nobody has ever reported.
    pools: in the spec's order.
    refused: sessions refused for want of capacity in the last 10 s (counter differences).
    segments: received in the last 10 s; answered: of the last 20 s, with those that were lost, and
    late: after their own duration or never. None where nobody counts them.
    busy_slot_seconds, predicted_slot_seconds: of the last 40 s, measured and by the services.
    budget_per_hour: never pay more, apart from the minimums; None: no limit.
    """

    now: float
    sources: tuple[Source, ...]
    demand: tuple[ClassDemand, ...]
    pools: tuple[PoolState, ...]
    refused: int = 0
    oldest_wait_seconds: float = 0.0
    segments: int | None = None
    answered: int | None = None
    late: int | None = None
    busy_slot_seconds: float = 0.0
    predicted_slot_seconds: float = 0.0
    budget_per_hour: float | None = None


Samples = tuple[tuple[float, int], ...]
History = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The past that matters, passed in and out of `decide`; opaque to the shell.

    Begin with `Window(started_at=now, decision_id=<status.decision.id or 0>)` after every start.
    needs: per pool the maxima of the in-window. history: erlangs over the last half hour.
    streams, last_at: of the last decision. doubted_at: since when a jump is not believed.
    lateness: by what slots are multiplied since lateness_at, for late segments. clear_since: since
    when every source has reported in time, None while one does not.
    """

    started_at: float
    decision_id: int = 0
    needs: Mapping[str, Samples] = field(default_factory=dict)
    last_in_at: Mapping[str, float] = field(default_factory=dict)
    signature: tuple[str, ...] = ()
    history: History = ()
    last_at: float | None = None
    streams: float | None = None
    doubted_at: float | None = None
    lateness: float = 1.0
    lateness_at: float | None = None
    clear_since: float | None = None

    def clear_seconds(self, now: float) -> float:
        """How long counts of the last seconds have been whole: after a gap they hold it all."""
        return 0.0 if self.clear_since is None else max(0.0, now - self.clear_since)
