"""How many pods every external pool should have, for whoever sets that number.

The leader answers from what it has just decided. Any other replica reads the Orchestrator's status,
where the same number is written with every change: a Service may lead to either.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final, NamedTuple

from podium_operator.errors import PodiumError
from podium_operator.external.board import Board, Offer
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.errors import ForbiddenError, NotFoundError
from podium_operator.kube.kinds import ORCHESTRATOR
from podium_operator.waiting import wait_at_most

__all__ = ["NotExternalError", "Offers", "PoolKey", "UndecidedError", "UnknownPoolError"]

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_FRESH_SECONDS: Final = 1.0
_MOST_REMEMBERED: Final = 1000
_READS_AT_ONCE: Final = 4


class UnknownPoolError(PodiumError):
    """There is no such pool; the message says which of the names leads nowhere."""


class NotExternalError(PodiumError):
    """The pool is scaled by the operator itself: two scalers would fight over it."""


class UndecidedError(PodiumError):
    """Nothing has been decided for the pool yet."""


class PoolKey(NamedTuple):
    """Which pool of which Orchestrator."""

    namespace: str
    orchestrator: str
    pool: str


class Offers:
    """What external pools should have, from the board or from the API server."""

    def __init__(
        self, kube: Kube, board: Board, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kube, self._board, self._clock = kube, board, clock
        self._known: dict[tuple[str, str], tuple[float, Body | None]] = {}
        self._gate = asyncio.Semaphore(_READS_AT_ONCE)

    async def read(self, key: PoolKey) -> Offer:
        """Return what is wanted now.

        Raises `UnknownPoolError`, `NotExternalError`, `UndecidedError`, or `KubeError` where this
        replica has to ask the API server and gets no answer.
        """
        if not all(_NAME.fullmatch(part) for part in key):
            raise UnknownPoolError(f"{'/'.join(key)!r} names no pool: namespace/orchestrator/pool")
        decided = self._board.offer(*key)
        return _offered(await self._orchestrator(key), key) if decided is None else decided

    async def follow(
        self, key: PoolKey, *, pause_seconds: float = _FRESH_SECONDS
    ) -> AsyncGenerator[Offer, None]:
        """Yield what is wanted now, and then every change, for ever. Raises as `read` does."""
        last: Offer | None = None
        while True:
            news = self._board.news()
            offer = await self.read(key)
            if offer != last:
                last = offer
                yield offer
            if self._board.offer(*key) is not None:
                await news.wait()
                continue
            await wait_at_most(pause_seconds, news)  # nobody here tells of a status that changes

    async def _orchestrator(self, key: PoolKey) -> Body:
        """Read it from the API server, at most once a second."""
        place = (key.namespace, key.orchestrator)
        async with self._gate:
            at, body = self._known.get(place, (float("-inf"), None))
            if self._clock() - at >= _FRESH_SECONDS:
                body = await self._fetch(*place)
                self._remember(place, body)
        if body is None:
            raise UnknownPoolError(f"no Orchestrator {'/'.join(place)!r} in the operator's scope")
        return body

    async def _fetch(self, namespace: str, name: str) -> Body | None:
        try:
            return await self._kube.get(ORCHESTRATOR, namespace, name)
        except (NotFoundError, ForbiddenError):
            return None

    def _remember(self, place: tuple[str, str], body: Body | None) -> None:
        self._known.pop(place, None)
        self._known[place] = (self._clock(), body)
        if len(self._known) > _MOST_REMEMBERED:
            del self._known[next(iter(self._known))]


def _offered(body: Mapping[str, Any], key: PoolKey) -> Offer:
    asked = _named(body.get("spec"), key.pool)
    if asked is None:
        raise UnknownPoolError(f"{key.orchestrator!r} has no pool {key.pool!r}")
    if (asked.get("scale") or {}).get("mode") != "External":
        raise NotExternalError(
            f"pool {key.pool!r} is scaled by Podium itself: set its scale.mode to External first"
        )
    shown = _named(body.get("status"), key.pool)
    if shown is None:
        raise UndecidedError(f"nothing has been decided for pool {key.pool!r} yet: ask again")
    return Offer(int(shown.get("desired") or 0), int(shown.get("ready") or 0))


def _named(part: Mapping[str, Any] | None, pool: str) -> Mapping[str, Any] | None:
    listed = (part or {}).get("pools") or ()
    return next((one for one in listed if one.get("name") == pool), None)
