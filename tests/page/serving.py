"""The real server of the live page over a gallery, on a free port or on the one it had before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from tests.support.loopback import serving_on_loopback

from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate
from podium_operator.live.server import application
from podium_operator.live.source import FromGallery, FromLeader

__all__ = ["serving", "standing_by"]

_FASTEST_SECONDS = 0.05  # a person is told once a second, a test need not wait so long


@asynccontextmanager
async def serving(gallery: Gallery, gate: Gate, *, port: int = 0) -> AsyncIterator[int]:
    """Serve as a leader does, on loopback until the end; yields the port."""
    source = FromGallery(gallery, fastest_seconds=_FASTEST_SECONDS)
    async with serving_on_loopback(application(lambda: source, gate), port=port) as bound:
        yield bound


@asynccontextmanager
async def standing_by(leaders_port: int, gate: Gate) -> AsyncIterator[int]:
    """Serve as a standby does, which asks the leader; yields the port."""
    async with aiohttp.ClientSession() as session:
        source = FromLeader(lambda: f"127.0.0.1:{leaders_port}", lambda: "", session)
        async with serving_on_loopback(application(lambda: source, gate)) as bound:
            yield bound
