"""One attempt: a source, a ladder, and how it came about; kept as two files when it fails."""

import json
from dataclasses import dataclass
from pathlib import Path

from podium_worker.profiles import Profile, dump_profiles, parse_profiles

__all__ = ["Case", "load_case", "save_case"]

_DEFAULT_LADDER = (Profile(name="160x90", width=160, height=90, bitrate=200_000, fps=15),)


@dataclass(frozen=True, slots=True)
class Case:
    """A source with its orders.

    `seed` makes it again, `story` says what was done to it. `intact_frames` counts the pictures
    of a source that nobody damaged, 0 for any other; `size` is what its pictures had before the
    damage, and `is_dear` allows that it is stopped at its deadline.
    """

    seed: str
    story: str
    source: bytes
    profiles: tuple[Profile, ...]
    duration_seconds: float | None = None
    is_dear: bool = False
    intact_frames: int = 0
    size: tuple[int, int] = (0, 0)


def save_case(case: Case, folder: Path, complaints: tuple[str, ...]) -> Path:
    """Write a source and, beside it, everything else; return the source's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case.seed.replace(':', '-')}.bin"
    path.write_bytes(case.source)
    notes = {
        "seed": case.seed,
        "story": case.story,
        "complaints": complaints,
        "durationSeconds": case.duration_seconds,
        "isDear": case.is_dear,
        "intactFrames": case.intact_frames,
        "size": case.size,
        "profiles": json.loads(dump_profiles(case.profiles)),
    }
    path.with_suffix(".json").write_text(json.dumps(notes, indent=2))
    return path


def load_case(path: Path) -> Case:
    """Read a saved case, or any media file, which then gets a small ladder of one."""
    source, notes_path = path.with_suffix(".bin"), path.with_suffix(".json")
    if path.suffix not in {".bin", ".json"} or not notes_path.exists():
        return Case(path.name, "a file", path.read_bytes(), _DEFAULT_LADDER)
    notes = json.loads(notes_path.read_text())
    return Case(
        seed=notes["seed"],
        story=notes["story"],
        source=source.read_bytes(),
        profiles=parse_profiles(json.dumps(notes["profiles"])),
        duration_seconds=notes["durationSeconds"],
        is_dear=notes["isDear"],
        intact_frames=notes["intactFrames"],
        size=tuple(notes["size"]),
    )
