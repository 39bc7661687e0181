"""Runs streams and waits for what they bring."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.gateway.errors import RefusedError
from tests.gateway.gateway import Fetched, Gateway
from tests.gateway.live import LiveStream, StreamState
from tests.gateway.messages import Rendition, Session
from tests.gateway.records import Outcome, SegmentRecord
from tests.media import iter_segments

__all__ = ["Recorder", "accepted", "streaming"]

_ASK_AGAIN_SECONDS = 0.5


async def accepted(
    gateway: Gateway, ladder: Sequence[Rendition], *, within_seconds: float = 90
) -> Session:
    """Ask for a session until there is room for one, as gateways do; the last refusal is raised."""
    until = time.monotonic() + within_seconds
    while True:
        try:
            return await gateway.discover(ladder)
        except RefusedError:
            if time.monotonic() > until:
                raise
        await asyncio.sleep(_ASK_AGAIN_SECONDS)


@dataclass(slots=True)
class Recorder:
    """Keeps every record, and wakes those who wait for more."""

    records: list[SegmentRecord] = field(default_factory=list)
    states: dict[str, tuple[StreamState, str]] = field(default_factory=dict)
    _change: asyncio.Event = field(default_factory=asyncio.Event)

    def stream_changed(self, stream: str, state: StreamState, reason: str) -> None:
        """Keep a stream's state and the reason for it."""
        self.states[stream] = state, reason
        self._wake()

    def segment_done(self, record: SegmentRecord, fetched: Sequence[Fetched]) -> None:
        """Keep a record."""
        self.records.append(record)
        self._wake()

    async def more(self, count: int, *, within_seconds: float) -> None:
        """Wait for so many further segments to end; TimeoutError says where the streams stand."""
        wanted = len(self.records) + count
        try:
            async with asyncio.timeout(within_seconds):
                while len(self.records) < wanted:
                    await self._change.wait()
        except TimeoutError:
            missing = f"{wanted - len(self.records)} of {count} segments"
            stand = f"{self.states}; lost: {self.lost()}"
            raise TimeoutError(f"no {missing} in {within_seconds:g} s: {stand}") from None

    def forget(self) -> None:
        """Drop what was seen so far: streams that were still finding room are no loss to count."""
        self.records.clear()

    def lost(self) -> list[str]:
        """Return what became of every lost segment."""
        return [
            f"{record.stream}/{record.seq}: {record.error}"
            for record in self.records
            if record.outcome == Outcome.LOST
        ]

    def _wake(self) -> None:
        self._change.set()
        self._change = asyncio.Event()


class streaming:  # noqa: N801 - reads as a verb: `async with streaming(...) as recorder`
    """Feeds streams in real time for as long as the block runs, then ends them in order.

    `name`: what theirs begin with; a node takes sessions of one name for one stream.
    """

    def __init__(
        self,
        gateway: Gateway,
        *,
        streams: int,
        ladder: Sequence[Rendition],
        size: tuple[int, int] = (640, 360),
        name: str = "live",
    ) -> None:
        self.recorder = Recorder()
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        # Encoded where nobody has yet, which would hold up streams that have begun.
        next(iter_segments(size=size, fps=25))
        for number in range(streams):
            live = LiveStream(
                gateway, f"{name}-{number}", renditions=ladder, observer=self.recorder
            )
            segments = iter_segments(size=size, fps=25)
            self._tasks.append(asyncio.create_task(live.run(segments, self._stop)))

    async def __aenter__(self) -> Recorder:
        return self.recorder

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks)
