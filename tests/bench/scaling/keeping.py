"""Runs that are kept, so that an hour of them can be had in parts.

What was run by other sources than those that are there now is not taken up again.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError
from tests.bench.scaling.compare import Case
from tests.bench.scaling.outcome import Outcome

from podium_operator import scaling, startup

__all__ = ["keep", "kept"]

_HERE: Final = Path(__file__).parent
# The replay on a cluster (live) is no part of what is simulated.
_SOURCES: Final = (
    *Path(scaling.__file__).parent.glob("*.py"),
    Path(startup.__file__),
    *_HERE.glob("*.py"),
    *_HERE.glob("peers/*.py"),
)


class _Run(BaseModel, frozen=True):
    """One line of the file."""

    sources: str
    case: Case
    outcome: Outcome


def keep(file: Path, case: Case, outcome: Outcome) -> None:
    """Write a run down at the file's end."""
    with file.open("a") as lines:
        lines.write(_Run(sources=_sources(), case=case, outcome=outcome).model_dump_json() + "\n")


def kept(file: Path) -> dict[Case, Outcome]:
    """Return the runs of a file; none where there is no file, and no line that was cut short."""
    text = file.read_text() if file.exists() else ""
    runs = [_read(line) for line in text.splitlines()]
    return {run.case: run.outcome for run in runs if run is not None and run.sources == _sources()}


def _read(line: str) -> _Run | None:
    try:
        return _Run.model_validate_json(line)
    except ValidationError:
        return None


@cache
def _sources() -> str:
    """Hash whatever a run depends on."""
    digest = hashlib.sha256()
    for path in sorted(_SOURCES):
        digest.update(path.read_bytes())
    return digest.hexdigest()
