"""Finds where a pod's slots can be, before any of them is started.

Every device is tried in a process of its own with bounded time, so that one that hangs or crashes
is reported like one that says no.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from typing import Any

from podium_worker.transcoder.cgroup import default_slots
from podium_worker.transcoder.devices.hardware import (
    CPU,
    Backend,
    Hardware,
    driver_environment,
    dump_backend,
    nvidia,
)
from podium_worker.transcoder.devices.placement import Placement, Report, place
from podium_worker.transcoder.media.encoding import EncoderProfile

__all__ = ["NoDeviceError", "find_placements", "probe_device"]

_PROBE = "podium_worker.transcoder.devices.probe"
_PROBE_SECONDS = 60.0
_END_SECONDS = 2.0
_MOST_DEVICES = 64


class NoDeviceError(Exception):
    """No device of the wanted hardware works; the message says what is wrong with each."""


async def find_placements(
    hardware: str,
    *,
    slots: int = 0,
    encoder_profile: EncoderProfile = EncoderProfile.SEGMENT,
    fallback_to_cpu: bool = False,
    backend_of: Callable[[int], Backend] = nvidia,
) -> tuple[Placement, ...]:
    """Return the devices of this pod and their slots; `slots` 0 is what they carry.

    Raises `NoDeviceError` when none works, unless the processor may stand in for them.
    `backend_of` stands for the GPUs' codecs in tests.
    """
    if Hardware(hardware) is Hardware.CPU:
        return (Placement(CPU, slots or default_slots(encoder_profile=encoder_profile)),)
    placements = place(await _survey(backend_of), slots)
    if fallback_to_cpu or any(not placement.failed for placement in placements):
        return placements
    reasons = (f"{placement.backend.name}: {placement.failed}" for placement in placements)
    raise NoDeviceError("; ".join(reasons))


async def probe_device(backend: Backend) -> Report:
    """Find out what one device can do; never raises for what the device does."""
    answer = await _asked("probe", dump_backend(backend))
    return Report(
        backend,
        sessions=int(answer.get("sessions", 0)),
        failed=str(answer.get("failed", "")),
        has_encoder=answer.get("hasEncoder") is not False,
    )


async def _survey(backend_of: Callable[[int], Backend]) -> list[Report]:
    """Probe every GPU that the driver shows, one after another: they share one driver.

    Where it shows none, the first one is reported with the reason, so that somebody reads it.
    """
    answer = await _asked("devices")
    names = list(answer.get("devices", []))[:_MOST_DEVICES]
    if not names:
        reason = str(answer.get("failed") or "the driver shows no NVIDIA GPU in this pod")
        return [Report(backend_of(0), 0, reason, has_encoder=False)]
    return [await probe_device(backend_of(device)) for device in range(len(names))]


async def _asked(*arguments: str) -> dict[str, Any]:
    """Run the probe and read its answer; a probe without one has failed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        _PROBE,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=driver_environment(),
    )
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        return {"failed": f"its probe did not end in {_PROBE_SECONDS:.0f} s"}
    finally:
        await _end(process)
    return _parsed(output, process.returncode)


def _parsed(output: bytes, status: int | None) -> dict[str, Any]:
    """Read the last line: drivers may have written others."""
    try:
        return dict(json.loads(output.decode(errors="replace").strip().rpartition("\n")[2]))
    except (ValueError, TypeError):
        return {"failed": f"its probe ended with status {status} and no answer"}


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a probe that still runs; one that hangs in the driver is left to the kernel."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
