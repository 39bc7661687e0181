"""Series do not grow with streams, sessions, or the names that strangers choose."""

import asyncio
import time
from pathlib import Path

import pytest
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient, profile, seg_data
from tests.watch.instant import instant_transcoder

from podium_worker.transcoder.tally import Tally
from podium_worker.wire.tokens import mint_token

_AT_ONCE = 16
_TRIES = 3  # as a gateway asks again: of 10,000 jobs one may be late on a busy machine
_FIRST = 80
_SECRET = bytes(range(32))


@pytest.mark.parametrize(
    "streams",
    [
        pytest.param(160, id="160 streams"),
        pytest.param(2000, id="2,000 streams", marks=pytest.mark.slow),
        pytest.param(
            10_000, id="10,000 streams", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]
        ),
    ],
)
async def test_the_number_of_series_does_not_grow_with_streams(
    tmp_path: Path, streams: int
) -> None:
    plane = DataPlane(tmp_path)
    try:
        await plane.start_queue()
        secret = tmp_path / "auth-secret"
        secret.write_bytes(_SECRET)
        await plane.start_node(authSecretFile=str(secret))
        async with instant_transcoder(f"nats://127.0.0.1:{plane.queue_port}") as tally:
            await plane.until_metric("livepeer_max_sessions_total", lambda value: value > streams)
            await _open(plane, range(_FIRST))
            few = await _series(plane, tally)

            await _open(plane, range(_FIRST, streams))

            many = await _series(plane, tally)
            answered = await plane.metric("livepeer_segment_transcoded_total")
    finally:
        await plane.end()

    assert answered == streams
    assert many <= few
    assert len(many) < 4000


async def _open(plane: DataPlane, numbers: range) -> None:
    """Open a stream for each number: a session, a manifest, a ladder of its own, a segment."""
    client, todo = plane.client(), iter(numbers)

    async def work() -> None:
        for number in todo:
            await _open_one(client, number)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(work())
    finally:
        await client.aclose()


async def _open_one(client: WireClient, number: int) -> None:
    token, source = mint_token(_SECRET, time.time()), b"G" + number.to_bytes(187)
    header = seg_data(token, source, manifest=f"stream-{number}")
    del header.fullProfiles[:]
    size = {"width": 320 + 2 * (number % 500), "height": 180 + 2 * (number // 500)}
    header.fullProfiles.append(profile(f"customer {number}", **size))
    refusal = "not asked"
    for _ in range(_TRIES):
        refusal = (await client.push(header, source)).error
        if not refusal:
            return
    raise AssertionError(f"stream {number} is refused: {refusal}")


async def _series(plane: DataPlane, tally: Tally) -> set[str]:
    """Name every series of node and transcoder, apart from those of work in hand."""
    text = await plane._get("node", "/metrics") + tally.render().decode()
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    passing = ("podium_waiting_segments", "podium_backlog_seconds", "podium_open_streams")
    return {line.rpartition(" ")[0] for line in lines if not line.startswith(passing)}
