"""An Orchestrator's books as they are kept between two looks: open round, closed lines. Pure.

What is read back may have been edited by anybody: what cannot be read begins anew with the round,
and the lines that stand are kept as they are.
"""

__all__ = ["Books", "closed", "encoded", "opened", "scanned"]

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError

from podium_operator.api.names import LEDGER_KEY
from podium_operator.chain.ledger import (
    COLUMNS,
    Balance,
    GasPayment,
    balance_of,
    cells_of,
    entry_of,
)
from podium_operator.chain.model import ChainState
from podium_operator.chain.movements import Movement

_OPEN_KEY: Final = "open-round.json"
_KEPT_LINES: Final = 1000
_MOST_MOVEMENTS: Final = 5000


@dataclass(frozen=True, slots=True)
class Books:
    """What is written down.

    opening: the balance at the open round's border, None before the first look. block: up to
    where log lines were read. lines: CSV of closed rounds, oldest first.
    """

    opening: Balance | None = None
    block: int = 0
    movements: tuple[Movement, ...] = ()
    lines: tuple[str, ...] = ()


_Movements = Annotated[tuple[Movement, ...], Field(max_length=_MOST_MOVEMENTS)]
_OPEN: Final = TypeAdapter(tuple[Balance, int, _Movements])


def opened(data: Mapping[str, Any]) -> Books:
    """Read the books back."""
    text = data.get(LEDGER_KEY)
    lines = tuple(text.splitlines()[1:]) if isinstance(text, str) else ()
    try:
        opening, block, movements = _OPEN.validate_json(data.get(_OPEN_KEY) or "")
    except ValidationError:
        return Books(lines=lines)
    return Books(opening, block, movements, lines)


def encoded(books: Books) -> dict[str, str]:
    """Write the books down."""
    text = "\n".join((",".join(COLUMNS), *books.lines, ""))
    if books.opening is None:
        return {LEDGER_KEY: text}
    open_round = (books.opening, books.block, books.movements)
    return {LEDGER_KEY: text, _OPEN_KEY: json.dumps(_OPEN.dump_python(open_round, mode="json"))}


def scanned(books: Books, movements: Iterable[Movement], *, until: int) -> Books:
    """Take in what log lines up to a block have moved."""
    known = {(one.block, one.index) for one in books.movements}
    fresh = tuple(one for one in movements if (one.block, one.index) not in known)
    return replace(books, block=until, movements=(*books.movements, *fresh))


def closed(books: Books, state: ChainState, payments: Iterable[GasPayment]) -> Books:
    """Close the open round where the state is of a later one; all lines up to it must be scanned.

    Rounds that nobody looked at are in the line of the last one that somebody did.
    """
    border = balance_of(state)
    if books.opening is None:
        return replace(books, opening=border, block=state.block, movements=())
    if border.round <= books.opening.round or books.block < state.block:
        return books
    entry = entry_of(books.opening, border, movements=books.movements, payments=payments)
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells_of(entry))
    lines = (*books.lines, line.getvalue())[-_KEPT_LINES:]
    later = tuple(one for one in books.movements if one.block > border.block)
    return Books(border, books.block, later, lines)
