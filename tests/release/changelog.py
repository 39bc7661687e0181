"""CHANGELOG.md by sections: what one version brought, and a section for a new one (pure)."""

import re

from tests.release.errors import ReleaseError

__all__ = ["section", "with_section"]

_UNRELEASED = "## Unreleased\n"
_HEADING = re.compile(r"^## (\S+)(?: - (\d{4}-\d\d-\d\d))?$", re.MULTILINE)


def section(text: str, version: str) -> str:
    """Return what the changelog says of a version, under its heading.

    Raises:
        ReleaseError: nothing, or only an empty section.
    """
    headings = [*_HEADING.finditer(text)]
    for number, heading in enumerate(headings):
        if heading[1].strip("[]") == version:
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            body = text[heading.end() : end].strip()
            if not body:
                raise ReleaseError(f"CHANGELOG.md: the section {version} is empty")
            return f"{heading[0]}\n\n{body}\n"
    raise ReleaseError(
        f"CHANGELOG.md has no section `## {version} - YYYY-MM-DD`: "
        f"`make release-version VERSION={version}` makes it of what is unreleased"
    )


def with_section(text: str, version: str, date: str) -> str:
    """Return the changelog with what was unreleased under a version of this date (ISO 8601).

    Raises:
        ReleaseError: the version has a section already, or nothing is unreleased.
    """
    if any(heading[1].strip("[]") == version for heading in _HEADING.finditer(text)):
        raise ReleaseError(f"CHANGELOG.md has a section {version} already")
    before, found, after = text.partition(_UNRELEASED)
    following = _HEADING.search(after)
    body = after[: following.start()] if following else after
    if not found or not body.strip():
        raise ReleaseError(f"CHANGELOG.md says nothing under {_UNRELEASED.strip()!r}")
    return f"{before}{_UNRELEASED}\n## {version} - {date}\n{after}"
