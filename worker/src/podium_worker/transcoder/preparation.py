"""What a transcoder does before its first job: devices, slots, the start-up test.

Whatever is asked for and cannot be had ends the start with a sentence that names it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AsyncExitStack

from podium_worker.errors import StartError
from podium_worker.settings import TranscoderSettings
from podium_worker.transcoder.canary import CanaryError, CanaryReport, run_canary
from podium_worker.transcoder.cgroup import slots_in_memory
from podium_worker.transcoder.devices.survey import NoDeviceError, find_placements
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.tally import Tally

__all__ = ["prepare", "unless_stopped"]

_log = logging.getLogger(__name__)


async def unless_stopped(
    preparing: Coroutine[None, None, SlotPool], stop: asyncio.Event
) -> SlotPool | None:
    """Return what comes of it; None when told to stop before that is known."""
    task, stopping = asyncio.create_task(preparing), asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return None


async def prepare(part: TranscoderSettings, tally: Tally, stack: AsyncExitStack) -> SlotPool:
    """Start the slots and find out what they can do; `StartError` when it is not what is asked."""
    profile = EncoderProfile(part.encoder_profile)
    try:
        placements = await find_placements(
            part.hardware,
            slots=part.slots,
            encoder_profile=profile,
            fallback_to_cpu=part.fallback_to_cpu,
        )
    except NoDeviceError as error:
        raise StartError(f"no device can be used: {error}") from error
    pool = SlotPool(
        placements=placements, encoder_profile=profile, fallback_to_cpu=part.fallback_to_cpu
    )
    pool.on_change = tally.changed.set
    await stack.enter_async_context(pool)
    tally.watch(pool)
    _warn_of_memory(pool, profile)
    try:
        report = await run_canary(pool)
    except CanaryError as error:
        raise StartError(f"the start-up test failed: {error}") from error
    tally.proven(_wanted(part, report), report.costs)
    return pool


def _wanted(part: TranscoderSettings, report: CanaryReport) -> tuple[str, ...]:
    missing = sorted(set(part.capacity_classes) - set(report.classes))
    if missing:
        raise StartError(
            f"transcoder.capacityClasses: {missing[0]!r} did not pass the start-up test"
        )
    return part.capacity_classes or report.classes


def _warn_of_memory(pool: SlotPool, profile: EncoderProfile) -> None:
    """Say so when more slots were asked for than memory carries at their worst."""
    fitting = slots_in_memory(encoder_profile=profile)
    if fitting is not None and pool.slots > max(1, fitting):
        _log.warning(
            "slots may run out of memory: lower slots or raise resources.limits.memory",
            extra={"slots": pool.slots, "fitting": fitting},
        )
