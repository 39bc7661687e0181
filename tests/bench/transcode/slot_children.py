"""Looks at the processes of a slot pool from outside, as `ps` would (thin).

What the pool keeps in itself is its own affair; its children are those that came with it.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["SlotChildren", "descendants"]

_CPU_CLOCK_OF_PROCESS = 2  # the kernel's number for "all threads, living and ended"


def descendants(pid: int | None = None) -> set[int]:
    """Return the ids of all living processes below one, by default below this."""
    parents = dict(_parents())
    found: set[int] = set()
    wave = {pid or os.getpid()}
    while wave:
        wave = {child for child, parent in parents.items() if parent in wave} - found
        found |= wave
    return found


class SlotChildren:
    """The processes that were not there `before` the pool was started."""

    def __init__(self, before: set[int]) -> None:
        self._before = frozenset(before)

    def pids(self) -> set[int]:
        """Return the slots' own processes: new ones that have no children."""
        return {pid for pid in descendants() - self._before if not descendants(pid)}

    def cpu_seconds(self) -> float:
        """Return what the living children have used since they were born."""
        return sum(self._clocks())

    def peaks_bytes(self) -> list[int]:
        """Return the most memory that each living child ever had, smallest first."""
        return sorted(_status_bytes(pid, "VmHWM") for pid in self.pids())

    def resident_bytes(self) -> int:
        """Return the largest memory that a living child has now."""
        return max((_status_bytes(pid, "VmRSS") for pid in self.pids()), default=0)

    def _clocks(self) -> Iterator[float]:
        for pid in self.pids():
            try:
                yield time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_PROCESS)
            except OSError:
                continue  # it has just ended


def _parents() -> Iterator[tuple[int, int]]:
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            yield int(place.parent.name), int(place.read_text().rpartition(")")[2].split()[1])


def _status_bytes(pid: int, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = (line for line in lines if line.startswith(f"{field}:"))
    return int(next(found, "x 0").split()[1]) * 1024
