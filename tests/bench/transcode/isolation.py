"""What a slot's process costs: time added to a segment, memory, and the way back after a kill.

The pool is looked at from outside: its children are found and killed as an operator's kernel
would do it (thin).
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from statistics import median

from tests.bench.transcode.bulky import BULKY_LADDER, bulky_segment
from tests.bench.transcode.corpus import Content
from tests.bench.transcode.samples import Measured
from tests.bench.transcode.slot_children import SlotChildren, descendants

from podium_worker.transcoder.cgroup import available_cores
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.media.threads import free_cores
from podium_worker.transcoder.slots.pool import SlotPool

__all__ = ["measure_isolation", "measure_memory", "measure_recovery", "watched_pool"]

_TIMEOUT_SECONDS = 300.0
_IDLE_WAIT_SECONDS = 3.0
_LOOK_SECONDS = 0.05


@asynccontextmanager
async def watched_pool(
    slots: int, encoder_profile: str = "segment"
) -> AsyncIterator[tuple[SlotPool, SlotChildren]]:
    """Start a pool and tell which processes are its children."""
    before = descendants()
    async with SlotPool(slots, encoder_profile=EncoderProfile(encoder_profile)) as pool:
        yield pool, SlotChildren(before)


async def measure_memory(
    content: Content, profiles: Sequence[str], *, slots: int, measured: Measured
) -> None:
    """Note the peak of fresh children under full load, and what they keep when idle.

    The first segment finds the machine empty and takes all cores: its child shows what that needs,
    and the others what a slot needs on a full machine.
    """
    source = content.segments[0].read_bytes()
    for name in profiles:
        async with watched_pool(slots, name) as (pool, children):
            runs = [
                pool.run(source, content.ladder, timeout_seconds=_TIMEOUT_SECONDS)
                for _ in range(2 * slots)
            ]
            await asyncio.gather(*runs)
            peaks = children.peaks_bytes()
            measured.peak_bytes[name] = peaks[0]
            measured.peak_bytes[f"{name}, first with all cores"] = peaks[-1]
            measured.idle_bytes[name] = await _settled(children)


async def measure_isolation(*, rounds: int, measured: Measured) -> None:
    """Note the seconds that a slot adds to a segment of full size that asks for little work."""
    source = bulky_segment()
    cores = free_cores(available_cores(), 1, 1)  # as the pool would give to its only segment
    fast = partial(transcode, encoder_profile=EncoderProfile.FAST, free_cores=cores)
    async with watched_pool(1, "fast") as (pool, _):
        for _ in range(rounds):
            began = time.perf_counter()
            await asyncio.to_thread(fast, source, BULKY_LADDER)
            alone = time.perf_counter() - began
            measured.isolation_seconds.append(await _run_seconds(pool, source) - alone)


async def measure_recovery(*, rounds: int, measured: Measured) -> None:
    """Kill the child and note how much longer the next segment takes than one usually does."""
    source = bulky_segment()
    async with watched_pool(1, "fast") as (pool, children):
        usual = median([await _run_seconds(pool, source) for _ in range(3)])
        for _ in range(rounds):
            (pid,) = children.pids()
            began = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            await _run_seconds(pool, source)
            measured.recovery_seconds.append(max(0.0, time.perf_counter() - began - usual))


async def _run_seconds(pool: SlotPool, source: bytes) -> float:
    began = time.perf_counter()
    await pool.run(source, BULKY_LADDER, timeout_seconds=_TIMEOUT_SECONDS)
    return time.perf_counter() - began


async def _settled(children: SlotChildren) -> int:
    """Return the least memory that the child comes down to within some seconds."""
    least = children.resident_bytes()
    for _ in range(round(_IDLE_WAIT_SECONDS / _LOOK_SECONDS)):
        await asyncio.sleep(_LOOK_SECONDS)
        least = min(least, children.resident_bytes())
    return least
