"""The numbers that this process has decided for external pools, while it leads.

Keepers write here; what answers KEDA reads. Nothing of it outlives the process: another replica
knows the same from the status.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Board", "Offer"]

_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """How many pods a pool should have, and how many serve."""

    desired: int
    ready: int


class Board:
    """Offers by Orchestrator and pool, and who waits for the next."""

    def __init__(self) -> None:
        self._offers: dict[_Place, dict[str, Offer]] = {}
        self._news = asyncio.Event()

    def publish(self, namespace: str, orchestrator: str, offers: Mapping[str, Offer]) -> None:
        """Offer exactly these pools of an Orchestrator from now on."""
        place = (namespace, orchestrator)
        if self._offers.get(place, {}) != offers:
            self._offers[place] = dict(offers)
            self._wake()

    def withdraw(self, namespace: str, orchestrator: str) -> None:
        """Know nothing of an Orchestrator any more."""
        if self._offers.pop((namespace, orchestrator), None) is not None:
            self._wake()

    def offer(self, namespace: str, orchestrator: str, pool: str) -> Offer | None:
        """Return what was decided here, or None."""
        return self._offers.get((namespace, orchestrator), {}).get(pool)

    def news(self) -> asyncio.Event:
        """Return an event that the next change of any offer will set."""
        return self._news

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
