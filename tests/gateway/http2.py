"""One HTTP/2 connection over TLS, as a Go client makes it: nothing verified, trailers read.

It exists because the ordinary clients hide what these tests look at: the moment the headers come,
an answer that precedes the end of the upload, trailers, and requests that finish after a GOAWAY.
Frames are split here so that a graceful GOAWAY does not reach the state machine, which would end
the requests in flight.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from tests.gateway.errors import TooSlowError, UnprocessedError, UnreachableError

__all__ = ["Answer", "Http2Connection", "body_within", "head_within", "unverified_tls"]

_GOAWAY = 0x7
_REFUSED_STREAM = 0x7
_CANCEL = 0x8
_FRAME_HEADER_BYTES = 9


def unverified_tls(*protocols: str) -> ssl.SSLContext:
    """Return a client context that checks nothing, as gateways do; no protocols, no ALPN."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


@dataclass(slots=True)
class Answer:
    """An answer as it arrives: `head` is set by the headers, `end` when all is there."""

    head: asyncio.Future[dict[str, str]]
    end: asyncio.Future[None]
    body: bytearray = field(default_factory=bytearray)
    trailers: dict[str, str] = field(default_factory=dict)
    window: asyncio.Event = field(default_factory=asyncio.Event)

    def fail(self, error: Exception) -> None:
        """End whatever is still awaited with this error."""
        for future in (self.head, self.end):
            if not future.done():
                future.set_exception(error)
                future.exception()  # an error nobody awaits is not worth a warning
        self.window.set()


class Http2Connection:
    """A client connection; use `open`, and as an async context manager or with `close`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._state = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        )
        self._answers: dict[int, Answer] = {}
        self._leaving = False
        self._state.initiate_connection()
        self._flush()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, host: str, port: int, *, connect_seconds: float) -> Self:
        """Connect within the time; raises `UnreachableError`, also without HTTP/2."""
        try:
            async with asyncio.timeout(connect_seconds):
                reader, writer = await asyncio.open_connection(
                    host, port, ssl=unverified_tls("h2"), server_hostname=host
                )
        except (OSError, TimeoutError) as error:
            raise UnreachableError(f"cannot connect to {host}:{port}: {error!r}") from error
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            writer.close()
            raise UnreachableError(f"{host}:{port} does not offer HTTP/2 (ALPN h2)")
        return cls(reader, writer)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def is_usable(self) -> bool:
        """Whether a new request may be sent."""
        return not (self._leaving or self._reading.done())

    async def close(self) -> None:
        """Close the connection; requests in flight fail."""
        self._leaving = True
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()  # the other side says no goodbye

    async def request(
        self, method: str, url_parts: tuple[str, str], headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Send a request; return its answer once the upload ended or the answer came before that.

        `url_parts` are authority and path. Raises `UnreachableError` when the connection breaks.
        """
        if not self.is_usable:
            raise UnprocessedError("the connection is closed")
        authority, path = url_parts
        stream_id = self._state.get_next_available_stream_id()
        loop = asyncio.get_running_loop()
        answer = Answer(head=loop.create_future(), end=loop.create_future())
        self._answers[stream_id] = answer
        pseudo = {
            ":method": method,
            ":scheme": "https",
            ":authority": authority,
            ":path": path,
        }
        self._state.send_headers(
            stream_id, list((pseudo | dict(headers)).items()), end_stream=not body
        )
        self._flush()
        if body:
            await self._upload(stream_id, answer, body)
        return answer

    def abandon(self, answer: Answer) -> None:
        """Reset the stream of an answer that nobody waits for any more."""
        for stream_id, known in list(self._answers.items()):
            if known is answer:
                del self._answers[stream_id]
                with contextlib.suppress(h2.exceptions.ProtocolError):
                    self._state.reset_stream(stream_id, error_code=_CANCEL)
                    self._flush()

    async def _upload(self, stream_id: int, answer: Answer, body: bytes) -> None:
        view = memoryview(body)
        while view:
            if answer.end.done():
                return
            room = min(
                self._state.local_flow_control_window(stream_id),
                self._state.max_outbound_frame_size,
                len(view),
            )
            if room <= 0:
                answer.window.clear()
                await answer.window.wait()
                continue
            self._state.send_data(stream_id, bytes(view[:room]))
            view = view[room:]
            self._flush()
            await self._drain()
        if not answer.end.done():
            self._state.end_stream(stream_id)
            self._flush()

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except OSError as error:
            raise UnreachableError(f"the connection broke: {error!r}") from error

    def _flush(self) -> None:
        data = self._state.data_to_send()
        if data:
            self._writer.write(data)

    async def _read(self) -> None:
        error: Exception = UnreachableError("the connection was closed by the other side")
        try:
            while True:
                header = await self._reader.readexactly(_FRAME_HEADER_BYTES)
                payload = await self._reader.readexactly(int.from_bytes(header[:3]))
                if header[3] == _GOAWAY:
                    self._leave(int.from_bytes(payload[:4]) & 0x7FFFFFFF)
                    continue
                for event in self._state.receive_data(header + payload):
                    self._take(event)
                self._flush()
        except (OSError, asyncio.IncompleteReadError, h2.exceptions.ProtocolError) as broken:
            error = UnreachableError(f"the connection broke: {broken!r}")
        finally:
            self._leaving = True
            for answer in self._answers.values():
                answer.fail(error)
            self._answers.clear()

    def _leave(self, last_stream_id: int) -> None:
        self._leaving = True
        for stream_id in [known for known in self._answers if known > last_stream_id]:
            self._answers.pop(stream_id).fail(UnprocessedError("the server is leaving (GOAWAY)"))

    def _take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
            for answer in self._answers.values():
                answer.window.set()
            return
        stream_id = getattr(event, "stream_id", None)
        if isinstance(event, h2.events.DataReceived):
            self._state.acknowledge_received_data(
                event.flow_controlled_length or 0, event.stream_id or 0
            )
        found = self._answers.get(stream_id or 0)
        if found is None:
            return
        match event:
            case h2.events.ResponseReceived():
                found.head.set_result(_headers(event.headers))
            case h2.events.DataReceived():
                found.body += event.data or b""
            case h2.events.TrailersReceived():
                found.trailers.update(_headers(event.headers))
            case h2.events.StreamEnded():
                found.end.set_result(None)
                found.window.set()
                self._answers.pop(stream_id or 0, None)
            case h2.events.StreamReset():
                self._answers.pop(stream_id or 0, None)
                kind = UnprocessedError if event.error_code == _REFUSED_STREAM else UnreachableError
                found.fail(kind(f"the stream was reset (code {event.error_code})"))
            case _:
                pass


def _headers(pairs: object) -> dict[str, str]:
    assert isinstance(pairs, list)
    return {str(name): str(value) for name, value in pairs}


async def head_within(answer: Answer, seconds: float) -> dict[str, str]:
    """Return the response headers; raises `TooSlowError` or `UnreachableError`."""
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(answer.head)
    except TimeoutError as error:
        raise TooSlowError(f"no response headers within {seconds:g} s") from error


async def body_within(answer: Answer, seconds: float) -> bytes:
    """Return the whole body; raises `TooSlowError` or `UnreachableError`."""
    try:
        async with asyncio.timeout(seconds):
            await asyncio.shield(answer.end)
    except TimeoutError as error:
        raise TooSlowError(f"no complete answer within {seconds:g} s more") from error
    return bytes(answer.body)
