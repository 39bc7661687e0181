"""Waiting for an event, or for an end, but not for ever.

`asyncio.wait_for` of Python 3.11 forgets a cancellation that comes together with the event: who
waits by it in a loop may never end. Libraries wait by it.
"""

import asyncio
import contextlib
from typing import Any, Final

__all__ = ["end", "wait_at_most"]

_AGAIN_SECONDS: Final = 5.0


async def wait_at_most(seconds: float | None, event: asyncio.Event) -> None:
    """Return once the event is set or the time is over, None for never; a cancellation is heard."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def end(*tasks: asyncio.Future[Any], again_seconds: float = _AGAIN_SECONDS) -> list[Any]:
    """Cancel until all have ended, also who forgets it once; returns results and errors."""
    while pending := [one for one in tasks if not one.done()]:
        for one in pending:
            one.cancel()
        await asyncio.wait(pending, timeout=again_seconds)
    return await asyncio.gather(*tasks, return_exceptions=True)
