"""The live load: many small streams through a real gateway, and what became of every segment."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.gateway.gateway import Fetched, Gateway
from tests.gateway.live import LiveStream, StreamState
from tests.gateway.messages import Rendition
from tests.gateway.records import Outcome, SegmentRecord, is_late
from tests.media import iter_segments

__all__ = ["Seen", "feeding"]

_SEGMENT_SECONDS = 2.0


@dataclass(slots=True)
class Seen:
    """What the gateway saw: segments with all renditions, late ones, and each loss in words."""

    answered: int = 0
    late: int = 0
    lost: list[str] = field(default_factory=list)
    live: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def stream_changed(self, stream: str, state: StreamState, reason: str) -> None:
        """Note which streams run."""
        if state == StreamState.LIVE:
            self.live.add(stream)
        self.changed.set()

    def segment_done(self, record: SegmentRecord, fetched: Sequence[Fetched]) -> None:
        """Count one."""
        self.late += is_late(record)
        if record.outcome == Outcome.LOST:
            self.lost.append(f"{record.stream}/{record.seq}: {record.error}")
        else:
            self.answered += 1
            self.served.add(record.stream)
        self.changed.set()

    async def all_served(self, streams: int) -> None:
        """Wait until so many streams have had an answer: a node then knows of them."""
        while len(self.served) < streams:
            await self.changed.wait()
            self.changed.clear()

    async def all_live(self, streams: int) -> None:
        """Wait until so many streams run."""
        while len(self.live) < streams:
            await self.changed.wait()
            self.changed.clear()


class feeding:  # noqa: N801 - reads as a verb: `async with feeding(...) as seen`
    """Feeds streams in real time for as long as the block runs; all is answered at its end."""

    def __init__(
        self, gateway: Gateway, *, streams: int, size: tuple[int, int] = (128, 72), fps: int = 5
    ) -> None:
        self._seen = Seen()
        self._size = size
        self._fps = fps
        self._stop = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._stream(gateway, number)) for number in range(streams)
        ]

    async def __aenter__(self) -> Seen:
        return self._seen

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks)

    async def _stream(self, gateway: Gateway, number: int) -> None:
        # Streams begin one after the other, so that segments come evenly and not in volleys.
        with suppress(TimeoutError):
            async with asyncio.timeout(number * 0.29 % _SEGMENT_SECONDS):
                await self._stop.wait()
        width, height = self._size
        ladder = (Rendition("small", width, height, width * height * 10, fps=self._fps),)
        live = LiveStream(gateway, f"live-{number}", renditions=ladder, observer=self._seen)
        segments = iter_segments(segment_seconds=_SEGMENT_SECONDS, size=self._size, fps=self._fps)
        await live.run(segments, self._stop)
