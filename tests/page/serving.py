"""The real server of the live page over a gallery, on a free port or on the one it had before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate
from podium_operator.live.server import application
from podium_operator.live.source import FromGallery

__all__ = ["serving"]

_FASTEST_SECONDS = 0.05  # a person is told once a second, a test need not wait so long


@asynccontextmanager
async def serving(gallery: Gallery, gate: Gate, *, port: int = 0) -> AsyncIterator[int]:
    """Serve on loopback until the end; yields the port."""
    source = FromGallery(gallery, fastest_seconds=_FASTEST_SECONDS)
    runner = web.AppRunner(application(lambda: source, gate), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
