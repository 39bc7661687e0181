"""The live table's columns, rows and cells (pure); `screen` puts them before a person."""

from collections.abc import Sequence

from tests.demo.board import Moment

__all__ = ["COLUMNS", "Rows", "cells", "plain_line"]

COLUMNS = (
    "time",
    "streams",
    "waiting",
    "sessions",
    "backlog s",
    "busy",
    "pods",
    "done",
    "late",
    "lost",
    "why the last scaling happened",
)
_EVERY_SECONDS = 5.0


class Rows:
    """Chooses which moments become rows: each change, and one every few seconds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: list[Moment] = []

    def take(self, moment: Moment) -> bool:
        """Take the present; say whether it is a row of its own or replaces the last one."""
        last = self._rows[-1] if self._rows else None
        is_new = (
            last is None
            or _key(last) != _key(moment)
            or moment.at_seconds // _EVERY_SECONDS > last.at_seconds // _EVERY_SECONDS
        )
        self._rows = [*(self._rows if is_new else self._rows[:-1]), moment][-self._most :]
        return is_new

    def table(self) -> list[tuple[str, ...]]:
        """Return the cells of every row that is kept, oldest first."""
        before: Sequence[Moment | None] = [None, *self._rows]
        return [cells(row, last) for last, row in zip(before, self._rows, strict=False)]

    def line(self) -> str:
        """Return the last row for a place that is no terminal."""
        last = self._rows[-2] if len(self._rows) > 1 else None
        return plain_line(self._rows[-1], last)


def cells(moment: Moment, last: Moment | None = None) -> tuple[str, ...]:
    """Return the cells of one row; a reason that stands in the row before is not repeated."""
    return (
        f"{moment.at_seconds:.0f} s",
        str(moment.live),
        str(moment.waiting),
        moment.sessions,
        f"{moment.backlog_seconds:.1f}",
        str(moment.busy),
        f"{moment.ready}/{moment.desired}",
        str(moment.answered),
        str(moment.late),
        str(moment.lost),
        "" if last is not None and last.why == moment.why else moment.why,
    )


def plain_line(moment: Moment, last: Moment | None = None) -> str:
    """Return one row as text."""
    shown = cells(moment, last)
    named = zip(COLUMNS[1:-1], shown[1:-1], strict=True)
    pairs = "  ".join(f"{name} {cell}" for name, cell in named)
    why = f"  why: {shown[-1]}" if shown[-1] else ""
    return f"{moment.at_seconds:5.0f} s  {pairs}{why}"


def _key(moment: Moment) -> tuple[object, ...]:
    """What makes a row of its own when it changes."""
    return (
        moment.live,
        moment.waiting,
        moment.ready,
        moment.desired,
        moment.late,
        moment.lost,
        moment.why,
    )
