"""How far a run is, and how that reads. Pure: `screen` puts it before a person."""

from dataclasses import dataclass

from podium_worker.batch import units
from podium_worker.batch.records import SegmentRecord

__all__ = ["Progress", "bar_line", "record_line"]

_BAR_WIDTHS = (30, 20, 10)
_GREEN, _RED, _DIM, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


@dataclass(slots=True)
class Progress:
    """Counts what is done; the wholes are None where nobody knows them yet."""

    count: int | None
    seconds: float | None
    done: int = 0
    failed: int = 0
    done_seconds: float = 0.0

    def take(self, record: SegmentRecord) -> None:
        """Count one segment."""
        self.done += 1
        self.failed += bool(record.error)
        self.done_seconds += record.seconds

    @property
    def share(self) -> float | None:
        """Return the part that is done, 0 to 1."""
        if self.count:
            return min(1.0, self.done / self.count)
        if self.seconds:
            return min(1.0, self.done_seconds / self.seconds)
        return None


def bar_line(progress: Progress, *, elapsed_seconds: float, columns: int, has_colour: bool) -> str:
    """Return one line that fits into the columns: bar, counts, speed, time left."""
    words = _words(progress, elapsed_seconds)
    for width in _BAR_WIDTHS:
        bar = _bar(progress.share, width)
        if width + 2 + len(words) < columns:
            return f"{_coloured(bar, _GREEN, has_colour)}  {words}"
    return words[: max(0, columns - 1)]


def record_line(record: SegmentRecord, *, has_colour: bool = False) -> str:
    """Return one finished segment as a line."""
    if record.error:
        return _coloured(f"{record.name}  failed: {record.error}", _RED, has_colour)
    size = units.size(sum(made.bytes for made in record.files))
    return (
        f"{record.name}  {record.seconds:.2f} s into {len(record.files)} renditions, {size}, "
        f"in {record.work_seconds:.2f} s"
    )


def _words(progress: Progress, elapsed_seconds: float) -> str:
    share = progress.share
    parts = [] if share is None else [f"{share:4.0%}"]
    of = f"/{progress.count}" if progress.count else ""
    parts.append(f"segment {progress.done}{of}")
    if progress.done_seconds and elapsed_seconds > 0:
        parts.append(f"{progress.done_seconds / elapsed_seconds:.2f} x real time")
    if share and 0 < share < 1:
        parts.append(f"{units.clock(elapsed_seconds / share - elapsed_seconds)} left")
    else:
        parts.append(units.clock(elapsed_seconds))
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    return " · ".join(parts)


def _bar(share: float | None, width: int) -> str:
    filled = round((share or 0.0) * width)
    return "━" * filled + "─" * (width - filled)


def _coloured(text: str, colour: str, has_colour: bool) -> str:  # noqa: FBT001 - one flag, private
    return f"{colour}{text}{_PLAIN}" if has_colour else text
