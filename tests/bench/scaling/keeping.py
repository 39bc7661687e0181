"""Runs that are kept, so that an hour of them can be had in parts.

What was run by other sources than those that are there now is not taken up again; of a peer's run
our policy is none.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError
from tests.bench.scaling.compare import Case
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.policies import PEERS

from podium_operator import scaling, startup

__all__ = ["keep", "kept"]

_HERE: Final = Path(__file__).parent
# What only reads what goes in, or words what came out; the replay on a cluster (live) is no part
# of it either.
_TELLING: Final = {"__main__.py", "gates.py", "given.py", "keeping.py", "picture.py", "table.py"}
_OUR_ADAPTER: Final = _HERE / "podium.py"
_WORLD: Final = (
    *(path for path in _HERE.glob("*.py") if path.name not in _TELLING and path != _OUR_ADAPTER),
    *_HERE.glob("peers/*.py"),
)
_OURS: Final = (
    _OUR_ADAPTER,
    *Path(scaling.__file__).parent.glob("*.py"),
    Path(startup.__file__),
)
_PEERS: Final = {policy.name for policy in PEERS}


class _Run(BaseModel, frozen=True):
    """One line of the file."""

    sources: str
    case: Case
    outcome: Outcome


def keep(file: Path, case: Case, outcome: Outcome) -> None:
    """Write a run down at the file's end."""
    run = _Run(sources=_sources(case), case=case, outcome=outcome)
    with file.open("a") as lines:
        lines.write(run.model_dump_json() + "\n")


def kept(file: Path) -> dict[Case, Outcome]:
    """Return the runs of a file; none where there is no file, and no line that was cut short."""
    text = file.read_text() if file.exists() else ""
    runs = [run for line in text.splitlines() if (run := _read(line)) is not None]
    return {run.case: run.outcome for run in runs if run.sources == _sources(run.case)}


def _read(line: str) -> _Run | None:
    try:
        return _Run.model_validate_json(line)
    except ValidationError:
        return None


def _sources(case: Case) -> str:
    """Hash whatever this run depends on: a peer's stays when only our policy is another."""
    return _digest(_WORLD if case.policy in _PEERS else (*_WORLD, *_OURS))


@cache
def _digest(paths: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()
