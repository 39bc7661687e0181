"""Children of transcoders die at random moments under load; no gateway ever notices."""

import asyncio
import contextlib
import itertools
import os
import random
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from tests.e2e.dataplane.plane import DataPlane, children_of, is_alive
from tests.e2e.dataplane.wire import WireClient, seg_data
from tests.media import probe
from tests.support.patience import until

from podium_worker.transcoder.sample import build_sample
from podium_worker.wire import lp_rpc_pb2 as pb

NAMES = ("transcoder", "second")
SLOTS, STREAMS = 2, 4
FRAMES = 40
KILLS = 8


@pytest.fixture(scope="module")
def source() -> bytes:
    """A segment that takes a slot long enough to be hit."""
    return build_sample(width=1280, height=720, frames=FRAMES)


@pytest_asyncio.fixture
async def busy_plane(plane: DataPlane) -> AsyncIterator[DataPlane]:
    """A queue, a node, and two transcoders of two slots each."""
    await plane.start_queue()
    starts = [plane.start_transcoder(name, slots=SLOTS) for name in NAMES]
    await asyncio.gather(plane.start_node(), *starts)
    wanted = SLOTS * len(NAMES)
    await plane.until_metric("livepeer_transcoders_capacity", lambda slots: slots == wanted)
    yield plane


@dataclass(slots=True)
class Load:
    """Streams that push one segment after another until it `is_over`, and what each push got."""

    plane: DataPlane
    source: bytes
    in_flight: set[asyncio.Task[pb.TranscodeResult]] = field(default_factory=set)
    results: list[pb.TranscodeResult] = field(default_factory=list)
    renditions: list[bytes] = field(default_factory=list)
    is_over: bool = False

    async def run(self) -> None:
        """Push until told that it is over."""
        await asyncio.gather(*(self._stream(number) for number in range(STREAMS)))

    async def _stream(self, number: int) -> None:
        gateway = self.plane.client()
        try:
            token = await gateway.token()
            for seq in itertools.count():
                if self.is_over:
                    return
                header = seg_data(token, self.source, seq=seq, manifest=f"stream {number}")
                await self._push(gateway, header)
        finally:
            await gateway.aclose()

    async def _push(self, gateway: WireClient, header: pb.SegData) -> None:
        task = asyncio.create_task(gateway.push(header, self.source))
        self.in_flight.add(task)
        task.add_done_callback(self.in_flight.discard)
        result = await task
        self.results.append(result)
        for rendition in result.data.segments:
            response = await gateway.get(rendition.url)
            self.renditions.append(response.content)
            assert response.status_code == 200


async def kill_some(load: Load, chance: random.Random) -> None:
    """Kill a slot's child, or the seed of several, again and again; then the load is over.

    Two deaths in one segment are its own fault as far as a transcoder can know, so the next kill
    waits until whatever was under way has its answer.
    """
    for _ in range(KILLS):
        await until_some(load)
        await asyncio.sleep(chance.uniform(0, 0.5))  # the moment is what is random here
        victim = chance.choice(sorted(victims(load.plane)))
        with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
            os.kill(victim, signal.SIGKILL)
        await until_gone(victim)
        if under_way := set(load.in_flight):
            await asyncio.wait(under_way)
    load.is_over = True


async def until_some(load: Load) -> None:
    async def is_loaded() -> bool:
        return len(load.in_flight) >= 2

    await until(is_loaded, "segments are under way")


async def until_gone(pid: int) -> None:
    async def is_gone() -> bool:
        return not is_alive(pid)

    await until(is_gone, "the victim is dead")


def victims(plane: DataPlane) -> set[int]:
    """Return every process below the transcoders that lives and could be killed."""
    below = {pid for name in NAMES for pid in children_of(plane.processes[name].pid)}
    return {pid for pid in below if is_alive(pid)}


async def test_children_killed_at_random_moments_cost_no_gateway_anything(
    busy_plane: DataPlane, source: bytes
) -> None:
    load = Load(busy_plane, source)

    async with asyncio.TaskGroup() as group:
        group.create_task(load.run())
        group.create_task(kill_some(load, random.Random(1)))

    errors = [result.error for result in load.results if result.error]
    seen = [probe(data) for data in load.renditions]
    counted = [item.pixels for result in load.results for item in result.data.segments]
    answered = await busy_plane.metric("livepeer_segment_transcoded_total")
    assert errors == []
    assert len(load.results) == len(seen) == answered >= KILLS
    assert [each.frames for each in seen] == [FRAMES] * len(seen)
    assert [each.pixels for each in seen] == counted
    for name in NAMES:
        await busy_plane.until_metric("podium_busy_slots", lambda busy: busy == 0, name)
