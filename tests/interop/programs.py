"""Programs under test: started on loopback, awaited by polling, ended by pid.

Whatever a program leaves running is found and ended too. Each writes one log, of which a failing
test shows the end. No program is ever ended by its name.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import httpx

__all__ = ["Program", "ProgramFailedError", "await_answer", "await_that", "start"]

_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 120.0
_ORPHAN_SECONDS = 30.0


class ProgramFailedError(Exception):
    """A program ended, or did not answer in time; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program; `name` is for people."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def log_text(self) -> str:
        """Everything the program wrote so far."""
        return self.log.read_text(errors="replace")

    def tail(self, lines: int = 60) -> str:
        """Return the last lines of the log."""
        return "\n".join(self.log_text.splitlines()[-lines:])

    def end(self, *, within_seconds: float = 60.0) -> list[str]:
        """Ask the program to leave, insist after a time, and return what it left running.

        What it left running is ended too.
        """
        family = _descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        left = _left_of(family)
        for kin in left:
            _kill(kin.pid)
        return [kin.command for kin in left]


def start(
    name: str, argv: Sequence[str | Path], folder: Path, *, env: Mapping[str, str] | None = None
) -> Program:
    """Start a program with its log in `folder` (made if absent)."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    return Program(name, process, log)


def await_answer(program: Program, url: str, *, within_seconds: float = _PATIENCE_SECONDS) -> None:
    """Wait until `url` answers 200; `ProgramFailedError` when the program ends or time is up."""

    def answers() -> bool:
        try:
            return client.get(url).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    # orchestrators sign their own certificates, and gateways do not check them
    with httpx.Client(timeout=30.0, verify=False) as client:  # noqa: S501
        await_that(program, answers, what=f"200 from {url}", within_seconds=within_seconds)


def await_that(
    program: Program,
    holds: Callable[[], bool],
    *,
    what: str,
    within_seconds: float = _PATIENCE_SECONDS,
) -> None:
    """Wait until `holds()`; `ProgramFailedError` when the program ends or time is up."""
    ends_at = time.monotonic() + within_seconds
    while not holds():
        if program.process.poll() is not None:
            raise ProgramFailedError(
                f"{program.name} ended with {program.process.returncode} before {what}:\n"
                f"{program.tail()}"
            )
        if time.monotonic() > ends_at:
            raise ProgramFailedError(
                f"{program.name}: no {what} in {within_seconds} s:\n{program.tail()}"
            )
        time.sleep(_POLL_SECONDS)


class _Kin(NamedTuple):
    """A process and the tick it was born at, which tells it from a later one of its pid."""

    pid: int
    born: str
    command: str


def _descendants(pid: int) -> list[_Kin]:
    """Return the children of a process, their children, and so on."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    family, waiting = [], [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            waiting.append(child)
            if born := _born(child):
                family.append(_Kin(child, born, _command(child)))
    return family


def _left_of(family: list[_Kin]) -> list[_Kin]:
    """Return who still runs after a moment: the kernel ends orphans that asked for it."""
    ends_at = time.monotonic() + _ORPHAN_SECONDS
    while left := [kin for kin in family if _born(kin.pid) == kin.born]:
        if time.monotonic() > ends_at:
            return left
        time.sleep(_POLL_SECONDS)
    return []


def _stat(pid: int) -> list[str]:
    """Return a process's state, parent and what follows them; nothing once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
    return [] if fields[0] == "Z" else fields


def _born(pid: int) -> str:
    fields = _stat(pid)
    return fields[19] if fields else ""


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ").strip()
    except OSError:
        return str(pid)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
