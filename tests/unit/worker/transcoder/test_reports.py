"""When a transcoder tells of its load: what others wait for is not left to the next second."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from podium_worker.load import ASK
from podium_worker.queue import Queue
from podium_worker.transcoder import service
from podium_worker.transcoder.tally import Tally

_PATIENCE_SECONDS = 60


class Line:
    """What a queue does for reports."""

    def __init__(self) -> None:
        self.reports: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.connected: Callable[[], Awaitable[None]] | None = None
        self.handlers: dict[str, Callable[[str, bytes], None]] = {}

    def on_connect(self, told: Callable[[], Awaitable[None]]) -> None:
        self.connected = told

    def subscribe(self, subject: str, handler: Callable[[str, bytes], None]) -> None:
        self.handlers[subject] = handler

    async def send(self, _subject: str, data: bytes) -> None:
        self.reports.put_nowait(json.loads(data))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await self.reports.get()


@pytest.mark.parametrize("why", ["it connects", "a node asks", "its state changes"])
async def test_a_report_does_not_wait_for_the_clock(
    monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.setattr(service, "_REPORT_SECONDS", 1e6)
    line, tally = Line(), Tally("t-1", "cpu")
    reporting = asyncio.create_task(service._report(cast("Queue", line), tally))
    await line.next()

    match why:
        case "it connects":
            assert line.connected is not None
            await line.connected()
        case "a node asks":
            line.handlers[ASK](ASK, b"")
        case _:
            tally.changed.set()

    assert (await line.next())["id"] == "t-1"
    reporting.cancel()
    await asyncio.gather(reporting, return_exceptions=True)
