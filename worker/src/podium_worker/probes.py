"""The plain HTTP port of every part: `/metrics`, `/healthz`, `/readyz`, and pages of its own.

It never needs the queue or a gateway to answer. The socket is bound by the caller, so that a
taken port is one clear error at the start.
"""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType

from aiohttp import web

from podium_worker.errors import StartError
from podium_worker.metrics import CONTENT_TYPE

__all__ = ["Page", "bind", "serving_probes"]

Page = Callable[[Mapping[str, str]], bytes]
"""Makes JSON of a query; ValueError says what to ask instead."""


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
    listener: socket.socket,
    *,
    metrics: Callable[[], bytes],
    not_ready: Callable[[], str],
    pages: Mapping[str, Page] = MappingProxyType({}),
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
    for path, page in pages.items():
        application.router.add_get(path, _serving(page))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield
    finally:
        await asyncio.shield(runner.cleanup())


def _serving(page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        try:
            body = page(request.query)
        except ValueError as error:
            return web.Response(status=400, text=f"{error}\n")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=body, content_type="application/json", headers=headers)

    return serve
