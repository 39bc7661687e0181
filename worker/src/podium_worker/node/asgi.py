"""Plain ASGI in small pieces: read a bounded body, answer, notice who left. No routes here."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "BodyTooLargeError",
    "Headers",
    "Receive",
    "Request",
    "Send",
    "SlowBodyError",
    "TruncatedBodyError",
    "begin",
    "finish",
    "left",
    "read_body",
    "reply",
]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

_CHUNK_BYTES = 256 * 1024
_HEARTBEAT_SECONDS = 0.25


class BodyTooLargeError(Exception):
    """The body is larger than allowed, or than memory allows now."""


class SlowBodyError(Exception):
    """The body did not come in time."""


class TruncatedBodyError(Exception):
    """The client left in the middle of its body."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names are lower case, repeated ones joined by commas."""

    method: str
    path: str
    http_version: str
    scheme: str
    headers: dict[str, str]
    receive: Receive
    send: Send

    @classmethod
    def of(cls, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> "Request":
        """Read an ASGI scope."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        return cls(
            scope["method"],
            scope["path"],
            scope["http_version"],
            scope["scheme"],
            headers,
            _uncancelled(receive),
            send,
        )

    def content_length(self) -> int | None:
        """Return the announced length; None when there is none or it makes no sense."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _uncancelled(receive: Receive) -> Receive:
    """Keep the server's own future when its waiter is cancelled: the server sets it later."""

    async def shielded() -> Message:
        return await asyncio.shield(asyncio.ensure_future(receive()))

    return shielded


async def read_body(
    request: Request,
    *,
    max_bytes: int,
    timeout_seconds: float,
    on_chunk: Callable[[bytes], object] | None = None,
) -> bytes:
    """Read the whole body, bounded in size and time; each chunk passes `on_chunk` as it comes."""
    announced = request.content_length()
    if announced is not None and announced > max_bytes:
        raise BodyTooLargeError
    try:
        async with asyncio.timeout(timeout_seconds):
            chunks = await _chunks(request, max_bytes, on_chunk)
    except TimeoutError as error:
        raise SlowBodyError from error
    if announced is not None and sum(map(len, chunks)) != announced:
        raise TruncatedBodyError
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _chunks(
    request: Request, max_bytes: int, on_chunk: Callable[[bytes], object] | None
) -> list[bytes]:
    chunks: list[bytes] = []
    total = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise TruncatedBodyError
        chunk = message.get("body", b"")
        total += len(chunk)
        if total > max_bytes:
            raise BodyTooLargeError
        if chunk:
            chunks.append(chunk)
            if on_chunk is not None:
                on_chunk(chunk)
        if not message.get("more_body", False):
            return chunks


async def left(send: Send, every_seconds: float = _HEARTBEAT_SECONDS) -> None:
    """Return when the client has gone, as seen by sending it nothing; only after `begin`.

    The server does not announce a disconnect to `receive` once the body is read.
    """
    try:
        while True:
            await asyncio.sleep(every_seconds)
            nothing = send({"type": "http.response.body", "body": b"", "more_body": True})
            await asyncio.shield(asyncio.ensure_future(nothing))
    except OSError:
        return


async def begin(send: Send, status: int, headers: Headers = (), *, trailers: bool = False) -> None:
    """Send status and headers now, before there is a body."""
    start: Message = {"type": "http.response.start", "status": status, "headers": list(headers)}
    if trailers:
        start["trailers"] = True
    await send(start)
    await send({"type": "http.response.body", "body": b"", "more_body": True})


async def finish(send: Send, body: bytes) -> None:
    """Send the body after `begin`."""
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def reply(
    send: Send,
    status: int,
    body: bytes = b"",
    *,
    content_type: str = "text/plain; charset=utf-8",
    headers: Headers = (),
) -> None:
    """Send a whole answer; large ones in pieces, so that a slow client holds little twice."""
    all_headers = [
        (b"content-type", content_type.encode("latin-1")),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": all_headers})
    view = memoryview(body)
    for start in range(0, len(body) - _CHUNK_BYTES, _CHUNK_BYTES):
        piece = bytes(view[start : start + _CHUNK_BYTES])
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    rest = max(0, (len(body) - 1) // _CHUNK_BYTES * _CHUNK_BYTES)
    await send({"type": "http.response.body", "body": bytes(view[rest:]), "more_body": False})
