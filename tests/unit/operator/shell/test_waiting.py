"""A wait ends with its event, its time or a cancellation; and an end comes in spite of the deaf."""

import asyncio

import pytest

from podium_operator.waiting import end, wait_at_most


async def test_it_ends_with_the_event_or_with_the_time() -> None:
    event = asyncio.Event()

    await wait_at_most(0.01, event)
    event.set()
    await wait_at_most(3600, event)


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancellation_that_comes_with_the_event_is_heard(turns: int) -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait_at_most(3600, event))
    for _ in range(3):  # until it waits
        await asyncio.sleep(0)

    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    was_over = waiting.done()
    waiting.cancel()
    await asyncio.wait({waiting})

    assert waiting.cancelled() is not was_over


async def test_who_forgets_a_cancellation_is_cancelled_again() -> None:
    async def forget_once() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    deaf = asyncio.create_task(forget_once())
    over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    over.set_result("done")
    await asyncio.sleep(0)

    cancelled, done = await end(deaf, over, again_seconds=0.01)

    assert isinstance(cancelled, asyncio.CancelledError)
    assert done == "done"
