"""How verbs say things: tables for people, JSON or YAML for programs.

What is said may come from anywhere: it is taken as text, never as markup, and a terminal finds
nothing in it to obey.
"""

import argparse
import io
import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from podium_operator.errors import PodiumError
from podium_operator.yaml_text import to_yaml

__all__ = [
    "UnheardError",
    "add_output_flag",
    "as_data",
    "good_or_bad",
    "harmless",
    "line",
    "say",
    "speak_to_all",
    "table",
]

_STYLES = {"True": "green", "False": "red", "Unknown": "yellow"}
_LEAST_WIDTH: Final = 20
# What moves a cursor, colours, or turns the direction of reading; not line breaks and tabs.
_OBEYED: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class UnheardError(PodiumError):
    """Nobody takes what is said: a pipe that has been closed, a disk that is full."""


def speak_to_all() -> None:
    """Let streams write what their encoding lacks by its number, where they would give up."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write lines to standard output at once. Raises UnheardError."""
    if sys.stdout is None or not text:
        return
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        raise UnheardError(f"nobody takes the answer: {error.strerror or error}") from error


def harmless(text: str) -> str:
    """Write out control characters, which a terminal would obey."""
    return _OBEYED.sub(lambda found: ascii(found.group())[1:-1], text)


def line(text: str, *, style: str = "") -> Text:
    """Return a text as it is: of a plain string, rich would lose what it takes for markup."""
    return Text(harmless(text), style=style)


def add_output_flag(parser: argparse.ArgumentParser) -> None:
    """Add `-o`, for verbs that programs read too."""
    parser.add_argument(
        "-o", "--output", choices=("text", "json", "yaml"), default="text", help="default: text"
    )


def as_data(value: Any, form: str) -> str:
    """Write a value as JSON or YAML, for programs."""
    if form == "json":
        return json.dumps(value, indent=2)
    return to_yaml(value).rstrip()


def table(heads: Sequence[str], rows: Iterable[Sequence[str | Text]], *, wrapped: int = 1) -> Table:
    """Lay rows out under their heads as kubectl does: no lines, two spaces between.

    wrapped: how many of the last columns are broken into lines where the terminal is narrow. The
    others stay whole: what is cut off is lost, what is too long goes on in the next line.
    """
    cells = [[*map(_cell, row)] for row in rows]
    laid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, head in enumerate(heads):
        longest = max(cell.cell_len for cell in (line(head), *(row[number] for row in cells)))
        is_whole = number < len(heads) - wrapped
        least = longest if is_whole else min(longest, _LEAST_WIDTH)
        laid.add_column(line(head), overflow="fold", no_wrap=is_whole, min_width=least)
    for row in cells:
        laid.add_row(*row)
    return laid


def _cell(value: str | Text) -> Text:
    return value if isinstance(value, Text) else line(" ".join(value.splitlines()))


def good_or_bad(status: str) -> Text:
    """Colour a condition's status; without a terminal it is plain."""
    return line(status, style=_STYLES.get(status, ""))
