"""HTTP servers on loopback, for tests of code that asks over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

__all__ = ["answering", "serving_on_loopback"]

_SHUTDOWN_SECONDS = 0.1


@asynccontextmanager
async def serving_on_loopback(application: web.Application, *, port: int = 0) -> AsyncIterator[int]:
    """Serve until the end, on a free port unless one is named; yields the port."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    """Let one handler answer whatever is asked; yields the URL, without a slash at its end."""
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", handler)
    async with serving_on_loopback(application) as port:
        yield f"http://127.0.0.1:{port}"
