"""Build a bundle's programs from their Go modules, saying how far it is.

The wrapper modules under `go/` pin every dependency by its sum. A build has no C compiler, no
paths and no clock in it, so that it is the same bytes everywhere.
"""

import os
import queue
import re
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.programs.catalogue import Bundle, Report
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.run import run

__all__ = ["Progress", "build", "build_command"]

_REPORT_SECONDS = 15.0
_LIMIT_SECONDS = 3600.0
_LAST_LINES = 20


@dataclass(slots=True)
class Progress:
    """What a build's own lines tell: modules fetched and packages compiled so far."""

    total_packages: int
    packages: int = 0
    modules: int = 0

    def read(self, line: str) -> bool:
        """Count one line; False when it is neither, and so may be the error."""
        if line.startswith("go: downloading "):
            self.modules += 1
            return True
        # `go build -v` prints each compiled package's path, alone on its line.
        is_package = re.fullmatch(r"[\w./~+-]+", line) is not None
        self.packages += is_package
        return is_package

    def sentence(self, elapsed_seconds: float) -> str:
        minutes, seconds = divmod(int(elapsed_seconds), 60)
        compiled = f"{self.packages} of at most {self.total_packages} packages compiled"
        return f"{compiled}, {minutes}:{seconds:02} elapsed"


def build(bundle: Bundle, directory: Path, *, go: Path, report: Report) -> None:
    """Put a bundle's programs into a directory; a failed build leaves its last lines in the error.

    Raises:
        ProgramsError: the build failed or ran past an hour.
    """
    usual = f"about {bundle.minutes:g} min on two idle cores, once"
    report(f"{bundle.folder}: building from Go modules ({usual})")
    progress = Progress(_count_packages(bundle, go))
    for file, package in bundle.packages.items():
        command = build_command(bundle, package, output=directory / file, go=go)
        _run(command, bundle, progress, report)
    if bundle.links:
        for program in bundle.programs:
            os.link(directory / bundle.links, directory / program)


def build_command(bundle: Bundle, package: str, *, output: Path, go: Path) -> list[str]:
    """Compose the `go build` of one package, at low priority where the machine can."""
    stamps = [f"-X {name}={value}" for name, value in sorted(bundle.stamps.items())]
    command = [str(go), "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"]
    command += ["-ldflags", " ".join(["-s", "-w", *stamps])]
    command += ["-tags", ",".join(bundle.tags)] if bundle.tags else []
    nice = [shutil.which("nice") or "", "-n", "10"] if shutil.which("nice") else []
    return [*nice, *command, "-o", str(output), package]


def _environment() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}


def _count_packages(bundle: Bundle, go: Path) -> int:
    command = [str(go), "list", "-deps", "-mod=readonly"]
    command += ["-tags", ",".join(bundle.tags), *bundle.packages.values()]
    try:
        listed = run(
            command, limit_seconds=_LIMIT_SECONDS, folder=bundle.module, environment=_environment()
        )
    except ProgramsError as error:
        raise ProgramsError(f"{bundle.folder}: its modules cannot be had: {error}") from error
    return len(listed.splitlines())


def _run(command: list[str], bundle: Bundle, progress: Progress, report: Report) -> None:
    started = time.monotonic()
    errors: deque[str] = deque(maxlen=_LAST_LINES)
    process = subprocess.Popen(
        command,
        cwd=bundle.module,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in _lines(process, started):
            if line is None:
                report(f"{bundle.folder}: {progress.sentence(time.monotonic() - started)}")
            elif not progress.read(line):
                errors.append(line)
        code = process.wait()
    finally:
        process.kill()
        process.wait()
    if code:
        raise ProgramsError(f"{bundle.folder}: go build failed ({code}):\n" + "\n".join(errors))


def _lines(process: subprocess.Popen[str], started: float) -> Iterator[str | None]:
    """Yield what the build prints, and None whenever a report is due."""
    printed: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_pump, args=(process, printed), daemon=True)
    reader.start()
    due = time.monotonic() + _REPORT_SECONDS
    while time.monotonic() < started + _LIMIT_SECONDS:
        try:
            line = printed.get(timeout=max(0.0, due - time.monotonic()))
        except queue.Empty:
            line = ""
        if line is None:
            return
        if line:
            yield line
        if time.monotonic() >= due:
            due += _REPORT_SECONDS
            yield None
    raise ProgramsError(f"the build ran past {_LIMIT_SECONDS / 60:g} minutes")


def _pump(process: subprocess.Popen[str], printed: queue.Queue[str | None]) -> None:
    assert process.stderr is not None
    with process.stderr as lines:
        for line in lines:
            printed.put(line.rstrip("\n"))
    printed.put(None)
