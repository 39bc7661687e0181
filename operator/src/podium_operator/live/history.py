"""The last hour of one Orchestrator, kept in memory for a chart. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

__all__ = ["PERIOD_SECONDS", "History", "Sample"]

PERIOD_SECONDS: Final = 5.0
_MOST: Final = 720  # an hour


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment: `at` in seconds of the epoch; pods and slots over all pools."""

    at: float
    streams: int = 0
    sessions: int = 0
    busy: int = 0
    slots: int = 0
    ready: int = 0
    desired: int = 0
    waiting_seconds: float = 0.0
    late: int = 0
    answered: int = 0


@dataclass(slots=True)
class History:
    """Samples at least a period apart; the newest replaces itself until its period is over."""

    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=_MOST))

    def note(self, sample: Sample) -> None:
        """Take in a moment; one that is older than the newest is dropped (the clock was set)."""
        if self.samples and sample.at < self.samples[-1].at:
            return
        if len(self.samples) > 1 and self.samples[-1].at - self.samples[-2].at < PERIOD_SECONDS:
            self.samples[-1] = sample
            return
        self.samples.append(sample)

    def columns(self) -> dict[str, list[Any]]:
        """Return the samples as columns, oldest first."""
        return dict(self._columns())

    def _columns(self) -> Iterator[tuple[str, list[Any]]]:
        rows = [asdict(sample) for sample in self.samples]
        for one in fields(Sample):
            yield one.name, [round(row[one.name], 2) for row in rows]
