"""The plain HTTP port of every part: `/metrics`, `/healthz`, `/readyz`, and nothing else.

It never needs the queue or a gateway to answer. The socket is bound by the caller, so that a
taken port is one clear error at the start.
"""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from podium_worker.errors import StartError
from podium_worker.metrics import CONTENT_TYPE

__all__ = ["bind", "serving_probes"]


def bind(address: tuple[str, int], field: str) -> socket.socket:
    """Listen on an address; `StartError` names the field when that cannot be."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(64)
    except OSError as error:
        listener.close()
        where = f"{address[0]}:{address[1]}"
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"{field}: {where} is taken; choose another port") from error
        raise StartError(f"{field}: cannot listen on {where}: {error.strerror}") from error
    return listener


@asynccontextmanager
async def serving_probes(
    listener: socket.socket, *, metrics: Callable[[], bytes], not_ready: Callable[[], str]
) -> AsyncIterator[None]:
    """Serve while inside; `not_ready` says why the part must get no work, or nothing."""

    async def serve_metrics(_: web.BaseRequest) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": CONTENT_TYPE})

    async def serve_ready(_: web.BaseRequest) -> web.Response:
        reason = not_ready()
        return web.Response(status=503 if reason else 200, text=f"{reason or 'ok'}\n")

    async def serve_health(_: web.BaseRequest) -> web.Response:
        return web.Response(text="ok\n")

    application = web.Application()
    application.router.add_get("/metrics", serve_metrics)
    application.router.add_get("/readyz", serve_ready)
    application.router.add_get("/healthz", serve_health)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield
    finally:
        await asyncio.shield(runner.cleanup())
