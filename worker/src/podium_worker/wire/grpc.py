"""gRPC's framing of one message, for unary calls over any HTTP/2 server. Pure."""

import struct
from urllib.parse import quote

__all__ = [
    "MAX_MESSAGE_BYTES",
    "GrpcError",
    "Status",
    "frame",
    "is_grpc",
    "status_headers",
    "unframe",
]

from enum import IntEnum

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""What common gRPC libraries accept by default."""

_PREFIX = struct.Struct(">BI")


class Status(IntEnum):
    """The codes that a node answers with."""

    OK = 0
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13


class GrpcError(Exception):
    """A call that ends with a status other than OK."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


def is_grpc(http_version: str, content_type: str) -> bool:
    """Whether a request is gRPC: HTTP/2 and a content type of that family."""
    return http_version.startswith("2") and content_type.startswith("application/grpc")


def frame(message: bytes) -> bytes:
    """Put a message into one uncompressed frame."""
    return _PREFIX.pack(0, len(message)) + message


def unframe(body: bytes) -> bytes:
    """Take the only message out of a request's body; `GrpcError` when it is not one."""
    if len(body) < _PREFIX.size:
        raise GrpcError(Status.INTERNAL, "request without a message")
    compressed, length = _PREFIX.unpack_from(body)
    if compressed:
        raise GrpcError(Status.UNIMPLEMENTED, "compressed requests are not supported")
    if len(body) != _PREFIX.size + length:
        raise GrpcError(Status.INTERNAL, "request with a broken frame")
    return body[_PREFIX.size :]


def status_headers(status: Status, text: str = "") -> list[tuple[bytes, bytes]]:
    """Return a call's status as headers or trailers."""
    headers = [(b"grpc-status", str(int(status)).encode())]
    if text:
        headers.append((b"grpc-message", quote(text, safe=" !#$&'()*+,/:;=?@[]-._~").encode()))
    return headers
