"""Markdown pages as their readers use them: links, the anchors they may lead to, blocks of code.

Parsed by markdown-it as GitHub does; pure but for reading the files.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["REPOSITORY", "Block", "Link", "Page", "read_page", "slug"]

REPOSITORY = Path(__file__).resolve().parents[2]
_NOT_IN_SLUGS = re.compile(r"[^\w\- ]")
_IMAGE_SOURCE, _LINK_TARGET = "src", "href"


@dataclass(frozen=True, slots=True)
class Link:
    """One link or picture, as it is written."""

    line: int
    target: str

    @property
    def is_outside(self) -> bool:
        """Whether it leaves the repository."""
        return "://" in self.target or self.target.startswith("mailto:")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code; `language` is what a fence names, "" where it names none."""

    line: int
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page, parsed."""

    path: Path
    links: tuple[Link, ...]
    anchors: frozenset[str]
    blocks: tuple[Block, ...]

    @property
    def name(self) -> str:
        """Where it lies in the repository."""
        return str(self.path.relative_to(REPOSITORY))

    def resolved(self, link: Link) -> tuple[Path, str]:
        """Return the file and the anchor that a link within the repository means."""
        place, _, anchor = link.target.partition("#")
        target = (self.path.parent / unquote(place)).resolve() if place else self.path
        return target, unquote(anchor)


@cache
def read_page(path: Path) -> Page:
    """Read and parse one file."""
    tokens = MarkdownIt("commonmark").enable("table").parse(path.read_text())
    return Page(path, (*_links(tokens),), frozenset(_anchors(tokens)), (*_blocks(tokens),))


def slug(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading's text."""
    return _NOT_IN_SLUGS.sub("", heading.strip().lower()).replace(" ", "-")


def _links(tokens: Sequence[Token]) -> Iterator[Link]:
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        for child in token.children or ():
            for name in (_LINK_TARGET, _IMAGE_SOURCE):
                if target := child.attrGet(name):
                    yield Link(line, str(target))


def _anchors(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield one anchor a heading; a second of the same text gets -1, as on GitHub."""
    counts: dict[str, int] = {}
    for before, token in pairwise(tokens):
        if before.type != "heading_open":
            continue
        text = "".join(one.content for one in token.children or () if one.content)
        name = slug(text)
        count = counts[name] = counts.get(name, -1) + 1
        yield f"{name}-{count}" if count else name


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    for token in tokens:
        if token.type in {"fence", "code_block"} and token.map:
            language = (token.info.split() or [""])[0]
            yield Block(token.map[0] + 1, language, token.content)
