"""`POST /segment`: the checks in the reference's order, an early 200, then the renditions' URLs.

The 200 leaves before the transcode begins, since gateways wait at most half a segment for it.
Whatever goes wrong after it is an error inside the answer, in the network's words.
"""

import asyncio
import logging
import re
from contextlib import suppress
from dataclasses import dataclass

from podium_worker.errors import Refusal
from podium_worker.jobs import patience_seconds
from podium_worker.node import asgi
from podium_worker.node.asgi import Request
from podium_worker.node.bounds import MemoryBudget, Turns
from podium_worker.node.discovery import Discovery
from podium_worker.node.dispatch import TOOK_TOO_LONG, Answer, Dispatcher
from podium_worker.node.meters import NodeMeters
from podium_worker.node.state import NodeState, Wait
from podium_worker.node.store import Rendition as StoredRendition
from podium_worker.profiles import Container, capability_class
from podium_worker.transcoder.errors import ErrorText
from podium_worker.wire import keccak, lp_rpc_pb2 as pb
from podium_worker.wire.segment import (
    MAX_SEGMENT_BYTES,
    Segment,
    check_payment,
    parse_segment,
)

__all__ = ["BUSY", "Segments"]

_log = logging.getLogger(__name__)

BUSY = "OrchestratorBusy"
_TOO_SMALL_BYTES = 25
_URI_TYPE = "application/vnd+livepeer.uri"
_PLAIN_NAME = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$")
_KINDS = {Container.MPEGTS: (".ts", "video/mp2t"), Container.MP4: (".mp4", "video/mp4")}


@dataclass(slots=True)
class _Arrival:
    """A segment on its way through the node."""

    segment: Segment
    load_class: str
    received_at: float
    reserved_bytes: int = 0


class Segments:
    """Takes segments from gateways and answers them."""

    def __init__(
        self,
        state: NodeState,
        dispatcher: Dispatcher,
        discovery: Discovery,
        *,
        budget: MemoryBudget,
        meters: NodeMeters,
    ) -> None:
        self._state = state
        self._dispatcher = dispatcher
        self._discovery = discovery
        self._budget = budget
        self._meters = meters
        self._turns = Turns()
        self._queued: dict[int, Wait] = {}

    async def serve(self, request: Request) -> None:
        """Answer one segment; `Refusal` while nothing was sent yet."""
        arrival = self._check(request)
        segment = arrival.segment
        try:
            source = await self._read(request, arrival)
        except BaseException:
            self._budget.free(arrival.reserved_bytes)
            self._state.sessions.abandon(segment.session_id)
            raise
        self._state.totals.received += 1
        self._meters.received(segment.duration_seconds)
        try:
            await asgi.begin(request.send, 200)
            result = await self._until_left(request, arrival, source)
            if result is not None:
                await asgi.finish(request.send, result.SerializeToString())
        finally:
            self._budget.free(arrival.reserved_bytes)
            self._state.sessions.abandon(segment.session_id)  # one that no segment entered

    def _check(self, request: Request) -> _Arrival:
        received_at = self._state.clock()
        check_payment(request.headers.get("livepeer-payment", ""))
        header = request.headers.get("livepeer-segment", "")
        segment = parse_segment(
            header,
            self._discovery.secret,
            received_at,
            capabilities=self._discovery.capabilities(),
        )
        capability = capability_class(segment.profiles, segment.source)
        if capability not in self._state.fleet.classes() or segment.has_clip:
            raise Refusal(403, "incompatible capabilities")
        load_class = self._state.class_of(capability, segment)
        self._state.check_session(segment, load_class)
        self._state.sessions.open(segment.session_id, segment.manifest_id, received_at)
        return _Arrival(segment, load_class, received_at)

    async def _read(self, request: Request, arrival: _Arrival) -> bytes:
        if request.headers.get("content-type", "") == _URI_TYPE:
            raise Refusal(400, "BadRequest")
        digest = keccak.new()

        def on_chunk(chunk: bytes) -> None:
            self._budget.take(len(chunk))
            arrival.reserved_bytes += len(chunk)
            digest.update(chunk)

        began = self._state.clock()
        try:
            source = await asgi.read_body(
                request,
                max_bytes=MAX_SEGMENT_BYTES,
                timeout_seconds=patience_seconds(arrival.segment.duration_seconds),
                on_chunk=on_chunk,
            )
        except (asgi.BodyTooLargeError, asgi.SlowBodyError) as error:
            raise Refusal(500, "Internal Server Error") from error
        self._meters.downloaded(self._state.clock() - began)
        if digest.digest() != arrival.segment.hash:
            raise Refusal(403, "Forbidden")
        return source

    async def _until_left(
        self, request: Request, arrival: _Arrival, source: bytes
    ) -> pb.TranscodeResult | None:
        """Work until the answer is there or the gateway has gone; None then."""
        work = asyncio.ensure_future(self._result(arrival, source))
        gone = asyncio.ensure_future(asgi.left(request.send))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            self._state.totals.lost += 1
            self._state.sessions.tally(arrival.segment.session_id).lost += 1
            self._meters.failed("LostSegment")
            _log.warning("gateway left", extra={"session": arrival.segment.session_id})
            return None
        finally:
            for task in (work, gone):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _result(self, arrival: _Arrival, source: bytes) -> pb.TranscodeResult:
        segment = arrival.segment
        if len(source) < _TOO_SMALL_BYTES:
            return self._failure(segment, ErrorText.INVALID_VIDEO)
        session_id, seconds = segment.session_id, segment.duration_seconds
        sessions, now = self._state.sessions, self._state.clock()
        is_new = not sessions.has_stream(segment.manifest_id, now)
        sessions.open(session_id, segment.manifest_id, now)
        if not sessions.enter(session_id, arrival.load_class, seconds=seconds, now=now):
            return self._failure(segment, BUSY)
        if is_new:
            self._state.changed.set()
        try:
            answer = await self._transcode(arrival, source)
        finally:
            sessions.leave(session_id, segment.manifest_id, self._state.clock())
        return self._conclude(arrival, answer)

    def waiting(self) -> list[Wait]:
        """Return all segments that no transcoder has begun yet."""
        return [*self._queued.values(), *self._dispatcher.waiting()]

    async def _transcode(self, arrival: _Arrival, source: bytes) -> Answer:
        segment = arrival.segment
        self._queued[id(arrival)] = Wait(
            arrival.load_class, segment.duration_seconds, arrival.received_at
        )
        try:
            async with self._turns.turn(segment.session_id):
                del self._queued[id(arrival)]
                return await self._dispatcher.transcode(
                    segment,
                    source,
                    load_class=arrival.load_class,
                    received_at=arrival.received_at,
                )
        finally:
            self._queued.pop(id(arrival), None)

    def _conclude(self, arrival: _Arrival, answer: Answer) -> pb.TranscodeResult:
        segment, totals = arrival.segment, self._state.totals
        tally = self._state.sessions.tally(segment.session_id)
        if answer.error == TOOK_TOO_LONG:
            totals.lost += 1
            tally.lost += 1
            return self._failure(segment, answer.error)
        if answer.error:
            totals.failed += 1
            tally.failed += 1
            return self._failure(segment, answer.error)
        totals.answered += 1
        tally.done += 1
        tally.pixels_per_second = answer.decoded_pixels / max(segment.duration_seconds, 0.001)
        took = self._state.clock() - arrival.received_at
        if took > segment.duration_seconds:
            totals.late += 1
            tally.late += 1
        self._meters.transcoded(segment, answer, took)
        return self._success(segment, answer)

    def _success(self, segment: Segment, answer: Answer) -> pb.TranscodeResult:
        data = pb.TranscodeData()
        for index, rendition in enumerate(answer.renditions):
            extension, content_type = _KINDS[rendition.container]
            path = self._state.store.put(
                segment.session_id,
                rendition.name if _PLAIN_NAME.match(rendition.name) else f"rendition-{index}",
                f"{segment.seq}{extension}",
                StoredRendition(rendition.data, content_type),
            )
            url = f"{self._discovery.advertised_address}/stream/{path}"
            data.segments.add(url=url, pixels=rendition.pixels)
        info = self._discovery.info(segment.token)
        if info.transcoder != self._discovery.advertised_address:
            self._state.sessions.move(segment.manifest_id)
        return pb.TranscodeResult(seq=segment.seq, data=data, info=info)

    def _failure(self, segment: Segment, text: str) -> pb.TranscodeResult:
        self._meters.failed(text)
        info = self._discovery.info(segment.token)
        return pb.TranscodeResult(seq=segment.seq, error=text, info=info)
