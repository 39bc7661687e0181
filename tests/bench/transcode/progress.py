"""Says what is being done: one line that changes on a terminal, a line a phase elsewhere."""

import sys
import time
from typing import TextIO

__all__ = ["Progress"]

_QUIET_SECONDS = 15.0


class Progress:
    """Lines on `stream` with the time since the start."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._said = -_QUIET_SECONDS
        self._phase = ""

    def phase(self, name: str) -> None:
        """Begin a phase with a line of its own."""
        self._phase, self._said = name, self.elapsed_seconds
        self._write(name, end="\n")

    def step(self, what: str) -> None:
        """Tell the step; without a terminal only now and then."""
        if self._stream.isatty():
            self._write(f"{self._phase}: {what}", end="\r")
        elif self.elapsed_seconds - self._said > _QUIET_SECONDS:
            self._said = self.elapsed_seconds
            self._write(f"{self._phase}: {what}", end="\n")

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def _write(self, text: str, *, end: str) -> None:
        minutes, seconds = divmod(int(self.elapsed_seconds), 60)
        clear = "\x1b[2K" if self._stream.isatty() else ""
        self._stream.write(f"{clear}bench {minutes:2d}:{seconds:02d}  {text}{end}")
        self._stream.flush()
