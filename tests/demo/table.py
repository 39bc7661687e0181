"""The live table's columns and cells (pure); `screen` puts them before a person."""

from tests.demo.board import Moment

__all__ = ["COLUMNS", "cells", "plain_line"]

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


def cells(moment: Moment) -> tuple[str, ...]:
    """Return the cells of one line, in the order of `COLUMNS`."""
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
        moment.why or "-",
    )


def plain_line(moment: Moment) -> str:
    """Return the line for a place that is no terminal."""
    named = zip(COLUMNS[1:-1], cells(moment)[1:-1], strict=True)
    pairs = "  ".join(f"{name} {cell}" for name, cell in named)
    return f"{moment.at_seconds:5.0f} s  {pairs}  why: {moment.why or '-'}"
