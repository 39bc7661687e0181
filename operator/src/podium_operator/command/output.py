"""How verbs say things: tables for people, JSON or YAML for programs."""

import argparse
import json
from collections.abc import Iterable, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from podium_operator.yaml_text import to_yaml

__all__ = ["add_output_flag", "as_data", "good_or_bad", "table"]

_STYLES = {"True": "green", "False": "red", "Unknown": "yellow"}


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


def table(heads: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Lay rows out under their heads as kubectl does: no lines, two spaces between."""
    laid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, head in enumerate(heads):
        laid.add_column(head, overflow="fold", no_wrap=number < len(heads) - 1)
    for row in rows:
        laid.add_row(*row)
    return laid


def good_or_bad(status: str) -> Text:
    """Colour a condition's status; without a terminal it is plain."""
    return Text(status, style=_STYLES.get(status, ""))
