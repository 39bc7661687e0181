"""What keeps one gateway from taking everything: memory for sources, turns within a session."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from podium_worker.errors import Refusal

__all__ = ["MemoryBudget", "Turns"]


class MemoryBudget:
    """Bytes that sources may hold at once, while they arrive and until they are answered."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used = 0

    def take(self, count: int) -> None:
        """Reserve bytes; refuses what does not fit, as the reference does an unreadable body."""
        if self.used + count > self.max_bytes:
            raise Refusal(500, "Internal Server Error")
        self.used += count

    def free(self, count: int) -> None:
        """Give bytes back."""
        self.used -= count


class Turns:
    """Lets the segments of a session through one at a time, in the order they came."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, session_id: str) -> AsyncIterator[None]:
        """Wait for the session's turn and hold it."""
        lock = self._locks.setdefault(session_id, asyncio.Lock())
        self._users[session_id] += 1
        try:
            async with lock:
                yield
        finally:
            self._users[session_id] -= 1
            if not self._users[session_id]:
                del self._users[session_id], self._locks[session_id]
