"""What became of each segment, and the sums that a person wants to see. Plain values and sums."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["MadeFile", "RenditionTotal", "SegmentRecord", "Summary", "totals"]


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One rendition of one segment; `path` is relative to the output folder.

    `start_seconds` is its place on its own timeline, `seconds` how long its pictures last.
    """

    rendition: str
    path: str
    width: int
    height: int
    frames: int
    bytes: int
    start_seconds: float
    seconds: float
    psnr_db: float | None


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One segment's result; `error` is empty for a good one.

    `work_seconds` is the wall time that it took in a slot.
    """

    number: int
    name: str
    source_bytes: int
    seconds: float
    work_seconds: float
    files: tuple[MadeFile, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class RenditionTotal:
    """All segments of one rendition; sizes are of its first segment."""

    rendition: str
    width: int
    height: int
    frames: int
    seconds: float
    bytes: int
    psnr_db: float | None

    @property
    def bits_per_second(self) -> float:
        """Mean bit rate with sound and container."""
        return 8 * self.bytes / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """One whole run."""

    records: tuple[SegmentRecord, ...]
    wall_seconds: float
    slots: int
    hardware: str
    encoder_profile: str
    is_interrupted: bool = False
    renditions: tuple[RenditionTotal, ...] = ()

    @property
    def failed(self) -> tuple[SegmentRecord, ...]:
        """Segments that could not be transcoded."""
        return tuple(record for record in self.records if record.error)

    @property
    def seconds(self) -> float:
        """Seconds of source video that were transcoded."""
        return sum(record.seconds for record in self.records if not record.error)

    @property
    def real_time_factor(self) -> float:
        """Seconds of video per second of waiting."""
        return self.seconds / self.wall_seconds if self.wall_seconds > 0 else 0.0


def totals(records: Sequence[SegmentRecord], names: Sequence[str]) -> tuple[RenditionTotal, ...]:
    """Sum up every rendition in the ladder's order; those without any segment are left out."""
    by_name: dict[str, list[MadeFile]] = {name: [] for name in names}
    for record in records:
        for made in record.files:
            by_name[made.rendition].append(made)
    return tuple(_total(name, made) for name, made in by_name.items() if made)


def _total(name: str, made: Sequence[MadeFile]) -> RenditionTotal:
    return RenditionTotal(
        rendition=name,
        width=made[0].width,
        height=made[0].height,
        frames=sum(one.frames for one in made),
        seconds=sum(one.seconds for one in made),
        bytes=sum(one.bytes for one in made),
        psnr_db=_mean_psnr_db(made),
    )


def _mean_psnr_db(made: Sequence[MadeFile]) -> float | None:
    """Return the PSNR of all frames together: errors are averaged, not decibels."""
    known = [(one.psnr_db, one.frames) for one in made if one.psnr_db is not None]
    frames = sum(count for _, count in known)
    if not frames:
        return None
    error = sum(count * 10 ** (-decibels / 10) for decibels, count in known) / frames
    return -10 * math.log10(error) if error > 0 else math.inf
