"""What transcoders work on: which devices have failed, and what is told when one fails or is back.

Pure. A device is told of once when it fails and once when its own pod says that it works again;
status remembers in between, so that a new leader repeats nothing. Reasons come from the data plane
and are shown to people: bounded, on one line, never acted on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

__all__ = ["DeviceState", "describe", "failed_in", "turns"]

_Note = tuple[str, str, str]  # type (Normal or Warning), reason, text: what a Recorder takes
_MOST_SHOWN: Final = 32  # per pool


@dataclass(frozen=True, slots=True, order=True)
class DeviceState:
    """One device of one pod (`cpu`, `gpu0`); `failed` says why it is out, "" while it works."""

    pod: str
    name: str
    pool: str = ""
    failed: str = ""


def failed_in(pool: str, devices: Iterable[DeviceState]) -> tuple[DeviceState, ...]:
    """Return a pool's failed devices in order, as many as status shows."""
    found = sorted(device for device in devices if device.failed and device.pool == pool)
    return tuple(islice(found, _MOST_SHOWN))


def describe(devices: Iterable[DeviceState]) -> str:
    """Name the first failed device and count the others; "" when all work."""
    failed = sorted(device for device in devices if device.failed)
    if not failed:
        return ""
    first, others = failed[0], len(failed) - 1
    more = f"; and {others} more" if others else ""
    return f"pod {first.pod}: {first.name} failed: {first.failed}{more}"


def turns(status: Mapping[str, Any], devices: Iterable[DeviceState]) -> tuple[_Note, ...]:
    """Return the Events of devices that failed, or came back, since the status was written."""
    now = {(device.pod, device.name): device for device in devices}
    pools = {device.pool for device in now.values()}
    failed = [device for pool in sorted(pools) for device in failed_in(pool, now.values())]
    before = {
        (str(one["pod"]), str(one["device"]))
        for pool in status.get("pools") or ()
        for one in pool.get("failedDevices") or ()
    }
    new = [device for device in failed if (device.pod, device.name) not in before]
    back = [now[key] for key in sorted(before & now.keys()) if not now[key].failed]
    return (*(_failure(device) for device in new), *(_recovery(device) for device in back))


def _failure(device: DeviceState) -> _Note:
    text = f"pod {device.pod}: {device.name} failed and takes no more segments: {device.failed}"
    return ("Warning", "DeviceFailed", text)


def _recovery(device: DeviceState) -> _Note:
    return ("Normal", "DeviceRecovered", f"pod {device.pod}: {device.name} works again")
