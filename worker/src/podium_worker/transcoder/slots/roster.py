"""Who is free on which device, and who waits for a slot; first come, first served.

A segment takes an idle child and one encoder session per rendition together, and gives both back
together. Nothing here starts or ends a process.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from podium_worker.transcoder.devices.placement import Placement, Standing, choose_device
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.slots.nursery import Child

__all__ = ["Desk", "Roster", "Seat"]


@dataclass(slots=True, eq=False)
class Desk:
    """One device at work: its idle children, the warmest last, and its sessions in use.

    A device that comes back gets a new desk, so that what was begun on the old one is told apart.
    """

    placement: Placement
    idle: list[Child] = field(default_factory=list)
    used_sessions: int = 0
    is_open: bool = True

    @property
    def standing(self) -> Standing:
        """Return what is left of it."""
        total = self.placement.sessions
        free = None if total is None else total - self.used_sessions
        return Standing(len(self.idle), free, total)


@dataclass(frozen=True, slots=True)
class Seat:
    """A child and its device's sessions, for one segment."""

    desk: Desk
    child: Child
    sessions: int


@dataclass(frozen=True, slots=True, eq=False)
class _Wait:
    sessions: int
    only: Desk | None
    avoid: Desk | None
    seat: "asyncio.Future[Seat]"


class Roster:
    """The desks of the devices that work, and a queue before them."""

    def __init__(self) -> None:
        self._desks: list[Desk] = []
        self._waiting: deque[_Wait] = deque()

    @property
    def slots(self) -> int:
        """Slots of all devices that work."""
        return sum(desk.placement.slots for desk in self._desks)

    @property
    def idle(self) -> set[Child]:
        """Children without a segment."""
        return {child for desk in self._desks for child in desk.idle}

    def open(self, placement: Placement) -> Desk:
        """Put a device to work; its children come by `put`."""
        desk = Desk(placement)
        self._desks.append(desk)
        return desk

    def close(self, desk: Desk) -> None:
        """Take a device away; whoever waits for what no other can give is told."""
        desk.is_open = False
        self._desks.remove(desk)
        for wait in list(self._waiting):
            if (error := self._why_never(wait.sessions, wait.only)) is not None:
                self._waiting.remove(wait)
                if not wait.seat.cancelled():
                    wait.seat.set_exception(error)

    async def take(
        self, sessions: int, *, only: Desk | None = None, avoid: Desk | None = None
    ) -> Seat:
        """Wait for an idle child with so many sessions, on any device or before all on `only`.

        `avoid` is left alone where another device could do as well. Raises `TranscodeError` when
        no device that works could ever give them.
        """
        if (error := self._why_never(sessions, only)) is not None:
            raise error
        wait = _Wait(sessions, only, avoid, asyncio.get_running_loop().create_future())
        if only is None:
            self._waiting.append(wait)
        else:
            self._waiting.appendleft(wait)
        self._serve()
        try:
            return await wait.seat
        except asyncio.CancelledError:
            self._leave(wait)
            raise

    def put(self, desk: Desk, child: Child) -> None:
        """Take in an idle child of an open desk."""
        desk.idle.append(child)
        self._serve()

    def release(self, seat: Seat) -> None:
        """Take the sessions of a segment back; its child comes by `put`, or not at all."""
        seat.desk.used_sessions -= seat.sessions
        self._serve()

    def _serve(self) -> None:
        """Seat whoever waits, in order; the first one that must wait holds the others up."""
        while self._waiting:
            wait = self._waiting[0]
            if wait.seat.cancelled():
                self._waiting.popleft()
                continue
            desks = self._desks_for(wait)
            chosen = choose_device([desk.standing for desk in desks], wait.sessions)
            if chosen is None:
                return
            self._waiting.popleft()
            desk = desks[chosen]
            desk.used_sessions += wait.sessions
            wait.seat.set_result(Seat(desk, desk.idle.pop(), wait.sessions))

    def _desks_for(self, wait: _Wait) -> list[Desk]:
        if wait.only is not None:
            return [wait.only]
        others = [desk for desk in self._desks if desk is not wait.avoid]
        is_possible = any(desk.standing.can_ever_take(wait.sessions) for desk in others)
        return others if is_possible else self._desks

    def _leave(self, wait: _Wait) -> None:
        """Undo a wait that was given up, maybe in the moment when it ended."""
        if wait.seat.cancelled():
            self._serve()  # it may have held others up
        elif not wait.seat.exception():
            seat = wait.seat.result()
            seat.desk.idle.append(seat.child)
            self.release(seat)

    def _why_never(self, sessions: int, only: Desk | None) -> TranscodeError | None:
        desks = self._desks if only is None else [desk for desk in self._desks if desk is only]
        if not desks:
            return TranscodeError(ErrorText.STOPPED, "no device works")
        if any(desk.standing.can_ever_take(sessions) for desk in desks):
            return None
        most = max(desk.placement.sessions or 0 for desk in desks)
        return TranscodeError(
            ErrorText.BUSY, f"{sessions} renditions, over the {most} encoder sessions of a device"
        )
