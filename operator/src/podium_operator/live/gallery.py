"""The latest picture and the last hour of every Orchestrator, for whoever looks at the page.

Keepers show, the server reads; all of it in the one event loop that keeps Orchestrators, so cards
and details are made when somebody looks, and once for all who do. Nothing outlives the process.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from podium_operator.live.detail import decisions, details
from podium_operator.live.fleet import EVERYTHING, Wish, fleet
from podium_operator.live.history import NEVER, History
from podium_operator.live.picture import Known, aged, card, sample

__all__ = ["Gallery"]

_Key = tuple[str, str]
_MOST_DECISIONS: Final = 20


@dataclass(slots=True)
class _Picture:
    """One Orchestrator: what is known, since when, and what was made of it already."""

    known: Known
    at: float
    history: History = field(default_factory=History)
    decisions: deque[Mapping[str, Any]] = field(
        default_factory=lambda: deque(maxlen=_MOST_DECISIONS)
    )
    card: dict[str, Any] | None = None
    details: dict[str, Any] | None = None

    def show(self, known: Known, *, at: float) -> None:
        """Take in what is known now."""
        self.known, self.at, self.card, self.details = known, at, None, None
        self.history.note(sample(known, at=at))
        decision = known.status.get("decision")
        if decision and not (self.decisions and self.decisions[-1]["id"] == decision["id"]):
            self.decisions.append(decision)

    def carded(self, now: float) -> Mapping[str, Any]:
        """Return its card, and how old it is where that matters."""
        if self.card is None:
            self.card = card(self.known)
        return aged(self.card, max(0.0, now - self.at) + (self.known.load.age_seconds or 0.0))

    def detailed(self, now: float) -> dict[str, Any]:
        """Return everything but its history."""
        if self.details is None:
            listed = decisions(self.known.status, self.decisions)
            self.details = {**details(self.known), "decisions": listed}
        return {**self.details, "card": self.carded(now)}


class Gallery:
    """What keepers showed last; `version` grows with everything that is shown."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Take the wall clock: seconds of the epoch."""
        self._clock = clock
        self._pictures: dict[_Key, _Picture] = {}
        self._change = asyncio.Event()
        self.version = 0

    def show(self, known: Known) -> None:
        """Take in what a keeper knows now."""
        meta = known.body["metadata"]
        key, now = (meta["namespace"], meta["name"]), self._clock()
        self._pictures.setdefault(key, _Picture(known, now)).show(known, at=now)
        self._turn()

    def forget(self, namespace: str, name: str) -> None:
        """Drop an Orchestrator that is gone."""
        self._pictures.pop((namespace, name), None)
        self._turn()

    def fleet(self, wish: Wish = EVERYTHING) -> dict[str, Any]:
        """Return sums over all, and the cards that somebody wants to see."""
        now = self._clock()
        return fleet([picture.carded(now) for picture in self._pictures.values()], wish)

    def detail(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Return everything of one but its history, None where there is none."""
        picture = self._pictures.get((namespace, name))
        return None if picture is None else picture.detailed(self._clock())

    def hour(self, namespace: str, name: str, *, since: float = NEVER) -> dict[str, Any]:
        """Return what one's last hour has more than what was settled at `since`."""
        picture = self._pictures.get((namespace, name))
        history = History() if picture is None else picture.history
        return {
            "after": since,
            "settledAt": history.settled_at,
            "columns": history.columns(since),
        }

    async def changed(self, since: int) -> int:
        """Wait for anything newer than `since`; returns the version that is."""
        while self.version == since:
            await self._change.wait()
        return self.version

    def _turn(self) -> None:
        self.version += 1
        self._change.set()
        self._change = asyncio.Event()
