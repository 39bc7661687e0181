"""A coroutine in a loop of its own: its end, its error, and its cancellation are the caller's."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from podium_operator.threads import in_own_loop


async def test_it_runs_elsewhere_and_ends() -> None:
    seen: list[str] = []

    async def main() -> None:
        seen.append(threading.current_thread().name)

    await in_own_loop(main)

    assert seen
    assert seen[0] != threading.current_thread().name


async def test_its_error_is_raised_here() -> None:
    async def main() -> None:
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        await in_own_loop(main)


async def test_cancelling_waits_until_it_has_cleaned_up() -> None:
    loop, started, ended = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    async def main() -> None:
        loop.call_soon_threadsafe(started.set)
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # cleaning up may wait, too
            ended.set()

    task = asyncio.create_task(in_own_loop(main))
    await started.wait()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert ended.is_set()


async def test_cancelling_before_it_began_begins_nothing() -> None:
    free, begun = threading.Event(), threading.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    taken = asyncio.ensure_future(asyncio.to_thread(free.wait))

    async def main() -> None:
        begun.set()

    task = asyncio.create_task(in_own_loop(main))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    free.set()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 60)
    assert await taken
    assert not begun.is_set()
