"""The transcoder's own service around slots that do nothing: jobs, queue and node are real."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

from podium_worker.load import Canary
from podium_worker.profiles import Container, Profile
from podium_worker.settings import QueueSettings
from podium_worker.transcoder.devices.placement import DeviceState
from podium_worker.transcoder.media.results import Rendition, TranscodeResult
from podium_worker.transcoder.service import serve_jobs
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.tally import Tally

__all__ = ["instant_transcoder"]

_SLOTS = 2000
_AT_ONCE = 32
_CLASS = "h264"


class _InstantSlots:
    """Answers every source at once with packets of nothing, as many renditions as asked for."""

    slots = _SLOTS
    devices: tuple[DeviceState, ...] = ()
    respawned = 0
    killed = 0
    pids: tuple[int, ...] = ()

    def __init__(self) -> None:
        self.seats = asyncio.Semaphore(_AT_ONCE)

    async def run(
        self,
        _source: bytes,
        profiles: Sequence[Profile],
        *,
        timeout_seconds: float,
        duration_seconds: float,
    ) -> TranscodeResult:
        return TranscodeResult(tuple(map(_nothing, profiles)), 60, 60 * 640 * 360)


@asynccontextmanager
async def instant_transcoder(server: str) -> AsyncIterator[Tally]:
    """Work for nodes of a queue for as long as the block runs; yields what it counts."""
    slots, tally, stop = _InstantSlots(), Tally("instant", "cpu"), asyncio.Event()
    tally.watch(slots)
    tally.proven((_CLASS,), {f"{_CLASS}/640x360@30": Canary(slot_seconds=0.001, segment_seconds=2)})
    pool = cast("SlotPool", slots)
    working = asyncio.create_task(
        serve_jobs(QueueSettings(servers=[server]), pool, tally, stop=stop)
    )
    try:
        yield tally
    finally:
        stop.set()
        await working


def _nothing(profile: Profile) -> Rendition:
    return Rendition(
        name=profile.name,
        data=b"G" + bytes(187),
        pixels=60 * profile.width * profile.height,
        frames=60,
        width=profile.width,
        height=profile.height,
        container=Container.MPEGTS,
    )
