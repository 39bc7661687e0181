"""Parts die in the middle of a segment; the gateway gets one good answer all the same."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient, seg_data

from podium_worker.wire import lp_rpc_pb2 as pb

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def plane(shared_plane: DataPlane) -> DataPlane:
    await shared_plane.restore()
    return shared_plane


@pytest_asyncio.fixture(loop_scope="module")
async def gateway(plane: DataPlane) -> AsyncIterator[WireClient]:
    client = plane.client()
    try:
        yield client
    finally:
        await client.leave()  # a busy machine has room for few sessions


async def answered(plane: DataPlane) -> float:
    return await plane.metric("livepeer_segment_transcoded_total")


async def push(gateway: WireClient, source: bytes) -> pb.TranscodeResult:
    return await gateway.push(seg_data(await gateway.token(), source), source)


async def test_a_segment_survives_the_transcoder_that_is_killed_with_it(
    plane: DataPlane, gateway: WireClient, heavy_segment: bytes
) -> None:
    before = await answered(plane)

    answer = asyncio.create_task(push(gateway, heavy_segment))
    victim = await plane.busy_transcoder()
    await plane.stop(victim, signal.SIGKILL)
    result = await answer

    assert len(result.data.segments) == 1, result.error
    assert await answered(plane) == before + 1


async def test_a_segment_survives_the_queue_that_dies_while_it_is_transcoded(
    plane: DataPlane, gateway: WireClient, heavy_segment: bytes
) -> None:
    before = await answered(plane)

    answer = asyncio.create_task(push(gateway, heavy_segment))
    await plane.busy_transcoder()
    await plane.stop("queue", signal.SIGKILL)
    await plane.start_queue()
    result = await answer

    assert len(result.data.segments) == 1, result.error
    assert await answered(plane) == before + 1


async def test_a_waiting_segment_is_published_again_when_the_queue_has_lost_it(
    plane: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    before = await answered(plane)
    header = seg_data(await gateway.token(), segment)
    plane.pause("transcoder")
    plane.pause("second")

    answer = asyncio.create_task(gateway.push(header, segment))
    await plane.until_metric("podium_waiting_segments", lambda value: value == 1)
    await plane.stop("queue", signal.SIGKILL)
    await plane.start_queue()
    await plane.until_metric("podium_jobs_republished_total", lambda value: value >= 1)
    plane.resume("transcoder")
    plane.resume("second")
    result = await answer

    assert len(result.data.segments) == 1, result.error
    assert await answered(plane) == before + 1


async def test_an_answer_is_given_once_when_two_transcoders_have_one(
    plane: DataPlane, gateway: WireClient, heavy_segment: bytes
) -> None:
    before = await answered(plane)

    answer = asyncio.create_task(push(gateway, heavy_segment))
    frozen = await plane.busy_transcoder()
    plane.pause(frozen)
    result = await answer
    plane.resume(frozen)
    await plane.until_metric("podium_busy_slots", lambda value: value == 0, frozen)

    assert len(result.data.segments) == 1, result.error
    assert await answered(plane) == before + 1


async def test_a_node_starts_and_answers_without_a_queue_and_serves_when_it_comes(
    plane: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    await plane.stop("queue", signal.SIGKILL)
    await plane.stop("node", signal.SIGKILL)
    await plane.start_node()

    response = await gateway.get(f"{plane.address}/healthz")
    await plane.start_queue()
    await plane.until_metric("livepeer_max_sessions_total", lambda value: value > 0)
    result = await push(gateway, segment)

    assert response.status_code == 200
    assert len(result.data.segments) == 1, result.error


async def test_a_stopped_transcoder_finishes_its_segment_first(
    plane: DataPlane, gateway: WireClient, heavy_segment: bytes
) -> None:
    answer = asyncio.create_task(push(gateway, heavy_segment))
    status = await plane.stop(await plane.busy_transcoder(), signal.SIGTERM)
    result = await answer

    assert status == 0
    assert len(result.data.segments) == 1, result.error


@pytest.mark.parametrize("garbage", [b"\x47" * 1880, b"not video at all, but long enough"])
async def test_a_bad_segment_harms_nobody(
    plane: DataPlane, gateway: WireClient, segment: bytes, garbage: bytes
) -> None:
    token = await gateway.token()

    bad, good = await asyncio.gather(
        gateway.push(seg_data(token, garbage, seq=0, manifest="bad"), garbage),
        gateway.push(seg_data(token, segment, seq=1, manifest="good"), segment),
    )

    assert bad.error
    assert len(good.data.segments) == 1, good.error
