"""A gRPC unary call over our own HTTP/2 connection.

The ordinary library cannot leave certificates unverified, which is what gateways do.
"""

import struct
from urllib.parse import unquote

from tests.gateway.errors import BadReplyError, RefusedError, UnreachableError
from tests.gateway.http2 import Http2Connection, body_within, head_within

__all__ = ["unary"]

_PREFIX = struct.Struct(">BI")


async def unary(
    connection: Http2Connection,
    authority: str,
    *,
    method: str,
    message: bytes,
    timeout_seconds: float,
) -> bytes:
    """Call `method` (as `/package.Service/Name`) and return the serialized reply.

    Raises `RefusedError` with the status text of a failed call, and the connection's own errors.
    """
    answer = await connection.request(
        "POST",
        (authority, method),
        {
            "content-type": "application/grpc",
            "te": "trailers",
            "grpc-timeout": f"{int(timeout_seconds * 1000)}m",
            "user-agent": "podium-test-gateway",
        },
        _PREFIX.pack(0, len(message)) + message,
    )
    head = await head_within(answer, timeout_seconds)
    body = await body_within(answer, timeout_seconds)
    _raise_unless_ok(head | answer.trailers)
    return _unframed(body)


def _raise_unless_ok(fields: dict[str, str]) -> None:
    if fields.get(":status") != "200":
        raise UnreachableError(f"gRPC over HTTP status {fields.get(':status')!r}")
    status = fields.get("grpc-status")
    if status is None:
        raise BadReplyError("a gRPC reply without grpc-status")
    if status != "0":
        raise RefusedError(unquote(fields.get("grpc-message", f"gRPC status {status}")))


def _unframed(body: bytes) -> bytes:
    if len(body) < _PREFIX.size:
        raise BadReplyError(f"a gRPC reply of {len(body)} bytes has no message")
    compressed, length = _PREFIX.unpack_from(body)
    if compressed or len(body) != _PREFIX.size + length:
        raise BadReplyError(f"a gRPC frame of {length} bytes in a body of {len(body)}")
    return body[_PREFIX.size :]
