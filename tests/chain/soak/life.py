"""One process of the operator, driven from outside: it does one tick for each that it is told.

The process is forked from a server that has everything imported, so that a life costs some
milliseconds. It may be killed or freeze itself at a line; whoever drives it sees both.
"""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from tests.chain.soak import body
from tests.chain.soak.body import Order, Place, Report

__all__ = ["DiedError", "Life"]

_PATIENCE_SECONDS = 60.0
# Each child imports its parent's main module again, which may be pytest's.
_PRELOAD: Sequence[str] = ("tests.chain.soak.body", "pytest")


class DiedError(RuntimeError):
    """The process is gone; nothing was heard of what it did last."""


@dataclass(frozen=True, slots=True)
class Life:
    """A running process; `name` is what it leads under."""

    name: str
    process: multiprocessing.process.BaseProcess
    pipe: Connection

    @classmethod
    def begin(cls, name: str, place: Place) -> "Life":
        """Start a process on what earlier ones left in its folder."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(_PRELOAD))
        ours, theirs = context.Pipe()
        process = context.Process(target=body.live, args=(name, place, theirs), daemon=True)
        process.start()
        theirs.close()
        return cls(name, process, ours)

    def tick(self, order: Order) -> Report | str:
        """Let it look and act once. `body.FROZEN` if it froze; `DiedError` if it is no more."""
        try:
            self.pipe.send(order)
        except OSError as error:
            raise DiedError(self.name) from error
        return self.hear()

    def hear(self) -> Report | str:
        """Wait for what it says next."""
        if not self.pipe.poll(_PATIENCE_SECONDS):
            raise RuntimeError(f"{self.name} said nothing for {_PATIENCE_SECONDS:.0f} s")
        try:
            said: Report | str = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise DiedError(self.name) from error
        return said

    def thaw(self) -> Report | str:
        """Let a frozen process go on; what it says comes from the tick that it froze in."""
        os.kill(self.pid, signal.SIGCONT)
        return self.hear()

    def kill(self) -> None:
        """End it without a warning and wait until it is gone."""
        self.process.kill()
        self.end()

    def end(self) -> None:
        """Wait until it is gone, and forget it."""
        self.pipe.close()
        self.process.join(_PATIENCE_SECONDS)
        self.process.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid or 0
