"""The version, which several files state, and that all of them state the same."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.release.errors import ReleaseError

__all__ = [
    "PAGES",
    "PLACES",
    "REPOSITORY",
    "check_stated",
    "parse_version",
    "restate",
    "stated_version",
]

REPOSITORY = Path(__file__).resolve().parents[2]
# Semantic versioning 2.0.0 without build metadata, which no image tag can carry.
_VERSION = re.compile(
    r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
    r"(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*)?"
)
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Place:
    """One line of one file that states the version, with the version as the pattern's group."""

    path: str
    pattern: str

    def stated(self, root: Path) -> str:
        """Return what it says."""
        found = re.search(self.pattern, (root / self.path).read_text(), re.MULTILINE)
        if found is None:
            raise ReleaseError(f"{self.path}: no line matches {self.pattern}")
        return found[1]

    def restate(self, root: Path, version: str) -> None:
        """Write another version there."""
        path = root / self.path
        text = path.read_text()
        found = re.search(self.pattern, text, re.MULTILINE)
        if found is None:
            raise ReleaseError(f"{self.path}: no line matches {self.pattern}")
        path.write_text(text[: found.start(1)] + version + text[found.end(1) :])


PLACES = (
    Place("operator/pyproject.toml", r'^version = "([^"]+)"$'),
    Place("worker/pyproject.toml", r'^version = "([^"]+)"$'),
    Place("operator/src/podium_operator/__init__.py", r'^__version__ = "([^"]+)"$'),
    Place("worker/src/podium_worker/__init__.py", r'^__version__ = "([^"]+)"$'),
    Place("Dockerfile", r"^ARG VERSION=(\S+)$"),
    Place("charts/podium/Chart.yaml", r"^version: (\S+)$"),
    Place("charts/podium/Chart.yaml", r"^appVersion: (\S+)$"),
    Place("charts/orchestrator/Chart.yaml", r"^version: (\S+)$"),
    Place("charts/orchestrator/Chart.yaml", r"^appVersion: (\S+)$"),
)
"""Every line that states the version; the first is the one that others are held against."""


PAGES = (
    "charts/podium/README.md",
    "docs/first-orchestrator.md",
    "docs/install.md",
    "docs/operations.md",
    "manifests/README.md",
)
"""Pages whose commands name images of this version."""


def parse_version(text: str) -> str:
    """Return a version that tags, charts and packages can all carry.

    Raises:
        ReleaseError: it is another text.
    """
    if not text:
        raise ReleaseError("say which version: make release VERSION=0.2.0")
    if len(text) > _LONGEST or not _VERSION.fullmatch(text):
        hint = f"; leave the v out: VERSION={text[1:]}" if _VERSION.fullmatch(text[1:]) else ""
        raise ReleaseError(
            f"VERSION is {text!r}: use MAJOR.MINOR.PATCH, such as 0.2.0 or 0.2.0-rc.1{hint}"
        )
    return text


def stated_version(root: Path = REPOSITORY) -> str:
    """Return what the first place says."""
    return PLACES[0].stated(root)


def check_stated(version: str, root: Path = REPOSITORY) -> None:
    """See that every place states this version.

    Raises:
        ReleaseError: some do not; names each of them, and the way to set them.
    """
    others = [
        f"  {place.path}: {place.stated(root)}" for place in PLACES if place.stated(root) != version
    ]
    silent = (page for page in PAGES if version not in (root / page).read_text())
    others += [f"  {page}: not {version}" for page in silent]
    if others:
        said = "\n".join(others)
        raise ReleaseError(
            f"VERSION is {version}, and these files state another one:\n{said}\n"
            f"set them all by `make release-version VERSION={version}`, and commit"
        )


def restate(version: str, root: Path = REPOSITORY, *, report: Callable[[str], None]) -> None:
    """Write a version into every place, and into the pages' commands."""
    before = stated_version(root)
    for page in PAGES:
        text = (root / page).read_text()
        (root / page).write_text(text.replace(before, version))
    for place in PLACES:
        if place.stated(root) != version:
            place.restate(root, version)
            report(f"{place.path}: {version}")
