"""How many segments may be in a transcoder's hands at once: as many as slots work right now."""

import asyncio
from collections import deque

__all__ = ["Seats"]


class Seats:
    """A semaphore whose size follows the slots; whoever holds a seat keeps it when it shrinks."""

    def __init__(self, count: int = 0) -> None:
        self._count = count
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def resize(self, count: int) -> None:
        """Have `count` seats from now on."""
        self._count = count
        self._serve()

    async def acquire(self) -> None:
        """Wait for a seat, in turn."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self.release()  # given in the moment when nobody wanted it any more
            raise

    def release(self) -> None:
        """Give a seat back."""
        self._taken -= 1
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self._taken < self._count:
            turn = self._waiting.popleft()
            if not turn.cancelled():
                turn.set_result(None)
                self._taken += 1
