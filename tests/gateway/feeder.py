"""Feeds planned streams in real time: `python -m tests.gateway.feeder PLAN.json`.

Prints a JSON line per event (a stream changed, a segment ended, this process lagged) and ends when
every stream has ended, or after SIGINT or SIGTERM when what is in flight has been answered. With
`--led` it begins at a line on standard input and stops where that ends.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from tests.gateway.addresses import ConnectTo
from tests.gateway.gateway import Fetched, Gateway
from tests.gateway.live import LiveStream, StreamState, wait_or_stop
from tests.gateway.messages import Rendition
from tests.gateway.plan import FeedPlan, PlannedSource, PlannedStream
from tests.gateway.records import SegmentRecord, record_to_json
from tests.gateway.saving import save_renditions
from tests.media import Segment, iter_segments

__all__ = ["feed"]

_LOOK_SECONDS = 0.2
_LAG_SECONDS = 0.25
_PRIORITY = -10


class _Clock:
    """Counts from the first stream's start: an orchestrator that is still coming costs no time."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()
        self._origin = 0.0

    def begin(self) -> None:
        """Start counting, the first time."""
        if not self._begun.is_set():
            self._origin = time.monotonic()
            self._begun.set()

    async def reach(self, seconds: float, stop: asyncio.Event) -> None:
        """Return when so many seconds have been counted, or at `stop`."""
        while not self._begun.is_set() and not stop.is_set():
            await wait_or_stop(stop, _LOOK_SECONDS)
        await wait_or_stop(stop, self._origin + seconds - time.monotonic())


class _Printer:
    """Writes what happens as JSON lines, and saves renditions where the plan says so."""

    def __init__(self, out: TextIO, save_to: Path | None, clock: _Clock) -> None:
        self._out = out
        self._save_to = save_to
        self._clock = clock
        # A slow disk must not hold up the streams.
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="disk")

    def close(self) -> None:
        """Wait until everything is on disk."""
        self._disk.shutdown()

    def lagged(self, seconds: float) -> None:
        """Say that this process itself was held up for so long."""
        self._print({"kind": "lag", "seconds": round(seconds, 3)})

    def stream_changed(self, stream: str, state: StreamState, reason: str) -> None:
        if state == StreamState.LIVE:
            self._clock.begin()
        self._print({"kind": "stream", "stream": stream, "state": state, "reason": reason})

    def segment_done(self, record: SegmentRecord, fetched: Sequence[Fetched]) -> None:
        if self._save_to is not None:
            place = (self._save_to, record.stream)
            self._disk.submit(save_renditions, *place, seq=record.seq, fetched=fetched)
        self._print({"kind": "segment", "record": record_to_json(record)})

    def _print(self, event: dict[str, Any]) -> None:
        self._out.write(json.dumps(event | {"at": time.time()}) + "\n")
        self._out.flush()


async def feed(plan: FeedPlan, out: TextIO, stop: asyncio.Event) -> None:
    """Feed every stream of the plan; returns when all have ended."""
    clock = _Clock()
    printer = _Printer(out, plan.save_to, clock)
    measuring = asyncio.create_task(_measure_lag(printer))
    try:
        await _feed(plan, clock=clock, printer=printer, stop=stop)
    finally:
        measuring.cancel()
        await asyncio.to_thread(printer.close)


async def _feed(plan: FeedPlan, *, clock: _Clock, printer: _Printer, stop: asyncio.Event) -> None:
    async with (
        Gateway(plan.orchestrators, ConnectTo(plan.connect_to)) as gateway,
        asyncio.TaskGroup() as streams,
    ):
        for planned in plan.streams:
            live = LiveStream(
                gateway,
                planned.name,
                renditions=[Rendition(**one.model_dump()) for one in planned.renditions],
                observer=printer,
            )
            streams.create_task(_run(live, planned, clock=clock, stop=stop))


async def _measure_lag(printer: _Printer) -> None:
    """Tell of every moment at which this process was too busy, or not run, to feed in time."""
    while True:
        due = time.monotonic() + _LOOK_SECONDS
        await asyncio.sleep(_LOOK_SECONDS)
        lag = time.monotonic() - due
        if lag > _LAG_SECONDS:
            printer.lagged(lag)


async def _run(
    live: LiveStream, planned: PlannedStream, *, clock: _Clock, stop: asyncio.Event
) -> None:
    if planned.start_seconds:
        await clock.reach(planned.start_seconds, stop)
    ended = asyncio.Event()
    ending = asyncio.create_task(_end(ended, planned.end_seconds, clock=clock, stop=stop))
    try:
        await live.run(_segments(planned.source), ended)
    finally:
        ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ending


async def _end(
    ended: asyncio.Event, at_seconds: float, *, clock: _Clock, stop: asyncio.Event
) -> None:
    await clock.reach(at_seconds, stop)
    ended.set()


def _segments(source: PlannedSource) -> Iterator[Segment]:
    endless = iter_segments(
        segment_seconds=source.segment_seconds,
        size=(source.width, source.height),
        fps=source.fps,
    )
    return islice(endless, source.skip, None)


async def _main(plan: FeedPlan, *, is_led: bool) -> None:
    stop, told = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _set_all, stop, told)
    following = asyncio.create_task(_follow(stop, told)) if is_led else None
    try:
        if is_led:
            await told.wait()
        await feed(plan, sys.stdout, stop)
    finally:
        if following is not None:
            following.cancel()


async def _follow(stop: asyncio.Event, told: asyncio.Event) -> None:
    """Begin at a line on standard input, and stop at its end: the leader is gone then."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for _ in lines:
        told.set()
    _set_all(stop, told)


def _set_all(*events: asyncio.Event) -> None:
    for event in events:
        event.set()


def _hurry() -> None:
    """Ask to be run before others, where that is allowed: who measures must not be late itself."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)


if __name__ == "__main__":
    _hurry()
    _planned = FeedPlan.model_validate_json(Path(sys.argv[1]).read_bytes())
    asyncio.run(_main(_planned, is_led="--led" in sys.argv[2:]))
