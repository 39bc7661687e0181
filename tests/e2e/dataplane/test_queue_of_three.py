"""A queue of three servers loses some while segments flow, and no segment is lost with them."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest_asyncio
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.servers import Servers
from tests.e2e.dataplane.wire import WireClient, seg_data

_AT_ONCE = 3
_PATIENCE_SECONDS = 120


@dataclass(slots=True)
class Answers:
    """What became of every segment so far."""

    errors: list[str] = field(default_factory=list)
    _change: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def add(self, error: str) -> None:
        async with self._change:
            self.errors.append(error)
            self._change.notify_all()

    async def more(self, number: int) -> None:
        """Wait for so many further answers."""
        wanted = len(self.errors) + number
        async with self._change, asyncio.timeout(_PATIENCE_SECONDS):
            await self._change.wait_for(lambda: len(self.errors) >= wanted)


@asynccontextmanager
async def pushing(gateway: WireClient, segment: bytes) -> AsyncIterator[Answers]:
    """Push segments, some at once and the next as soon as one is answered, for a block's time."""
    token = await gateway.token()
    answers, numbers, stop = Answers(), count(), asyncio.Event()

    async def push_on() -> None:
        while not stop.is_set():
            result = await gateway.push(seg_data(token, segment, seq=next(numbers)), segment)
            await answers.add("" if len(result.data.segments) == 1 else result.error or "nothing")

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(push_on())
        try:
            yield answers
        finally:
            stop.set()


@pytest_asyncio.fixture
async def servers(plane: DataPlane) -> Servers:
    """Three servers, a node and a transcoder that work."""
    started = Servers(plane)
    await started.start()
    await asyncio.gather(plane.start_node(), plane.start_transcoder())
    await plane.until_metric("livepeer_max_sessions_total", lambda value: value > 0)
    return started


async def test_servers_die_one_after_the_other_and_every_segment_is_answered_once(
    plane: DataPlane, gateway: WireClient, servers: Servers, segment: bytes
) -> None:
    await servers.until_each_holds_one()
    async with pushing(gateway, segment) as answers:
        await answers.more(10)
        leader = await servers.leader()
        await plane.stop(leader, signal.SIGKILL)
        await answers.more(12)
        # Two of three are gone: no leader can be elected, the last one serves alone.
        await plane.stop(await servers.server_of("node"), signal.SIGKILL)
        await answers.more(12)

    assert {error for error in answers.errors if error} == set()
    answered = await plane.metric("livepeer_segment_transcoded_total")
    assert answered == len(answers.errors)
