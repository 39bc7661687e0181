"""The pages that people read, and their commands."""

from functools import cache
from pathlib import Path

from tests.docs.commands import Command, commands
from tests.docs.pages import REPOSITORY, Page, read_page

__all__ = ["COMMAND_PAGES", "commands_of", "page_named"]

_PATTERNS = ("README.md", "docs/*.md", "docs/runbooks/*.md", "charts/*/README.md", "manifests/*.md")


def _found() -> list[Path]:
    return [path for pattern in _PATTERNS for path in sorted(REPOSITORY.glob(pattern))]


COMMAND_PAGES: tuple[Page, ...] = tuple(read_page(path) for path in _found())
"""Every page whose commands are run."""


def page_named(name: str) -> Page:
    """Return a page by its path in the repository."""
    return read_page(REPOSITORY / name)


@cache
def commands_of(*names: str) -> tuple[Command, ...]:
    """List the commands of some pages in order; of all of them without names."""
    pages = [page_named(name) for name in names] or COMMAND_PAGES
    return tuple(command for page in pages for command in commands(page))
