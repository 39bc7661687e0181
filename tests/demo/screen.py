"""Shows the table: live with rich on a terminal, a line every few seconds elsewhere (thin)."""

import sys
from collections import deque
from types import TracebackType
from typing import Self

from rich.live import Live
from rich.table import Table
from tests.demo.board import Moment
from tests.demo.table import COLUMNS, cells, plain_line

__all__ = ["Screen"]

_PLAIN_EVERY_SECONDS = 5.0
_LINES = 18


class Screen:
    """The table on standard output; a context manager."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque(maxlen=_LINES)
        self._live = Live(refresh_per_second=2) if sys.stdout.isatty() else None
        self._printed_at = float("-inf")
        self._printed_key: tuple[int, ...] = ()

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
        """Show the present; a plain line comes at a change, or after a few seconds."""
        if self._live is not None:
            self._moments.append(moment)
            self._live.update(self._table())
            return
        key = (moment.live, moment.waiting, moment.ready, moment.desired, moment.late, moment.lost)
        due = moment.at_seconds - self._printed_at >= _PLAIN_EVERY_SECONDS
        if due or key != self._printed_key:
            self._printed_at, self._printed_key = moment.at_seconds, key
            print(plain_line(moment), flush=True)

    def _table(self) -> Table:
        table = Table(*COLUMNS, title="Podium: live streams and the pods behind them")
        for moment in self._moments:
            table.add_row(*cells(moment))
        return table
