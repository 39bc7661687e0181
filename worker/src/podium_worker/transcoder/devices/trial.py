"""The trial of one device: a small segment of our own, in a child of its own."""

import asyncio

from podium_worker.profiles import Profile
from podium_worker.transcoder.devices.hardware import Backend
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.slots.dialogue import ChildError, ask
from podium_worker.transcoder.slots.frames import Job
from podium_worker.transcoder.slots.nursery import Nursery
from podium_worker.transcoder.specimen import specimen

__all__ = ["try_device"]

_SPECIMEN, _FRAMES = "h264-360p.ts", 6
_PROFILES = (Profile(name="trial", width=320, height=180, bitrate=300_000),)
_TRIAL_SECONDS = 20.0


async def try_device(nursery: Nursery, backend: Backend) -> str:
    """Return what is wrong with a device, "" when it transcodes."""
    job = Job(specimen(_SPECIMEN), _PROFILES)
    try:
        async with asyncio.timeout(_TRIAL_SECONDS):
            child = await nursery.fork(backend)
        try:
            async with asyncio.timeout(_TRIAL_SECONDS):
                result = (await ask(child, job)).result()
        finally:
            await child.end()
    except TimeoutError:
        return f"its trial did not end in {_TRIAL_SECONDS:.0f} s"
    except (ChildError, TranscodeError, OSError) as error:
        return f"its trial failed: {error}"
    frames = result.renditions[0].frames
    return "" if frames == _FRAMES else f"its trial gave {frames} of {_FRAMES} frames"
