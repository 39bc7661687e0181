"""A reader at a shell: runs a page's commands one after the other, as they stand there.

What a command exports and where it goes hold for those after it. Commands that last run beside the
others until the reader leaves.
"""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["Done", "Reader"]

_LIMIT_SECONDS = 400
_READY_SECONDS = 120
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it said."""

    command: str
    status: int
    said: str


@dataclass(slots=True)
class Reader:
    """One shell in one folder; `words` are what pages leave for the reader to fill in."""

    folder: Path
    environment: dict[str, str]
    words: Mapping[str, str] = field(default_factory=dict)
    _lasting: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._lasting:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)
        self._lasting.clear()

    def run(self, text: str) -> Done:
        """Run one command to its end."""
        after = self.folder / ".after"
        command = self._filled(text)
        script = f"{command}\nstatus=$?\nenv -0 > {after}\nexit $status"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=_LIMIT_SECONDS,
        )
        if after.exists():
            pairs = after.read_text().rstrip("\0").split("\0")
            self.environment = dict(pair.split("=", 1) for pair in pairs)
            after.unlink()
        return Done(command, done.returncode, done.stdout)

    def start(self, text: str) -> Done:
        """Start a command that lasts; returns when it has said something, or has ended."""
        said = self.folder / f".said-{len(self._lasting)}"
        command = self._filled(text)
        with said.open("wb") as out:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + _READY_SECONDS
        while process.poll() is None and not said.stat().st_size and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        status = process.poll()
        if status is None:
            self._lasting.append(process)
        is_ready = status is None and said.stat().st_size > 0
        return Done(command, 0 if is_ready else (status or 1), said.read_text(errors="replace"))

    def _filled(self, text: str) -> str:
        for word, value in self.words.items():
            text = re.sub(rf"\b{word}\b", value, text)
        return text
