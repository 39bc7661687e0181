"""An earlier version of this repository: its chart, and its images built from its own sources."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.images import Image
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.run import run
from tests.release.version import REPOSITORY

__all__ = ["Previous", "previous_revision", "unpack"]

_GIT_SECONDS = 60
_BUILD_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Previous:
    """One earlier version, unpacked."""

    revision: str
    root: Path

    @property
    def chart(self) -> Path:
        """Where its chart lies."""
        return self.root / "charts" / "podium"

    def images(self) -> dict[str, Image]:
        """Build its images by its own recipe, or find them in the cache; by target."""
        command = [sys.executable, "-m", "tests.devcluster.images"]
        said = run(command, limit_seconds=_BUILD_SECONDS, folder=self.root)
        made = {}
        for line in said.splitlines():
            reference, layout = line.split("\t")
            name, _, tag = reference.rpartition(":")
            made[name.rpartition("-")[2]] = Image(name, tag, Path(layout))
        return made


def previous_revision(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the version to come from: `PODIUM_UPGRADE_FROM`, else the newest tag; None without."""
    if chosen := environment.get("PODIUM_UPGRADE_FROM"):
        return chosen
    try:
        return _git("describe", "--tags", "--abbrev=0", "HEAD~1").strip()
    except ProgramsError:
        return None


def unpack(revision: str, folder: Path) -> Previous:
    """Put a revision's files into a folder.

    Raises:
        ProgramsError: git knows no such revision.
    """
    commit = _git("rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    archive = ["git", "-C", str(REPOSITORY), "archive", "--format=tar", commit]
    with subprocess.Popen(archive, stdout=subprocess.PIPE) as packing:
        unpacking = ["tar", "--extract", f"--directory={folder}"]
        subprocess.run(unpacking, stdin=packing.stdout, check=True)
    return Previous(commit, folder)


def _git(*arguments: str) -> str:
    return run(["git", "-C", str(REPOSITORY), *arguments], limit_seconds=_GIT_SECONDS)
