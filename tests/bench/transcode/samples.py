"""What a run measured, as plain values (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Block", "Fidelity", "Key", "Latency", "Measured", "Sample", "pairs"]

Key = tuple[str, int, int]
"""Content, segment, round: what makes two measurements a pair."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One segment by one peer at full load; `media_seconds` is its length."""

    peer: str
    content: str
    segment: int
    round: int
    cpu_seconds: float
    wall_seconds: float
    media_seconds: float
    bytes: int
    peak_bytes: int | None = None

    @property
    def key(self) -> Key:
        return (self.content, self.segment, self.round)


@dataclass(frozen=True, slots=True)
class Block:
    """All segments of a content by one peer in one round; `wall_seconds` from first to last."""

    peer: str
    content: str
    round: int
    wall_seconds: float
    media_seconds: float


@dataclass(frozen=True, slots=True)
class Fidelity:
    """One rendition against its source: PSNR and SSIM at its own size, VMAF at the source's."""

    peer: str
    content: str
    rendition: str
    frames: int
    bytes: int
    psnr_db: float
    ssim: float
    vmaf: float | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """One answer time; `phase` is `idle` (one segment, all cores) or `load` (one per core)."""

    phase: str
    peer: str
    content: str
    segment: int
    round: int
    wall_seconds: float

    @property
    def key(self) -> Key:
        return (self.content, self.segment, self.round)


@dataclass(slots=True)
class Measured:
    """Everything of a run; phases append as they end."""

    samples: list[Sample] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    fidelity: list[Fidelity] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    over_floor: dict[str, list[float]] = field(default_factory=dict)
    floor_parts: dict[str, dict[str, float]] = field(default_factory=dict)
    peak_bytes: dict[str, int] = field(default_factory=dict)
    idle_bytes: dict[str, int] = field(default_factory=dict)
    isolation_seconds: list[float] = field(default_factory=list)
    recovery_seconds: list[float] = field(default_factory=list)


def pairs(samples: Iterable[Sample], peer: str, value: str) -> Sequence[tuple[Key, Any]]:
    """Return `(key, value)` of one peer's samples, for pairing with another's."""
    return [(one.key, getattr(one, value)) for one in samples if one.peer == peer]
