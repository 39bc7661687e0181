"""Links to a symbol, `[`symbol`](file#L12)`, and the lines that they should lead to.

`make doc-lines` corrects them all; a test lets them be off by some lines, so that code can change
without every page changing along. Links to tests name no line: the file and the symbol are enough.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LineLink", "corrected", "line_links", "line_of"]

_LINK = re.compile(r"\[`(?P<symbol>\w+)`\]\((?P<place>[^)#\s]+)(?:#L(?P<line>\d+))?\)")
_DEFINED = r"^\s*(?:(?:async )?def |class ){symbol}\b|^{symbol}\b\s*[:=]"


@dataclass(frozen=True, slots=True)
class LineLink:
    """A symbol, the file that defines it, and the line that the page says; 0 for none."""

    symbol: str
    place: str
    line: int


def line_links(text: str) -> Iterator[LineLink]:
    """List the links of a page's text."""
    for found in _LINK.finditer(text):
        yield LineLink(found["symbol"], found["place"], int(found["line"] or 0))


def line_of(symbol: str, source: str) -> int | None:
    """Return the line, from 1, that defines a function, a class or a name; None without one."""
    defined = re.compile(_DEFINED.format(symbol=re.escape(symbol)))
    lines = enumerate(source.splitlines(), start=1)
    return next((number for number, line in lines if defined.match(line)), None)


def corrected(text: str, folder: Path) -> str:
    """Return a page's text with every such link at its line; those without one stay."""

    def correct(found: re.Match[str]) -> str:
        if not found["line"]:
            return found[0]
        source = folder / found["place"]
        line = line_of(found["symbol"], source.read_text()) if source.is_file() else None
        return f"[`{found['symbol']}`]({found['place']}#L{line or found['line']})"

    return _LINK.sub(correct, text)
