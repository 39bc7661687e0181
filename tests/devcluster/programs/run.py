"""Run another program to its end: no shell, no input, a limit, and its own words when it fails."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.devcluster.programs.errors import ProgramsError

__all__ = ["run", "succeeds"]

_LAST_LINES = 25


def run(
    command: Sequence[str],
    *,
    limit_seconds: float,
    folder: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> str:
    """Return what a program printed.

    Raises:
        ProgramsError: it is not there, failed or ran too long; ends with its last lines.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=limit_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramsError(f"{name} ran past {limit_seconds:g} s") from error
    except OSError as error:
        raise ProgramsError(f"{name} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
        raise ProgramsError(f"{name} failed ({done.returncode}):\n{said}")
    return done.stdout


def succeeds(command: Sequence[str], *, limit_seconds: float) -> bool:
    """Tell whether a program is there and ends well in time."""
    try:
        run(command, limit_seconds=limit_seconds)
    except ProgramsError:
        return False
    return True
