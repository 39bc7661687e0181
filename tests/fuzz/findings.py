"""What a run is asked to do, and what it found."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.corpus import Good
from tests.fuzz.footprint import Footprint

__all__ = ["Failure", "Findings", "Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to do; `own` are sources of the user's, `out` takes failing inputs."""

    seed: int
    count: int
    large: int
    slots: int
    out: Path
    own: tuple[Good, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A case whose answer is wrong, and where its input lies."""

    seed: str
    story: str
    complaints: tuple[str, ...]
    path: Path


@dataclass(slots=True)
class Findings:
    """What a run found; `footprints` are taken after every round while nothing runs.

    `crashes` are segments that broke the children which worked on them, and were refused for it;
    `strange_ends` are ends of children that no answer explains.
    """

    done: int = 0
    good: int = 0
    stopped: int = 0
    hangs: int = 0
    strange_ends: int = 0
    crashes: list[Failure] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    texts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    footprints: list[Footprint] = field(default_factory=list)
    left: Footprint | None = None
    before: Footprint | None = None
