"""What a scaler sees and what a pool is made of; values between the world and the policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["BASE", "OVERFLOW", "Load", "PoolKind", "PoolView", "Scaler", "View"]


@dataclass(frozen=True, slots=True)
class PoolKind:
    """One pool's pods: `slots` segments at once, `speed` times a reference slot's.

    A start takes `start_seconds` (normal, `start_sigma_seconds`), or `warm_start_seconds` on a
    node left less than `linger_seconds` ago; a node is paid from its pod's creation until then.
    """

    name: str
    slots: int = 8
    speed: float = 1.0
    minimum: int = 1
    maximum: int = 100
    usd_per_hour: float = 1.0
    is_overflow: bool = False
    start_seconds: float = 90.0
    start_sigma_seconds: float = 15.0
    warm_start_seconds: float = 12.0
    linger_seconds: float = 600.0


BASE = PoolKind("base")
OVERFLOW = PoolKind(
    "overflow",
    minimum=0,
    maximum=60,
    usd_per_hour=2.0,
    is_overflow=True,
    start_seconds=15.0,
    start_sigma_seconds=0.0,
    warm_start_seconds=15.0,
)


@dataclass(frozen=True, slots=True)
class PoolView:
    """One pool as the API server shows it.

    `starting`: the ages in seconds of pods that are not ready yet. `busy_area`: busy slot-seconds
    since the start of the run.
    """

    kind: PoolKind
    wanted: int
    ready: int
    starting: tuple[float, ...]
    busy: int
    busy_area: float


@dataclass(frozen=True, slots=True)
class Load:
    """What is known of the load, exact and at once.

    `in_system_area`: segments waiting or in work, integrated over time since the start.
    `received`, `started`, `answered`, `late`: segments since the start, those begun by class;
    `late` are those answered after their own length or dropped.
    """

    at: float
    streams: Mapping[str, int]
    waiting: int
    waiting_slot_seconds: float
    oldest_wait_seconds: float
    in_system_area: float
    received: int = 0
    answered: int = 0
    late: int = 0
    started: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """Everything at one moment; in a blackout `load` is the last that was known."""

    now: float
    pools: tuple[PoolView, ...]
    load: Load
    is_blind: bool = False

    def pool(self, name: str) -> PoolView:
        """Return a pool by its name."""
        return next(pool for pool in self.pools if pool.kind.name == name)


class Scaler(Protocol):
    """A policy under test."""

    name: str
    interval_seconds: float

    def decide(self, view: View) -> Mapping[str, int]:
        """Return the wanted pods by pool; a pool left out keeps its number."""
