"""One live stream, fed in real time as a gateway feeds it.

A stream that discovery refuses waits and asks again before its first segment. Once started, every
segment is due one duration after the one before, whatever became of that one; nothing is sent
twice, so a failure is a loss.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tests.gateway.errors import GatewayError
from tests.gateway.gateway import Fetched, Times, Upload
from tests.gateway.messages import Rendition, Session
from tests.gateway.patience import REFRESH_MARGIN_SECONDS, latency_score, wants_another_session
from tests.gateway.records import Outcome, RenditionRecord, SegmentRecord

__all__ = ["Calls", "LiveStream", "Observer", "SourceSegment", "StreamState", "wait_or_stop"]


class StreamState(StrEnum):
    """Where a stream stands; `WAITING` means that discovery refused it so far."""

    WAITING = "waiting"
    LIVE = "live"
    ENDED = "ended"


class SourceSegment(Protocol):
    """What a stream is fed with."""

    @property
    def duration_ms(self) -> int:
        """Return the duration of its pictures."""

    @property
    def data(self) -> bytes:
        """Return the MPEG-TS bytes."""


class Calls(Protocol):
    """What a stream asks of its gateway; `Gateway` is the real one."""

    async def discover(self, renditions: Sequence[Rendition]) -> Session:
        """Find a session."""

    async def refresh(self, session: Session, renditions: Sequence[Rendition]) -> Session:
        """Renew a session whose token ends soon."""

    async def end(self, session: Session) -> None:
        """Tell that the stream has ended."""

    async def push(
        self,
        session: Session,
        upload: Upload,
        *,
        renditions: Sequence[Rendition],
        times: Times | None = None,
    ) -> tuple[Fetched, ...]:
        """Send a segment and fetch its renditions."""


class Observer(Protocol):
    """Who is told what happens; called in the event loop, must not block."""

    def stream_changed(self, stream: str, state: StreamState, reason: str) -> None:
        """Take note of a stream's new state."""

    def segment_done(self, record: SegmentRecord, fetched: Sequence[Fetched]) -> None:
        """Take note of a segment that ended, with what was fetched of it."""


@dataclass(slots=True)
class _Conduct:
    """What a gateway remembers of a stream between segments."""

    session: Session | None = None
    last_score: float | None = None


class LiveStream:
    """One stream through a gateway; `run` feeds it until its segments or `stop` end it."""

    def __init__(
        self,
        gateway: Calls,
        name: str,
        *,
        renditions: Sequence[Rendition],
        observer: Observer,
        retry_seconds: float = 1.0,
    ) -> None:
        self._gateway = gateway
        self._name = name
        self._renditions = renditions
        self._observer = observer
        self._retry_seconds = retry_seconds
        self._conduct = _Conduct()
        self._in_flight: dict[int, float] = {}

    async def run(self, segments: Iterable[SourceSegment], stop: asyncio.Event) -> None:
        """Feed the segments in real time, then await what is in flight and end the session."""
        if await self._wait_for_session(stop):
            self._observer.stream_changed(self._name, StreamState.LIVE, "")
            await self._feed(segments, stop)
        self._observer.stream_changed(self._name, StreamState.ENDED, "")

    async def _wait_for_session(self, stop: asyncio.Event) -> bool:
        told = ""
        while not stop.is_set():
            try:
                self._conduct.session = await self._gateway.discover(self._renditions)
            except GatewayError as error:
                if str(error) != told:
                    told = str(error)
                    self._observer.stream_changed(self._name, StreamState.WAITING, told)
                await wait_or_stop(stop, self._retry_seconds)
            else:
                return True
        return False

    async def _feed(self, segments: Iterable[SourceSegment], stop: asyncio.Event) -> None:
        due = time.monotonic()
        async with asyncio.TaskGroup() as sending:
            for seq, segment in enumerate(segments):
                await wait_or_stop(stop, due - time.monotonic())
                if stop.is_set():
                    break
                sending.create_task(self._send(seq, segment))
                due += segment.duration_ms / 1000
            else:
                await wait_or_stop(stop, due - time.monotonic())
        if self._conduct.session is not None:
            with contextlib.suppress(GatewayError):
                await self._gateway.end(self._conduct.session)

    async def _send(self, seq: int, segment: SourceSegment) -> None:
        submitted_at, times = time.time(), Times(time.monotonic())
        duration_seconds = segment.duration_ms / 1000
        upload = Upload(self._name, seq, duration_seconds, segment.data)
        fetched: tuple[Fetched, ...] = ()
        error: GatewayError | None = None
        session: Session | None = None
        try:
            session = await self._choose(duration_seconds)
            self._in_flight[seq] = times.started
            fetched = await self._gateway.push(
                session, upload, renditions=self._renditions, times=times
            )
        except GatewayError as failed:
            error = failed
        finally:
            self._in_flight.pop(seq, None)
        self._learn(session, times=times, duration_seconds=duration_seconds, error=error)
        self._observer.segment_done(
            SegmentRecord(
                stream=self._name,
                seq=seq,
                duration_seconds=duration_seconds,
                submitted_at=submitted_at,
                outcome=Outcome.LOST if error else Outcome.OK,
                error=f"{type(error).__name__}: {error}" if error else "",
                session_id=session.session_id if session else "",
                source_bytes=len(upload.data),
                header_seconds=times.header_seconds,
                answered_seconds=times.answered_seconds,
                fetched_seconds=times.fetched_seconds,
                renditions=tuple(
                    RenditionRecord(one.name, len(one.data), one.pixels) for one in fetched
                ),
            ),
            fetched,
        )

    async def _choose(self, duration_seconds: float) -> Session:
        """Return the session for the next segment: the last while it keeps up, else a fresh one."""
        session = self._conduct.session
        if session is None:
            session = await self._gateway.discover(self._renditions)
        elif session.expires_at - time.time() < REFRESH_MARGIN_SECONDS:
            session = await self._gateway.refresh(session, self._renditions)
        elif wants_another_session(self._conduct.last_score, self._oldest(), duration_seconds):
            with contextlib.suppress(GatewayError):
                session = await self._gateway.discover(self._renditions)
                self._conduct.last_score = None
        self._conduct.session = session
        return session

    def _oldest(self) -> float:
        if not self._in_flight:
            return 0.0
        return time.monotonic() - min(self._in_flight.values())

    def _learn(
        self,
        session: Session | None,
        *,
        times: Times,
        duration_seconds: float,
        error: GatewayError | None,
    ) -> None:
        if error is None:
            self._conduct.last_score = latency_score(
                times.answered_seconds or 0.0, duration_seconds
            )
            if times.session is not None and self._conduct.session is session:
                self._conduct.session = times.session
        elif not error.keeps_session and self._conduct.session is session:
            self._conduct.session = None
            self._conduct.last_score = None


async def wait_or_stop(stop: asyncio.Event, seconds: float) -> None:
    """Return at `stop`, at the latest after so many seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await stop.wait()
