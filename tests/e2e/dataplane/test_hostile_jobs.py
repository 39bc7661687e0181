"""Sources that kill transcoders, results that are not what was ordered, memory that is short."""

import asyncio
import signal

import nats
import pytest
from nats.aio.client import Client
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient, seg_data

from podium_worker.jobs import Job

CAPACITY = (
    b'{"at": 1.0, "pools": [{"name": "cpu", "slotsPerPod": 8, "readyPods": 1, "desiredPods": 1,'
    b' "maxPods": 1, "startupSeconds": 1.0}]}'
)


async def take_job(client: Client, source: bytes, gateway: WireClient, **changes: int) -> Job:
    """Push a segment in the background and take its job as a transcoder would."""
    token = (await gateway.discover()).auth_token
    header = seg_data(token, source)
    header.duration = changes.get("duration", 10_000)
    task = asyncio.create_task(gateway.push(header, source))
    pull = await client.jetstream().pull_subscribe_bind("h264", stream="podium_jobs")
    (message,) = await pull.fetch(1, timeout=20)
    await message.in_progress()
    job = Job.model_validate_json(message.data)
    TASKS[job.id] = task
    return job


TASKS: dict[str, "asyncio.Task[object]"] = {}


async def start_without_transcoder(plane: DataPlane) -> Client:
    await plane.start_queue()
    await plane.start_node()
    await plane.until_metric("podium_queue_connected", lambda value: value == 1)
    client = await nats.connect(f"nats://127.0.0.1:{plane.queue_port}")
    await client.publish("podium.capacity", CAPACITY)
    await plane.until_metric("livepeer_max_sessions_total", lambda value: value > 0)
    return client


async def test_a_source_that_killed_three_transcoders_is_given_up(
    plane: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    client = await start_without_transcoder(plane)
    job = await take_job(client, segment, gateway)

    statuses = [(await gateway.renditions.get(job.url)).status_code for _ in range(4)]
    result = await TASKS.pop(job.id)
    await client.close()

    assert statuses == [200, 200, 200, 404]
    assert result.error == "Unrecoverable state, restart process"  # type: ignore[attr-defined]


BOUNDARY = {"Content-Type": "multipart/mixed; boundary=B", "Pixels": "1"}
PART = b"--B\r\nPixels: 1\r\nFrames: 1\r\nWidth: 1\r\nHeight: 1\r\n\r\nabc\r\n--B--\r\n"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"Content-Type": "text/plain"}, b"x", id="no multipart"),
        pytest.param(BOUNDARY, b"", id="nothing"),
        pytest.param(BOUNDARY, b"--B--\r\n", id="no rendition"),
        pytest.param(BOUNDARY, PART.replace(b"Pixels: 1", b"Pixels: -1"), id="negative pixels"),
        pytest.param(BOUNDARY, PART.replace(b"--B--", b"--B\r\n\r\nx\r\n--B--"), id="one too many"),
        pytest.param({**BOUNDARY, "Pixels": "many"}, PART, id="no count of decoded pixels"),
    ],
)
async def test_a_result_that_is_not_what_was_ordered_leaves_the_job_open(
    plane: DataPlane,
    gateway: WireClient,
    segment: bytes,
    *,
    headers: dict[str, str],
    body: bytes,
) -> None:
    client = await start_without_transcoder(plane)
    job = await take_job(client, segment, gateway)

    wrong = await gateway.renditions.post(job.url, content=body, headers=headers)
    right = await gateway.renditions.post(job.url, content=PART, headers=BOUNDARY)
    again = await gateway.renditions.post(job.url, content=PART, headers=BOUNDARY)
    result = await TASKS.pop(job.id)
    await client.close()

    assert (wrong.status_code, right.status_code, again.status_code) == (400, 200, 409)
    assert len(result.data.segments) == 1  # type: ignore[attr-defined]


async def test_an_expired_job_is_answered_once_and_dropped_by_transcoders(
    plane: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    await plane.start()
    token = (await gateway.discover()).auth_token

    plane.pause("transcoder")
    result = await gateway.push(seg_data(token, segment), segment)
    plane.resume("transcoder")
    await plane.until_metric("podium_jobs_expired_total", lambda value: value >= 1, "transcoder")

    assert result.error == "Remote transcoder took too long"
    assert await plane.metric("podium_segments_lost_total") == 1


async def test_the_end_of_a_node_does_not_stop_transcoders(
    plane: DataPlane, gateway: WireClient, heavy_segment: bytes, segment: bytes
) -> None:
    await plane.start()
    token = (await gateway.discover()).auth_token
    lost = asyncio.create_task(gateway.push(seg_data(token, heavy_segment), heavy_segment))
    await plane.until_metric("podium_busy_slots", lambda value: value == 1, "transcoder")

    await plane.stop("node", signal.SIGKILL)
    await asyncio.gather(lost, return_exceptions=True)
    await plane.start_node()
    await plane.until_metric("livepeer_max_sessions_total", lambda value: value > 0)
    async_gateway = plane.client()
    token = (await async_gateway.discover()).auth_token
    header = seg_data(token, segment)
    header.duration = 10_000
    result = await async_gateway.push(header, segment)
    await async_gateway.aclose()

    assert len(result.data.segments) == 1, result.error
