"""The start-up self-test of a transcoder: what it can do, and how fast.

A pod becomes ready only after it; what it does not prove is not offered to the queue. Media work
happens in the pool's children, as for any segment.
"""

import asyncio
import sys
import time
from dataclasses import dataclass

from podium_worker.profiles import CAPABILITY_CLASSES, Profile, load_class
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.hardware import Hardware
from podium_worker.transcoder.results import TranscodeResult
from podium_worker.transcoder.sample import build_sample
from podium_worker.transcoder.slots import SlotPool

__all__ = ["CanaryError", "CanaryReport", "run_canary"]

_H264 = CAPABILITY_CLASSES[0]
_LADDER = (
    Profile(name="720p", width=1280, height=720, bitrate=3_000_000, fps=30),
    Profile(name="360p", width=640, height=360, bitrate=1_000_000, fps=30),
)
_FRAMES = 30
_TIMEOUT_SECONDS = 60.0
_GPU_CHECK = "podium_worker.transcoder.nvidia"


class CanaryError(Exception):
    """The hardware cannot do what the pod was asked for; the pod must not become ready."""


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """What the self-test proved.

    `slot_seconds` is the slot time of one second of video, by load class.
    """

    classes: tuple[str, ...]
    slot_seconds: dict[str, float]


async def run_canary(pool: SlotPool, *, hardware: str = "cpu") -> CanaryReport:
    """Transcode a built-in segment of one second to a ladder; `CanaryError` says what failed."""
    if hardware == Hardware.NVIDIA:
        await _check_nvidia()
    if hardware != pool.hardware:
        raise CanaryError(f"the slots work on {pool.hardware}, the pod was asked for {hardware}")
    sample = await asyncio.to_thread(build_sample, frames=_FRAMES)
    started = time.monotonic()
    try:
        result = await pool.run(sample, _LADDER, timeout_seconds=_TIMEOUT_SECONDS)
    except TranscodeError as error:
        raise CanaryError(f"the self-test could not transcode its own segment: {error}") from error
    seconds = time.monotonic() - started
    _check_result(result)
    return CanaryReport((_H264,), {load_class(_H264, _LADDER): seconds})


def _check_result(result: TranscodeResult) -> None:
    made = [(item.width, item.height, item.frames) for item in result.renditions]
    wanted = [(profile.width, profile.height, _FRAMES) for profile in _LADDER]
    if made != wanted:
        raise CanaryError(f"the self-test made {made}, not {wanted}")


async def _check_nvidia() -> None:
    """Try the GPU in a process of its own: a broken driver may take its process with it."""
    check = await asyncio.create_subprocess_exec(
        sys.executable, "-m", _GPU_CHECK, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            _, words = await check.communicate()
    except TimeoutError as error:
        check.kill()
        await check.wait()
        raise CanaryError(f"the GPU check did not end in {_TIMEOUT_SECONDS:.0f} s") from error
    if check.returncode:
        lines = words.decode(errors="replace").strip().splitlines() or ["no words"]
        raise CanaryError(f"the GPU check failed with {check.returncode}: {lines[-1]}")
