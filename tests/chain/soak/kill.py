"""Ends or freezes this process at the N-th line of the chain code that it executes.

Product code has no hook for it: the interpreter's own tracing counts lines of the package, in
every thread, whatever function or coroutine they are in.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import podium_operator.chain

__all__ = ["PACKAGE", "Aim", "LineCount"]

PACKAGE = Path(next(iter(podium_operator.chain.__path__)))


@dataclass(frozen=True, slots=True)
class Aim:
    """Which line is the last one; `within` names the modules (paths below the package) counted."""

    line: int
    number: signal.Signals = signal.SIGKILL
    within: tuple[str, ...] = ()


class LineCount:
    """Counts lines while it is entered; `count` is how many, of all threads together."""

    def __init__(
        self,
        aim: Aim | None = None,
        *,
        warn: Callable[[], None] | None = None,
        package: Path = PACKAGE,
    ) -> None:
        """`warn` is called in the moment before the signal: a frozen process can say nothing."""
        self.count = 0
        self._aim, self._warn = aim, warn
        within = aim.within if aim else ()
        self._files = tuple(str(package / name) for name in within) or (str(package),)

    def __enter__(self) -> Self:
        threading.settrace(self._enter_frame)
        sys.settrace(self._enter_frame)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _enter_frame(self, frame: FrameType, event: str, detail: Any) -> Any:
        return self._follow if frame.f_code.co_filename.startswith(self._files) else None

    def _follow(self, frame: FrameType, event: str, detail: Any) -> Any:
        if event == "line":
            self.count += 1
            if self._aim is not None and self.count == self._aim.line:
                self._strike(self._aim.number)
        return self._follow

    def _strike(self, number: signal.Signals) -> None:
        if self._warn is not None:
            self._warn()
        os.kill(os.getpid(), number)
