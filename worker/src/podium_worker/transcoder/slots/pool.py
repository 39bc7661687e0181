"""Slots: child processes that transcode, one segment at a time each.

A segment that crashes its children, hangs or eats its memory costs itself and nothing else: the
child is killed and another takes its slot. A device that fails takes its slots with it, and the
others go on. Nothing here looks at media.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Self

from podium_worker.profiles import Profile
from podium_worker.transcoder.cgroup import available_cores, default_slots, slot_memory_bytes
from podium_worker.transcoder.devices.hardware import CPU
from podium_worker.transcoder.devices.health import blames_device
from podium_worker.transcoder.devices.placement import DeviceState, Placement
from podium_worker.transcoder.devices.trial import try_device
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.media.threads import free_cores
from podium_worker.transcoder.slots.crew import Crew
from podium_worker.transcoder.slots.dialogue import ChildError, ask
from podium_worker.transcoder.slots.frames import Job
from podium_worker.transcoder.slots.nursery import Nursery
from podium_worker.transcoder.slots.roster import Desk, Roster, Seat
from podium_worker.transcoder.slots.seats import Seats
from podium_worker.transcoder.slots.stations import Stations

__all__ = ["SlotPool"]

_LOG = logging.getLogger(__name__)


class SlotPool:
    """All slots of one transcoder; `async with SlotPool(slots)`, or `start` and `aclose`.

    `placements` say where the slots are; without them, `slots` are on the processor.
    `memory_bytes` bounds what one segment may allocate; by default it follows from the memory
    limit of the cgroup. With `fallback_to_cpu` slots on the processor stand in while every other
    device is out. `on_change` is called whenever `slots` or `devices` changed; `seats` follows.
    """

    def __init__(
        self,
        slots: int = 1,
        *,
        placements: Sequence[Placement] = (),
        encoder_profile: EncoderProfile = EncoderProfile.SEGMENT,
        fallback_to_cpu: bool = False,
        memory_bytes: int | None = None,
    ) -> None:
        self.placements = tuple(placements) or (Placement(CPU, slots),)
        self.encoder_profile = encoder_profile
        self.busy = 0
        self.killed = 0
        self.on_change: Callable[[], None] = lambda: None
        standby = _standby(encoder_profile) if fallback_to_cpu else None
        self._cores = available_cores()
        self._numbers = itertools.count(1)
        self._roster = Roster()
        self._nursery = Nursery(
            memory_bytes=memory_bytes or slot_memory_bytes(_most_slots(self.placements, standby))
        )
        self._crew = Crew(self._nursery, self._roster)
        self._stations = Stations(
            self.placements,
            standby,
            crew=self._crew,
            trial=self._try_device,
            on_change=self._changed,
        )
        self.seats = Seats(self.slots)

    @property
    def slots(self) -> int:
        """Slots of the devices that work now."""
        return self._stations.slots

    @property
    def devices(self) -> tuple[DeviceState, ...]:
        """What the slots are on, and what is out."""
        return self._stations.states

    @property
    def respawned(self) -> int:
        """Children that took the place of another."""
        return self._crew.respawned

    @property
    def pids(self) -> tuple[int, ...]:
        """Living children."""
        return tuple(child.pid for child in self._crew.children)

    async def start(self) -> None:
        """Start every child; `OSError` or `TimeoutError` when one cannot be started."""
        await self._stations.open()

    async def run(
        self,
        source: bytes,
        profiles: Sequence[Profile],
        *,
        timeout_seconds: float,
        duration_seconds: float | None = None,
    ) -> TranscodeResult:
        """Transcode in a free slot; `timeout_seconds` bounds the wait for one and the work.

        A child that dies may not have died of the segment, nor may a device have failed of it:
        the segment gets one more. Raises `TranscodeError`; after a second failure of that kind or
        a timeout its text tells the gateway to try elsewhere.
        """
        job = Job(
            source,
            tuple(profiles),
            duration_seconds=duration_seconds,
            encoder_profile=self.encoder_profile,
            number=next(self._numbers),
        )
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        try:
            async with asyncio.timeout_at(deadline):
                seat = await self._seat(len(job.profiles))
            try:
                return await self._run_once(seat, job, deadline)
            except ChildError:
                # Where the seed died too, all children are about to: only a newer one is trusted.
                async with asyncio.timeout_at(deadline):
                    await self._crew.replaced(seat.child)
                    seat = await self._seat(len(job.profiles), avoid=seat.desk)
                return await self._run_once(seat, job, deadline)
        except TimeoutError as error:
            detail = f"not done after {timeout_seconds:.3f} s"
            raise TranscodeError(ErrorText.STOPPED, detail) from error
        except ChildError as error:
            raise TranscodeError(ErrorText.STOPPED, f"two children died: {error}") from error

    async def aclose(self) -> None:
        """End every child at once; segments in work fail."""
        await self._stations.aclose()
        await self._crew.aclose()
        await self._nursery.aclose()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _run_once(self, seat: Seat, job: Job, deadline: float) -> TranscodeResult:
        try:
            result = await self._work(seat, job, deadline)
        except TranscodeError as error:
            if blames_device(error.text) and self._stations.failed(seat.desk):
                raise ChildError(str(error)) from error
            raise
        except (ChildError, TimeoutError) as error:
            self.killed += isinstance(error, TimeoutError)
            where = {"device": seat.desk.placement.backend.name, "pid": seat.child.pid}
            _LOG.warning("child_lost", extra=where | {"reason": str(error) or "out of time"})
            self._stations.failed(seat.desk)
            raise
        self._stations.succeeded(seat.desk)
        return result

    async def _seat(self, sessions: int, *, avoid: Desk | None = None) -> Seat:
        """Wait for a free child; one that died idle is replaced, and nobody notices."""
        while True:
            seat = await self._roster.take(sessions, avoid=avoid)
            if seat.child.is_alive:
                return seat
            self._roster.release(seat)
            self._crew.replace(seat.child)

    async def _work(self, seat: Seat, job: Job, deadline: float) -> TranscodeResult:
        self.busy += 1
        is_reusable = False
        try:
            await asyncio.sleep(0)  # segments that come together count each other
            cores = free_cores(self._cores, self.slots, self.busy)
            async with asyncio.timeout_at(deadline):
                answer = await ask(seat.child, replace(job, free_cores=cores))
            is_reusable = not answer.is_last
        finally:
            self.busy -= 1
            self._leave(seat, is_reusable=is_reusable)
        return answer.result()

    def _leave(self, seat: Seat, *, is_reusable: bool) -> None:
        self._roster.release(seat)
        if is_reusable and seat.desk.is_open:
            self._roster.put(seat.desk, seat.child)
        else:
            self._crew.replace(seat.child)  # it ends, or was left in the middle of a job

    async def _try_device(self, placement: Placement, desk: Desk | None) -> str:
        """Try a device; one at work gives the trial a slot and a session, so that it has room."""
        if desk is None:
            return await try_device(self._nursery, placement.backend)
        try:
            seat = await self._roster.take(1, only=desk)
        except TranscodeError as error:
            return str(error)
        try:
            return await try_device(self._nursery, placement.backend)
        finally:
            self._leave(seat, is_reusable=True)

    def _changed(self) -> None:
        self.seats.resize(self.slots)
        self.on_change()


def _standby(encoder_profile: EncoderProfile) -> Placement:
    return Placement(CPU, default_slots(encoder_profile=encoder_profile))


def _most_slots(placements: Sequence[Placement], standby: Placement | None) -> int:
    return max(sum(placement.slots for placement in placements), standby.slots if standby else 0)
