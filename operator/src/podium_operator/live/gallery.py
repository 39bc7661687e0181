"""The latest picture and the last hour of every Orchestrator, for whoever looks at the page.

Keepers show, the server reads; all of it in one event loop. Nothing here outlives the process.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from podium_operator.live.history import History
from podium_operator.live.picture import Known, card, details, sample

__all__ = ["Gallery"]

_Key = tuple[str, str]


class Gallery:
    """What keepers showed last; `version` grows with everything that is shown."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take the wall clock: seconds of the epoch."""
        self._clock = clock
        self._known: dict[_Key, Known] = {}
        self._histories: dict[_Key, History] = {}
        self._change = asyncio.Event()
        self.version = 0

    def show(self, known: Known) -> None:
        """Take in what a keeper knows now."""
        meta = known.body["metadata"]
        key = (meta["namespace"], meta["name"])
        self._known[key] = known
        self._histories.setdefault(key, History()).note(sample(known, at=self._clock()))
        self._turn()

    def forget(self, namespace: str, name: str) -> None:
        """Drop an Orchestrator that is gone."""
        self._known.pop((namespace, name), None)
        self._histories.pop((namespace, name), None)
        self._turn()

    def fleet(self) -> list[dict[str, Any]]:
        """Return a card of each, by name."""
        now = self._clock()
        return [card(known, at=now) for _, known in sorted(self._known.items())]

    def detail(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Return everything of one, None where there is none."""
        known = self._known.get((namespace, name))
        if known is None:
            return None
        history = self._histories[namespace, name].columns()
        return {**details(known, at=self._clock()), "history": history}

    async def changed(self, since: int) -> int:
        """Wait for anything newer than `since`; returns the version that is."""
        while self.version == since:
            await self._change.wait()
        return self.version

    def _turn(self) -> None:
        self.version += 1
        self._change.set()
        self._change = asyncio.Event()
