"""Ends tasks for certain.

`asyncio.wait_for` of Python 3.11, which the queue's client library uses, loses a cancellation that
comes together with its result: a task cancelled once may go on for ever.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

__all__ = ["end_tasks"]

_AGAIN_SECONDS = 0.1


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks, again and again, until every one has ended; their outcomes stay with them."""
    going = {task for task in tasks if not task.done()}
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=_AGAIN_SECONDS)
