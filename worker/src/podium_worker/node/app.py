"""The node as an ASGI application: which request goes where.

One TLS port takes gRPC, HTTP/2 and HTTP/1.1, told apart request by request. Plain ASGI: any
server that has HTTP/2 trailers can run it. Probes and metrics have a port of their own.
"""

import logging
from collections.abc import MutableMapping
from typing import Any

from podium_worker.errors import Refusal
from podium_worker.node import asgi
from podium_worker.node.asgi import Receive, Request, Send
from podium_worker.node.parts import NodeParts
from podium_worker.node.transfer import serve_job
from podium_worker.wire.grpc import is_grpc

__all__ = ["serve"]

_log = logging.getLogger(__name__)
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Length"),
    (b"cache-control", b"max-age=5"),
]
_NO_SNIFF = [(b"x-content-type-options", b"nosniff")]


async def serve(
    parts: NodeParts, scope: MutableMapping[str, Any], receive: Receive, send: Send
) -> None:
    """Answer one request."""
    request = Request.of(scope, receive, send)
    try:
        await _serve(parts, request)
    except Refusal as refusal:
        _log.info("refused", extra={"status": refusal.status, "reason": refusal.text})
        body = f"{refusal.text}\n".encode()
        await asgi.reply(request.send, refusal.status, body, headers=_NO_SNIFF)
    except asgi.TruncatedBodyError:
        _log.info("client left while sending", extra={"route": _route(request)})
    except OSError:
        _log.info("client left while receiving", extra={"route": _route(request)})


def _route(request: Request) -> str:
    return request.path.split("/", 2)[1]


async def _serve(parts: NodeParts, request: Request) -> None:
    if is_grpc(request.http_version, request.headers.get("content-type", "")):
        await parts.discovery.serve(request)
        return
    _, first, *rest = request.path.split("/", 2)
    match first, rest:
        case "segment", []:
            if request.method != "POST":
                raise Refusal(405, "use POST")
            await parts.segments.serve(request)
        case "stream", [path]:
            await _serve_rendition(parts, request, path)
        case "jobs", [token]:
            await serve_job(request, token, parts.dispatcher)
        case "healthz", []:
            await asgi.reply(request.send, 200)
        case _:
            raise Refusal(404, "404 page not found")


async def _serve_rendition(parts: NodeParts, request: Request, path: str) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise Refusal(405, "use GET")
    rendition = parts.state.store.get(path)
    if rendition is None:
        raise Refusal(404, "ErrNotFound")
    content_type = rendition.content_type
    if request.method == "HEAD":
        length = (b"content-length", str(len(rendition.data)).encode())
        headers = [(b"content-type", content_type.encode()), length, *_CORS]
        await request.send({"type": "http.response.start", "status": 200, "headers": headers})
        await asgi.finish(request.send, b"")
        return
    await asgi.reply(request.send, 200, rendition.data, content_type=content_type, headers=_CORS)
