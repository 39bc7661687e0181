"""What comes out of a scaling decision: numbers per pool, what binds them, and every term."""

__all__ = [
    "Bound",
    "Decision",
    "Hold",
    "Lookahead",
    "PoolDecision",
    "Preparation",
    "Surge",
    "Terms",
    "signature_of",
]

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from podium_operator.scaling.model import Role


class Bound(StrEnum):
    """What a pool's wanted number is bound by."""

    LOAD = "Load"
    BACKLOG = "Backlog"
    LATENESS = "Lateness"
    STREAMS = "StreamsPerPod"
    BRIDGE = "Bridge"
    MIN = "Min"
    SCHEDULE = "Schedule"
    MAX = "Max"
    BUDGET = "Budget"
    WINDOW = "InWindow"
    STEP = "InStep"
    RESTART = "Restart"
    STALE = "Stale"
    SILENT = "SourceSilent"
    IMPLAUSIBLE = "Implausible"
    CLOCK = "ClockWentBack"


class Hold(StrEnum):
    """Why pools are not scaled freely; NONE and SILENT still let them grow with the load."""

    NONE = ""
    STALE = "Stale"
    SILENT = "SourceSilent"
    IMPLAUSIBLE = "Implausible"
    CLOCK = "ClockWentBack"


class Lookahead(StrEnum):
    """Which expected rise a pool is sized for."""

    NONE = ""
    GROWTH = "Growth"
    LEAD = "LeadQuantile"
    SPARES = "WarmSpares"
    CLIMB = "Climb"


class Preparation(StrEnum):
    """How a sudden rise is prepared for."""

    NONE = "None"
    BRIDGE = "Bridge"
    SPARES = "WarmSpares"


@dataclass(frozen=True, slots=True)
class Surge:
    """The choice between an overflow pool and warm spares, and what each would cost.

    erlangs: the rise to be prepared for. A cost is None where a price is missing.
    """

    choice: Preparation
    why: str
    erlangs: float = 0.0
    spares_per_hour: float | None = None
    bridge_per_hour: float | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers a decision was made from; loads and slots as the first base pool serves them.

    load_erlangs: corrected by kappa and pace. pace: segments received over those that open streams
    explain. lateness: by what slots are multiplied for late segments. service_seconds,
    slack_seconds: the staffing's. staffed_slots: for the present load, without what is expected.
    silent: the sources that are too old.
    """

    streams: float
    refused: int
    load_erlangs: float
    kappa: float
    pace: float
    lateness: float
    service_seconds: float
    slack_seconds: float
    staffed_slots: int
    growth_erlangs_per_second: float
    backlog_slot_seconds: float
    oldest_wait_seconds: float
    sample_age_seconds: float | None
    silent: tuple[str, ...] = ()
    cost_per_hour: float = 0.0
    unserved_segments_per_second: float = 0.0


@dataclass(frozen=True, slots=True)
class PoolDecision:
    """One pool's share: need is what load alone wants, desired what to set.

    need is above what the pool may have only where no later pool takes the rest.
    lookahead_erlangs: the rise it is sized for, and by which rule. until_seconds: how long an
    overflow pool is expected to bridge. cancels: of the pods to go, those that have not started
    yet; they go first.
    """

    name: str
    current: int
    ready: int
    pending: int
    need: int
    desired: int
    bound: Bound
    role: Role = Role.BASE
    stuck: int = 0
    lookahead: Lookahead = Lookahead.NONE
    lookahead_erlangs: float = 0.0
    until_seconds: float = 0.0
    cancels: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why, replayable: the same inputs and window give the same decision.

    decision_id grows by one whenever a desired number or its bound changes, so that status and
    Events are written exactly then.
    """

    decision_id: int
    hold: Hold
    terms: Terms
    pools: tuple[PoolDecision, ...]
    surge: Surge
    text: str

    @property
    def stale(self) -> bool:
        """Whether the load is too old to act on."""
        return self.hold is Hold.STALE

    @property
    def replicas(self) -> dict[str, int]:
        """Wanted pods by pool name: `desired.Facts.replicas`."""
        return {pool.name: pool.desired for pool in self.pools}


def signature_of(hold: str, choice: str, pools: Iterable[tuple[str, int, str]]) -> tuple[str, ...]:
    """What makes a decision another one: numbers, their bounds, and how a rise is prepared for.

    A new leader begins with the last one's, so that nothing is written where nothing changed.
    """
    return (f"{hold}/{choice}", *(f"{name}={desired}:{bound}" for name, desired, bound in pools))
