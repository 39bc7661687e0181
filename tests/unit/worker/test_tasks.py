"""A task that is told to end ends, also where a library swallows the first word."""

import asyncio

from podium_worker.tasks import end_tasks


async def deaf(times: int, begun: asyncio.Event) -> None:
    """Wait for ever, and go on as often as `wait_for` of Python 3.11 would let it."""
    begun.set()
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(deaf(2, begun))
    await begun.wait()

    await end_tasks([task])

    assert task.cancelled()


async def test_tasks_that_have_ended_are_left_alone() -> None:
    task = asyncio.create_task(asyncio.sleep(0, "done"))
    await task

    await end_tasks([task])

    assert task.result() == "done"
