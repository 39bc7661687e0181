"""Shows the table: live with rich on a terminal, line by line elsewhere (thin)."""

import sys
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.table import Table
from tests.demo.board import Moment
from tests.demo.table import COLUMNS, Rows

__all__ = ["Screen"]

_ROWS = 12


class Screen:
    """The table on standard output; a context manager."""

    def __init__(self) -> None:
        self._rows = Rows(_ROWS)
        self._live = Live(refresh_per_second=2) if sys.stdout.isatty() else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, moment: Moment) -> None:
        """Show the present."""
        is_new = self._rows.take(moment)
        if self._live is not None:
            self._live.update(self._table())
        elif is_new:
            print(self._rows.line(), flush=True)

    def _table(self) -> Table:
        table = Table(*COLUMNS, title="Podium: live streams and the pods behind them")
        for row in self._rows.table():
            table.add_row(*row)
        return table
