"""The last hour of one Orchestrator, kept in memory for a chart. Pure."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Final

__all__ = ["NEVER", "PERIOD_SECONDS", "History", "Sample"]

NEVER: Final = -1.0  # before every sample
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


_NAMES: Final = tuple(one.name for one in fields(Sample))


@dataclass(slots=True)
class History:
    """Samples at least a period apart; the newest replaces itself until its period is over."""

    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=_MOST))

    @property
    def settled_at(self) -> float:
        """The newest moment that no later one replaces any more; NEVER while there is none."""
        return self.samples[-2].at if len(self.samples) > 1 else NEVER

    def note(self, sample: Sample) -> None:
        """Take in a moment; one that is older than the newest is dropped (the clock was set)."""
        if self.samples and sample.at < self.samples[-1].at:
            return
        if len(self.samples) > 1 and self.samples[-1].at - self.samples[-2].at < PERIOD_SECONDS:
            self.samples[-1] = sample
            return
        self.samples.append(sample)

    def columns(self, since: float = NEVER) -> dict[str, list[Any]]:
        """Return the samples after `since` as columns, oldest first."""
        rows = list(self._after(since))
        return {name: [round(getattr(row, name), 2) for row in rows] for name in _NAMES}

    def _after(self, since: float) -> Iterator[Sample]:
        newest: list[Sample] = []
        for sample in reversed(self.samples):
            if sample.at <= since:
                break
            newest.append(sample)
        return reversed(newest)
