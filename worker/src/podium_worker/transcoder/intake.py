"""Takes jobs of several channels for slots that do not care which: whichever comes first.

Each channel has a consumer of its own and its own waiting pull. A pull holds no slot, so that a
slot never waits for a channel without jobs; a job that comes when the slot has been given away is
handed back at once, for whoever is free. Not concerned with what a job is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["Intake"]

_Job = TypeVar("_Job")


class Intake(Generic[_Job]):
    """One wish at a time, filled by the first of many pulls.

    `pull` waits a bounded time for a job of a channel and returns None without one; `hand_back`
    gives a job to others. Neither may raise.
    """

    def __init__(
        self,
        pull: Callable[[str], Awaitable[_Job | None]],
        hand_back: Callable[[_Job], Awaitable[None]],
        *,
        stopping: asyncio.Event,
    ) -> None:
        self._pull = pull
        self._hand_back = hand_back
        self._stopping = stopping
        self._wish: asyncio.Future[_Job] | None = None
        self._wished = asyncio.Event()

    async def next(self) -> _Job | None:
        """Wait for a job of any channel, for one caller at a time; None when stopping."""
        wish = self._wish = asyncio.get_running_loop().create_future()
        self._wished.set()
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({wish, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            self._wished.clear()
            wish.cancel()  # nothing happens to one that is fulfilled
        return None if wish.cancelled() else wish.result()

    async def watch(self, channel: str) -> None:
        """Pull jobs of one channel while one is wished for, until stopped and closed."""
        while True:
            await self._wished.wait()
            if self._stopping.is_set():
                return
            job = await self._pull(channel)
            if job is None:
                continue
            if self._wish is None or self._wish.done():
                await self._hand_back(job)
            else:
                self._wished.clear()
                self._wish.set_result(job)

    def close(self) -> None:
        """Let those that watch see that all is stopping."""
        self._wished.set()
