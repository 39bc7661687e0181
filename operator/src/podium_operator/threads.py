"""Runs a coroutine in a thread with an event loop of its own.

What must not wait behind a busy loop (the lease), and what thinks that it owns its loop (kopf),
lives in one of these.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

__all__ = ["in_own_loop"]


async def in_own_loop(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run `main()` to its end; cancelling this cancels it there, and waits until it has ended."""
    is_cancelled, inner = False, None

    async def guarded() -> None:
        nonlocal inner
        inner = (asyncio.get_running_loop(), asyncio.current_task())
        if not is_cancelled:
            await main()

    def cancel(task: asyncio.Task[None] | None) -> None:
        if task is not None:
            task.cancel()

    thread = asyncio.ensure_future(asyncio.to_thread(lambda: asyncio.run(guarded())))
    try:
        await asyncio.shield(thread)
    except asyncio.CancelledError:
        is_cancelled = True
        if inner is not None:
            with contextlib.suppress(RuntimeError):  # its loop has ended in this very moment
                inner[0].call_soon_threadsafe(cancel, inner[1])
        await asyncio.gather(thread, return_exceptions=True)
        raise
