"""One slot, many classes: the first job wins, no slot waits, no job is kept from others."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from podium_worker.transcoder.intake import Intake

CLASSES = ("h264", "h264-h265", "other-h264")


class Source:
    """Classes whose jobs come when a test says so; `None` is a pull that ends without one."""

    def __init__(self) -> None:
        self.jobs: dict[str, asyncio.Queue[str | None]] = defaultdict(asyncio.Queue)
        self.pulling: set[str] = set()
        self.changed = asyncio.Event()
        self.handed_back: asyncio.Queue[str] = asyncio.Queue()
        self.stopping = asyncio.Event()
        self.intake = Intake(self._pull, self.handed_back.put, stopping=self.stopping)

    async def _pull(self, capability: str) -> str | None:
        self.pulling.add(capability)
        self.changed.set()
        try:
            return await self.jobs[capability].get()
        finally:
            self.pulling.discard(capability)
            self.changed.set()

    async def until_pulling(self, classes: set[str]) -> None:
        while self.pulling != classes:
            self.changed.clear()
            await self.changed.wait()

    async def take_one_of_all(self, capability: str) -> None:
        """Take a job of one class while every class is being pulled."""
        waiting = asyncio.create_task(self.intake.next())
        await self.until_pulling(set(CLASSES))
        self.jobs[capability].put_nowait("first")
        assert await waiting == "first"

    def stop(self) -> None:
        self.stopping.set()
        self.intake.close()
        for capability in CLASSES:
            self.jobs[capability].put_nowait(None)


@asynccontextmanager
async def watched() -> AsyncIterator[Source]:
    source = Source()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for capability in CLASSES:
            group.create_task(source.intake.watch(capability))
        yield source
        source.stop()


async def test_the_first_job_of_any_class_is_taken() -> None:
    async with watched() as source:
        source.jobs["other-h264"].put_nowait("job")

        assert await source.intake.next() == "job"


async def test_nothing_is_pulled_while_no_slot_is_free() -> None:
    async with watched() as source:
        await source.take_one_of_all("h264")
        source.jobs["other-h264"].put_nowait(None)
        source.jobs["h264-h265"].put_nowait(None)

        await source.until_pulling(set())


async def test_a_job_that_comes_when_the_slot_is_taken_is_handed_back() -> None:
    async with watched() as source:
        await source.take_one_of_all("h264")
        source.jobs["h264-h265"].put_nowait("second")

        assert await source.handed_back.get() == "second"


async def test_pulls_that_end_without_a_job_begin_again() -> None:
    async with watched() as source:
        for _ in range(5):
            source.jobs["h264"].put_nowait(None)
        source.jobs["h264"].put_nowait("late")

        assert await source.intake.next() == "late"


async def test_stopping_ends_the_wait_and_hands_back_what_still_comes() -> None:
    async with watched() as source:
        waiting = asyncio.create_task(source.intake.next())
        await source.until_pulling(set(CLASSES))
        source.stopping.set()
        taken = await waiting
        source.jobs["h264"].put_nowait("too late")

        assert taken is None
        assert await source.handed_back.get() == "too late"


async def test_a_cancelled_wait_leaves_no_wish_behind() -> None:
    async with watched() as source:
        waiting = asyncio.create_task(source.intake.next())
        await source.until_pulling(set(CLASSES))
        waiting.cancel()
        await asyncio.wait({waiting})
        source.jobs["h264"].put_nowait("unwanted")

        assert await source.handed_back.get() == "unwanted"
