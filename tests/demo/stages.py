"""Says what the demo does and how long each part took, one line at a time (thin)."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TextIO, TypeVar

__all__ = ["Stages"]

_T = TypeVar("_T")


class Stages:
    """The run's clock and its voice; seconds count from `began_at` (unix), or from now."""

    def __init__(self, began_at: float | None = None, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._began_at = time.time() if began_at is None else began_at
        self.took_seconds: dict[str, float] = {}

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.time() - self._began_at

    def say(self, text: str) -> None:
        """Print a line with the elapsed time."""
        self._out.write(f"[{self.elapsed():6.1f} s] {text}\n")
        self._out.flush()

    @contextmanager
    def stage(self, title: str) -> Iterator[None]:
        """Announce a part of the work, and say how long it took, also when it fails."""
        began = time.monotonic()
        self.say(f"{title} …")
        outcome = "failed after"
        try:
            yield
            outcome = "done in"
        finally:
            took = time.monotonic() - began
            self.took_seconds[title] = round(took, 1)
            self.say(f"{title}: {outcome} {took:.1f} s")

    @contextmanager
    def around(self, title: str, inner: AbstractContextManager[_T], *, ending: str) -> Iterator[_T]:
        """Enter and leave a context as two parts of the work, each announced."""
        with ExitStack() as stack:
            with self.stage(title):
                value = stack.enter_context(inner)
            try:
                yield value
            finally:
                with self.stage(ending):
                    stack.close()
