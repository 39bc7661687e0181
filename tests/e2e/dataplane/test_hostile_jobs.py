"""Sources that kill transcoders, results that are not what was ordered, jobs that come too late."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.aio.msg import Msg
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient, seg_data
from tests.support.patience import until

from podium_worker.jobs import Job
from podium_worker.wire import lp_rpc_pb2 as pb

PATIENT_SECONDS = 60
TRANSCODERS = ("transcoder", "second")
CAPACITY = (
    b'{"at": 1.0, "pools": [{"name": "cpu", "slotsPerPod": 8, "readyPods": 1, "desiredPods": 1,'
    b' "maxPods": 1, "startupSeconds": 1.0}]}'
)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Taken:
    """A job in our hands, and the push that waits for its answer."""

    job: Job
    push: asyncio.Task[pb.TranscodeResult]


@pytest_asyncio.fixture(loop_scope="module")
async def gateway(shared_plane: DataPlane) -> AsyncIterator[WireClient]:
    client = shared_plane.client()
    try:
        yield client
    finally:
        await client.leave()


@pytest_asyncio.fixture(loop_scope="module")
async def taken(
    shared_plane: DataPlane, gateway: WireClient, segment: bytes
) -> AsyncIterator[Taken]:
    """Push a segment to a node without transcoders, and take its job as one of them would."""
    plane = shared_plane
    if not plane.processes:
        await plane.start_queue()
        await plane.start_node()
        await plane.until_metric("podium_queue_connected", lambda value: value == 1)
    for name in plane.processes.keys() & set(TRANSCODERS):
        await plane.stop(name)
    client = await nats.connect(f"nats://127.0.0.1:{plane.queue_port}")
    telling = asyncio.create_task(tell_capacity(client))
    await plane.until_metric("livepeer_max_sessions_total", lambda value: value > 0)
    header = seg_data(await gateway.token(), segment)
    push = asyncio.create_task(gateway.push(header, segment))
    message, job = await job_of(client, header.auth_token.session_id)
    yield Taken(job, push)
    telling.cancel()
    await message.ack()
    await client.close()


async def tell_capacity(client: Client) -> None:
    """Say again and again what pods there are, as an operator does."""
    while True:
        await client.publish("podium.capacity", CAPACITY)
        await asyncio.sleep(1)


async def job_of(client: Client, session_id: str) -> tuple[Msg, Job]:
    """Take a session's job; one of an earlier session may come once more on a slow machine."""
    pull = await client.jetstream().pull_subscribe_bind("h264", stream="podium_jobs")
    while True:
        (message,) = await pull.fetch(1, timeout=PATIENT_SECONDS)
        job = Job.model_validate_json(message.data)
        if job.session_id == session_id:
            return message, job
        await message.ack()


async def test_a_source_that_killed_three_transcoders_is_given_up(
    gateway: WireClient, taken: Taken
) -> None:
    url = taken.job.url

    statuses = [(await gateway.renditions.get(url)).status_code for _ in range(4)]
    result = await taken.push

    assert statuses == [200, 200, 200, 404]
    assert result.error == "Unrecoverable state, restart process"


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
    gateway: WireClient, taken: Taken, *, headers: dict[str, str], body: bytes
) -> None:
    url = taken.job.url

    wrong = await gateway.renditions.post(url, content=body, headers=headers)
    right = await gateway.renditions.post(url, content=PART, headers=BOUNDARY)
    again = await gateway.renditions.post(url, content=PART, headers=BOUNDARY)
    result = await taken.push

    assert (wrong.status_code, right.status_code, again.status_code) == (400, 200, 409)
    assert len(result.data.segments) == 1


@pytest_asyncio.fixture(loop_scope="module")
async def whole(shared_plane: DataPlane) -> DataPlane:
    """The same data plane with transcoders."""
    await shared_plane.restore()
    return shared_plane


async def test_an_expired_job_is_answered_once_and_dropped_by_transcoders(
    whole: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    before = await whole.metric("podium_segments_lost_total")
    header = seg_data(await gateway.token(), segment, duration_ms=2000)

    for name in TRANSCODERS:
        whole.pause(name)
    result = await gateway.push(header, segment)
    for name in TRANSCODERS:
        whole.resume(name)

    async def is_dropped() -> bool:
        return (
            sum([await whole.metric("podium_jobs_expired_total", name) for name in TRANSCODERS])
            >= 1
        )

    await until(is_dropped, "a transcoder drops the job")
    assert result.error == "Remote transcoder took too long"
    assert await whole.metric("podium_segments_lost_total") == before + 1


async def test_the_end_of_a_node_does_not_stop_transcoders(
    whole: DataPlane, gateway: WireClient, heavy_segment: bytes, segment: bytes
) -> None:
    # A transcoder offers its result until the deadline, and is busy until then.
    header = seg_data(await gateway.token(), heavy_segment, duration_ms=5000)
    lost = asyncio.create_task(gateway.push(header, heavy_segment))
    await whole.busy_transcoder()

    await whole.stop("node", signal.SIGKILL)
    await asyncio.gather(lost, return_exceptions=True)
    await whole.restore()
    again = whole.client()
    result = await again.push(seg_data(await again.token(), segment), segment)
    await again.aclose()

    assert len(result.data.segments) == 1, result.error
