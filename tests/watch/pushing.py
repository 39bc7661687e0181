"""A stream that goes on whatever becomes of its segments, for parts that are stopped and frozen."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from tests.e2e.dataplane.wire import GrpcFailure, WireClient, seg_data
from tests.watch.local import Local

from podium_worker.transcoder.sample import build_sample

__all__ = ["streaming"]


@asynccontextmanager
async def streaming(world: Local) -> AsyncIterator[None]:
    """Push a segment a second for as long as the block runs, whatever becomes of it."""
    client = world.plane.client()
    pushing = asyncio.create_task(_push(client))
    try:
        yield
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        await client.aclose()


async def _push(client: WireClient) -> None:
    """Wait for no answer: a part that is gone must not stop the stream."""
    source, manifest = build_sample(width=320, height=180, frames=15), secrets.token_hex(8)
    token, sequence = None, 0
    async with asyncio.TaskGroup() as group:
        while True:
            with suppress(httpx.HTTPError, GrpcFailure):
                token = token or (await client.discover()).auth_token
                header = seg_data(token, source, seq=sequence, manifest=manifest)
                group.create_task(_sent(client, header.SerializeToString(), source))
                sequence += 1
            await asyncio.sleep(1)


async def _sent(client: WireClient, header: bytes, source: bytes) -> None:
    with suppress(httpx.HTTPError):
        await client.post_segment(header, source)
