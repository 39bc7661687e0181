"""Asks a node who it is, as a gateway does: TLS, HTTP/2 and one gRPC call.

Gateways verify no certificate, so neither does this. The answer comes from whoever listens at the
address: it is bounded in bytes and time, and read without trust. Only `reachability` and the
command line call it.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import H2Error

__all__ = ["Answer", "Outcome", "ask", "told_address"]

_METHOD = "/net.Orchestrator/GetOrchestrator"
# address: 20 zero bytes, nobody. ignoreCapacityCheck: true, or a full node would count this call
# as a gateway that it had to turn away, and demand would grow out of watching.
_REQUEST = b"\x0a\x14" + bytes(20) + b"\x20\x01"
_PREFIX = struct.Struct(">BI")
_MOST_BYTES = 1 << 20

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Outcome(StrEnum):
    """How an attempt ended; OK and REFUSED both mean that a node answers there."""

    OK = "ok"
    REFUSED = "refused"
    NO_NAME = "no-name"
    NO_CONNECTION = "no-connection"
    NO_TLS = "no-tls"
    NO_GRPC = "no-grpc"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Answer:
    """One attempt: what it took, and the address that the node says to use ("": it said none)."""

    outcome: Outcome
    seconds: float = 0.0
    address: str = ""

    @property
    def is_reachable(self) -> bool:
        return self.outcome in {Outcome.OK, Outcome.REFUSED}


class _NoGrpcError(Exception):
    """Whoever answers does not speak a node's protocol."""


async def ask(address: str, *, timeout_seconds: float) -> Answer:
    """Call GetOrchestrator at `address`, https://host:port; whatever it meets is an outcome."""
    began, told = time.monotonic(), ""
    try:
        async with asyncio.timeout(timeout_seconds):
            reply = await _call(address)
        outcome = Outcome.OK if reply.status == "0" else Outcome.REFUSED
        if outcome is Outcome.OK:
            told = told_address(bytes(reply.body))
    except TimeoutError:
        outcome = Outcome.TIMEOUT
    except (_NoGrpcError, H2Error, ValueError):
        outcome = Outcome.NO_GRPC
    except OSError as error:
        outcome = _outcome_of(error)
    return Answer(outcome, time.monotonic() - began, told)


def told_address(body: bytes) -> str:
    """Read the address out of a framed OrchestratorInfo. Raises ValueError where it is none."""
    if len(body) < _PREFIX.size:
        raise ValueError("no gRPC message")
    compressed, length = _PREFIX.unpack_from(body)
    if compressed or len(body) != _PREFIX.size + length:
        raise ValueError("not one uncompressed gRPC message")
    fields = _fields(body[_PREFIX.size :])
    return next((value.decode() for number, value in fields if number == 1), "")


@dataclass(slots=True)
class _Reply:
    """An answer as it comes in."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    is_over: bool = False

    @property
    def status(self) -> str:
        """The gRPC status. Raises _NoGrpcError where there is none."""
        if self.headers.get(":status") != "200" or "grpc-status" not in self.headers:
            raise _NoGrpcError
        return self.headers["grpc-status"]

    def take(self, event: Event) -> None:
        match event:
            case ResponseReceived() | TrailersReceived():
                self.headers.update((str(name), str(value)) for name, value in event.headers)
            case DataReceived():
                self.body += event.data or b""
            case StreamEnded():
                self.is_over = True
            case StreamReset() | ConnectionTerminated():
                raise _NoGrpcError
            case _:
                pass
        if len(self.body) > _MOST_BYTES:
            raise _NoGrpcError


async def _call(address: str) -> _Reply:
    parts, reply = urlsplit(address), _Reply()
    async with _connected(parts.hostname or "", parts.port or 0) as (reader, writer):
        state = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        state.initiate_connection()
        state.send_headers(1, _headers(parts.netloc))
        state.send_data(1, _PREFIX.pack(0, len(_REQUEST)) + _REQUEST, end_stream=True)
        while not reply.is_over:
            writer.write(state.data_to_send())
            data = await reader.read(65_536)
            if not data:
                raise _NoGrpcError
            for event in state.receive_data(data):
                reply.take(event)
    return reply


@asynccontextmanager
async def _connected(host: str, port: int) -> AsyncIterator[_Streams]:
    reader, writer = await asyncio.open_connection(
        host, port, ssl=_as_gateways(), server_hostname=host
    )
    try:
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            raise _NoGrpcError
        yield reader, writer
    finally:
        with contextlib.suppress(OSError):
            writer.transport.abort()


def _as_gateways() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


def _headers(authority: str) -> list[tuple[str, str]]:
    return [
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", authority),
        (":path", _METHOD),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("user-agent", "podium-operator"),
    ]


def _outcome_of(error: OSError) -> Outcome:
    if isinstance(error, socket.gaierror):
        return Outcome.NO_NAME
    return Outcome.NO_TLS if isinstance(error, ssl.SSLError) else Outcome.NO_CONNECTION


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of every top-level field, numbers as no bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        start = at
        match key & 7:
            case 0:
                _, start = _varint(message, at)
                at = start
            case 1:
                start = at = at + 8
            case 2:
                length, start = _varint(message, at)
                at = start + length
            case 5:
                start = at = at + 4
            case kind:
                raise ValueError(f"no protobuf field is of kind {kind}")
        if at > len(message):
            raise ValueError("a protobuf field ends behind its message")
        yield key >> 3, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte, at = message[at], at + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a protobuf number that does not end")
