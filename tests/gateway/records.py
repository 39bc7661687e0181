"""What a gateway notes about every segment it sends, and about a whole stream (values only)."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

__all__ = [
    "Outcome",
    "RenditionRecord",
    "SegmentRecord",
    "is_late",
    "record_from_json",
    "record_to_json",
]


class Outcome(StrEnum):
    """How a segment ended; `LOST` is everything but all renditions in the gateway's time."""

    OK = "ok"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class RenditionRecord:
    """One fetched rendition; `pixels` is what the orchestrator claims."""

    name: str
    size_bytes: int
    pixels: int


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One segment; the `_seconds` count from its submission at `submitted_at` (unix seconds)."""

    stream: str
    seq: int
    duration_seconds: float
    submitted_at: float
    outcome: Outcome
    error: str = ""
    session_id: str = ""
    source_bytes: int = 0
    header_seconds: float | None = None
    answered_seconds: float | None = None
    fetched_seconds: float | None = None
    renditions: tuple[RenditionRecord, ...] = ()


def is_late(record: SegmentRecord) -> bool:
    """Tell whether the segment was answered, but after more than its own duration."""
    return record.answered_seconds is not None and record.answered_seconds > record.duration_seconds


def record_to_json(record: SegmentRecord) -> dict[str, Any]:
    """Return the record as plain JSON values."""
    return asdict(record)


def record_from_json(fields: dict[str, Any]) -> SegmentRecord:
    """Return the record that `record_to_json` wrote."""
    renditions = tuple(RenditionRecord(**rendition) for rendition in fields["renditions"])
    return SegmentRecord(
        **(fields | {"outcome": Outcome(fields["outcome"]), "renditions": renditions})
    )
