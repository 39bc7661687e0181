"""A node that leaves hands its streams over, and nothing is lost on the way."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from tests.drain.nodes import Nodes
from tests.drain.streams import feeding
from tests.e2e.dataplane.plane import DataPlane
from tests.gateway.gateway import Gateway
from tests.support.patience import until

_STREAMS = 2
_PATIENCE = 6  # times as long as a gateway's: it is about no time


@pytest_asyncio.fixture
async def nodes(tmp_path: Path) -> AsyncIterator[Nodes]:
    plane = DataPlane(tmp_path)
    try:
        await plane.start_queue()
        await plane.start_transcoder(slots=2)
        found = Nodes(plane)
        for ordinal in (0, 1):
            await found.start(ordinal)
        yield found
    finally:
        await plane.end()


async def test_streams_outlive_a_rolling_update_of_their_nodes(nodes: Nodes) -> None:
    async with (
        Gateway(nodes.addresses, patience=_PATIENCE) as gateway,
        feeding(gateway, streams=_STREAMS) as seen,
    ):
        await seen.all_served(_STREAMS)
        statuses = [await _renew(nodes, ordinal) for ordinal in (0, 1)]
    kept = await nodes.total("livepeer_segment_transcoded_total")

    assert seen.lost == []
    assert statuses == [0, 0]
    assert seen.answered > kept > 0


async def _renew(nodes: Nodes, ordinal: int) -> int:
    """Replace one node, and wait until the other serves all streams."""
    status = await nodes.leave(ordinal)
    await nodes.start(ordinal)

    async def all_served() -> bool:
        return await nodes.metric("podium_open_streams", 1 - ordinal) == _STREAMS

    await until(all_served, "the other node serves all streams")
    return status
