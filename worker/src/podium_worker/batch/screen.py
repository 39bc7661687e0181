"""Shows progress on standard error: a bar on a terminal, a line for each segment elsewhere.

A page of our own instead of a library: `rich` with what it needs would add 7 MB to the image.
"""

import asyncio
import os
import shutil
import sys
import time
from typing import TextIO

from podium_worker.batch.progress import Progress, bar_line, record_line
from podium_worker.batch.records import SegmentRecord

__all__ = ["Screen", "has_colour", "is_terminal"]

_REFRESH_SECONDS = 0.2
_CLEAR = "\r\x1b[K"


class Screen:
    """One run's progress; `is_quiet` shows failures only."""

    def __init__(self, progress: Progress, *, is_quiet: bool, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._progress = progress
        self._is_quiet = is_quiet
        self._has_bar = is_terminal(self._stream) and not is_quiet
        self._has_colour = has_colour(self._stream)
        self._started = time.monotonic()

    def note(self, text: str) -> None:
        """Say something that a person should know."""
        self._line(f"note: {text}")

    def take(self, record: SegmentRecord) -> None:
        """Show one finished segment."""
        self._progress.take(record)
        if record.error or not (self._has_bar or self._is_quiet):
            self._line(record_line(record, has_colour=self._has_colour))
        self.refresh()

    def refresh(self) -> None:
        """Draw the bar anew."""
        if self._has_bar:
            line = bar_line(
                self._progress,
                elapsed_seconds=time.monotonic() - self._started,
                columns=shutil.get_terminal_size().columns,
                has_colour=self._has_colour,
            )
            self._write(f"{_CLEAR}{line}")

    async def keep_fresh(self) -> None:
        """Draw the bar again and again until cancelled: its clock runs."""
        while self._has_bar:
            self.refresh()
            await asyncio.sleep(_REFRESH_SECONDS)

    def close(self) -> None:
        """Leave the line empty for what comes next."""
        if self._has_bar:
            self._write(_CLEAR)

    def _line(self, text: str) -> None:
        self._write(f"{_CLEAR if self._has_bar else ''}{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def is_terminal(stream: TextIO) -> bool:
    """Whether a line can be drawn twice."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def has_colour(stream: TextIO) -> bool:
    """Whether colour is wanted (https://no-color.org)."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")
