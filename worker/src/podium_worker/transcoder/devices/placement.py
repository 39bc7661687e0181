"""Which devices a pod's slots are on, how many each carries, and which one takes a segment; pure.

A GPU encodes only so many renditions at once (its encoder sessions). A segment takes one per
rendition for as long as it is worked on, and waits for them in turn, never beside a free slot of
another device that has them. Nothing here opens a device.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from podium_worker.transcoder.devices.hardware import Backend

__all__ = [
    "DeviceState",
    "Placement",
    "Report",
    "Standing",
    "choose_device",
    "place",
    "slots_for_sessions",
]

_USUAL_RENDITIONS = 4
_UNKNOWN_SESSIONS = 8  # what drivers of today allow at least; for a GPU not yet seen working


@dataclass(frozen=True, slots=True)
class Placement:
    """Slots on one device.

    `sessions` bounds the renditions encoded at once, None for no bound; 0 for a device that can
    encode none, ever. `failed` says why it does not work from the start, "" when it does.
    """

    backend: Backend
    slots: int
    sessions: int | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device as the load snapshot shows it; `failed` says why it is out, "" while it works."""

    name: str
    slots: int
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the probe of one device found: sessions open at once, and what failed, "" for nothing.

    `has_encoder` is false for a GPU that was built without one: no trial will ever change that.
    """

    backend: Backend
    sessions: int
    failed: str = ""
    has_encoder: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """What one working device has left: idle slots, and sessions (None: no bound) of how many."""

    idle: int
    free_sessions: int | None = None
    sessions: int | None = None

    def can_ever_take(self, renditions: int) -> bool:
        """Whether so many renditions fit at all."""
        return self.sessions is None or renditions <= self.sessions

    def can_take(self, renditions: int) -> bool:
        """Whether a segment of so many renditions fits now."""
        return self.idle > 0 and (self.free_sessions is None or renditions <= self.free_sessions)


def place(reports: Sequence[Report], slots: int = 0) -> tuple[Placement, ...]:
    """Give every device its slots; `slots` is the pod's number, 0 for what sessions carry.

    A number of the pod's own is dealt out evenly over the devices with encoders, the first ones
    taking what is left over; the sessions then bound what runs at once. A device that failed
    keeps slots for its return.
    """
    dealt = iter(_dealt(slots, sum(report.has_encoder for report in reports)))
    return tuple(
        _placement(report, next(dealt) if slots and report.has_encoder else 0) for report in reports
    )


def slots_for_sessions(sessions: int) -> int:
    """Return the slots whose usual ladders fit the sessions, at least 1."""
    return max(1, sessions // _USUAL_RENDITIONS)


def choose_device(standings: Sequence[Standing], renditions: int) -> int | None:
    """Return the index of the device that takes a segment; None when it must wait.

    The one with the most sessions left, then the most idle slots, then the first.
    """
    able = [index for index, one in enumerate(standings) if one.can_take(renditions)]
    return max(able, key=lambda index: _room(standings[index]), default=None)


def _placement(report: Report, slots: int) -> Placement:
    if not report.has_encoder:
        return Placement(report.backend, 0, 0, report.failed)
    sessions = _UNKNOWN_SESSIONS if report.failed else report.sessions
    return Placement(report.backend, slots or slots_for_sessions(sessions), sessions, report.failed)


def _dealt(slots: int, devices: int) -> list[int]:
    """Deal slots over devices, at least one each: a device without slots would lie idle."""
    return [max(1, slots // devices + (index < slots % devices)) for index in range(devices)]


def _room(standing: Standing) -> tuple[int, int]:
    free = standing.idle if standing.free_sessions is None else standing.free_sessions
    return (free, standing.idle)
