"""What a transcoder counts: for the operator's snapshots and for its own metrics."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from podium_worker.jobs import Job
from podium_worker.load import Canary, Device, Service, TranscoderLoad, TranscoderTotals
from podium_worker.transcoder.devices.placement import DeviceState
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.meters import TranscoderMeters, resident_bytes

__all__ = ["Slots", "Tally"]

_REMEMBERED = 200


class Slots(Protocol):
    """What is told of the slots, read whenever it is told."""

    @property
    def slots(self) -> int:
        """Slots of the devices that work."""

    @property
    def devices(self) -> tuple[DeviceState, ...]:
        """Every device, also those that are out."""

    @property
    def respawned(self) -> int:
        """Children that took the place of another."""

    @property
    def killed(self) -> int:
        """Children that were ended at a deadline."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Living children."""


class _ClassTally:
    """Slot time of one load class; the last 200 segments give the 95th percentile."""

    def __init__(self) -> None:
        self.segments = 0
        self.slot_seconds = 0.0
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, seconds: float) -> None:
        self.segments += 1
        self.slot_seconds += seconds
        self._recent.append(seconds)

    def service(self) -> Service:
        ordered = sorted(self._recent)
        p95 = ordered[int(0.95 * (len(ordered) - 1))] if ordered else 0.0
        return Service(
            segments=self.segments,
            slot_seconds=round(self.slot_seconds, 6),
            p95_seconds=round(p95, 6),
        )


class Tally:
    """Everything a transcoder counts since its start; `watch` says whose slots they are."""

    def __init__(
        self, part_id: str, pool: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.id = part_id
        self.pool = pool
        self.changed = asyncio.Event()
        self.draining = False
        self.classes: tuple[str, ...] = ()
        self.canary: Mapping[str, Canary] = {}
        self.failed = 0
        self.expired = 0
        self.meters = TranscoderMeters(part_id)
        self._slots: Slots | None = None
        self._is_proven = False
        self._done = 0
        self._by_class: dict[str, _ClassTally] = {}
        self._clock = clock
        self._busy = 0
        self._busy_slot_seconds = 0.0
        self._busy_since = clock()

    @property
    def not_ready(self) -> str:
        """Why no job is taken, "" when jobs are."""
        if not self._is_proven or self._slots is None:
            return "starting"
        return "" if self._slots.slots else "no device works"

    def watch(self, slots: Slots) -> None:
        """Tell of these slots from now on."""
        self._slots = slots

    def proven(self, classes: tuple[str, ...], canary: Mapping[str, Canary]) -> None:
        """Note what the start-up test found: from now on jobs are taken."""
        self.classes, self.canary, self._is_proven = classes, canary, True

    def begin(self) -> None:
        """Note that a slot is taken."""
        self._add_busy_time()
        self._busy += 1

    def end(self) -> None:
        """Note that a slot is free again."""
        self._add_busy_time()
        self._busy -= 1

    def transcoded(
        self, job: Job, result: TranscodeResult, seconds: float, post_seconds: float
    ) -> None:
        """Count a segment: `seconds` in its slot, `post_seconds` to hand it over."""
        self._done += 1
        self._by_class.setdefault(job.load_class, _ClassTally()).add(seconds)
        self.meters.transcoded(job, result, seconds, post_seconds)

    def snapshot(self, *, is_gone: bool = False) -> TranscoderLoad:
        """Return what the operator and the nodes are told."""
        self._add_busy_time()
        slots = self._slots
        return TranscoderLoad(
            id=self.id,
            at=time.time(),
            pool=self.pool,
            draining=self.draining,
            gone=is_gone,
            slots=slots.slots if slots else 0,
            busy=self._busy,
            classes=self.classes,
            service={name: tally.service() for name, tally in self._by_class.items()},
            canary=dict(self.canary),
            devices=tuple(_device(state) for state in slots.devices) if slots else (),
            totals=TranscoderTotals(
                done=self._done,
                failed=self.failed,
                expired=self.expired,
                busy_slot_seconds=round(self._busy_slot_seconds, 6),
            ),
        )

    def render(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        meters, slots = self.meters, self._slots
        meters.busy.set(self._busy)
        meters.ready.set(int(not self.not_ready))
        meters.expired.set(self.expired)
        if slots is not None:
            meters.slots.set(slots.slots)
            meters.respawned.set(slots.respawned)
            meters.killed.set(slots.killed)
            meters.memory.set(resident_bytes(slots.pids))
            meters.show_devices(slots.devices)
        return meters.registry.render()

    def _add_busy_time(self) -> None:
        now = self._clock()
        self._busy_slot_seconds += self._busy * (now - self._busy_since)
        self._busy_since = now


def _device(state: DeviceState) -> Device:
    return Device(name=state.name, slots=state.slots, failed=state.failed)
