"""What a node tells of its load, and when: a stream that opens is not left to the next second."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from podium_worker.node import parts as node_parts
from podium_worker.node.dispatch import Dispatcher
from podium_worker.node.parts import NodeParts, build_parts
from podium_worker.node.segments import _Arrival
from podium_worker.profiles import Profile
from podium_worker.queue import Queue
from podium_worker.settings import Settings
from podium_worker.wire import lp_rpc_pb2 as pb
from podium_worker.wire.segment import Segment

CLASS = "h264/640x360@30"
_PATIENCE_SECONDS = 60


class Told:
    """A node that reports into the test, and never by the clock."""

    def __init__(self, parts: NodeParts, reports: asyncio.Queue[dict[str, Any]]) -> None:
        self.parts, self._reports = parts, reports
        self._work: list[asyncio.Task[Any]] = []

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await self._reports.get()

    def push(self, manifest: bytes) -> None:
        """Let a stream's segment arrive, whole."""
        profiles = (Profile("P", 640, 360, 1),)
        segment = Segment(manifest, f"s-{manifest!r}", 0, b"", 2000, profiles, pb.AuthToken())
        self.parts.state.sessions.open(segment.session_id, manifest, self.parts.state.clock())
        arrival = _Arrival(segment, CLASS, self.parts.state.clock())
        self._work.append(asyncio.create_task(self.parts.segments._result(arrival, bytes(1000))))

    async def end(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)


@pytest_asyncio.fixture
async def told(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Told]:
    reports: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(_queue: Queue, _subject: str, data: bytes) -> None:
        reports.put_nowait(json.loads(data))

    async def work_for_ever(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(node_parts, "_REPORT_SECONDS", 1e6)
    monkeypatch.setattr(Queue, "send", send)
    monkeypatch.setattr(Dispatcher, "transcode", work_for_ever)
    told = Told(build_parts(Settings(), "me", "00"), reports)
    reporting = asyncio.create_task(node_parts._report(told.parts))
    yield told
    reporting.cancel()
    await told.end()


async def test_a_stream_that_opens_is_told_without_waiting_for_the_clock(told: Told) -> None:
    before = await told.next()

    told.push(b"one")
    after = await told.next()

    assert before["streams"] == {}
    assert after["streams"][CLASS]["open"] == 1


async def test_streams_that_open_together_are_told_together(told: Told) -> None:
    await told.next()

    told.push(b"one")
    told.push(b"two")

    assert (await told.next())["streams"][CLASS]["open"] == 2
