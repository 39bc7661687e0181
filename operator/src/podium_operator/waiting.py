"""Waiting for an event, but not for ever.

`asyncio.wait_for` of Python 3.11 forgets a cancellation that comes together with the event: who
waits by it in a loop may never end.
"""

import asyncio
import contextlib

__all__ = ["wait_at_most"]


async def wait_at_most(seconds: float | None, event: asyncio.Event) -> None:
    """Return once the event is set or the time is over, None for never; a cancellation is heard."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
