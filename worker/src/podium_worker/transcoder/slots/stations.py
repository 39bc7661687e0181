"""Opens and closes the desks of a pool as its devices fail and return.

The processor never fails. It may stand in while every GPU is out, where the pod was told so.
"""

from collections.abc import Awaitable, Callable, Sequence

from podium_worker.transcoder.devices.placement import DeviceState, Placement
from podium_worker.transcoder.slots.crew import Crew
from podium_worker.transcoder.slots.roster import Desk
from podium_worker.transcoder.slots.watch import DeviceWatch

__all__ = ["Stations"]


class Stations:
    """The devices of one pool; `on_change` is called after each change of `slots` or `states`."""

    def __init__(
        self,
        placements: Sequence[Placement],
        standby: Placement | None,
        *,
        crew: Crew,
        trial: Callable[[Placement, Desk | None], Awaitable[str]],
        on_change: Callable[[], None],
    ) -> None:
        self._placements, self._standby = tuple(placements), standby
        self._crew, self._roster = crew, crew.roster
        self._trial, self._on_change = trial, on_change
        self._desks: dict[str, Desk] = {}
        self._watches = {
            placement.backend.name: DeviceWatch(
                placement, trial=self._try, on_out=self._on_out, on_back=self._on_back
            )
            for placement in self._placements
            if placement.backend.device is not None
        }

    @property
    def states(self) -> tuple[DeviceState, ...]:
        """What the load snapshot shows, in the order of the placements."""
        states = [self._state(placement) for placement in self._placements]
        if self._standby is not None and not any(not state.failed for state in states):
            states.append(DeviceState(self._standby.backend.name, self._standby.slots))
        return tuple(states)

    @property
    def slots(self) -> int:
        """Slots of all devices that work."""
        return sum(state.slots for state in self.states if not state.failed)

    async def open(self) -> None:
        """Start the children of every device that works; `OSError` when one cannot be started."""
        for placement in self._placements:
            if not self._state(placement).failed:
                desk = self._open(placement)
                for _ in range(placement.slots):
                    await self._crew.hire(desk)
        self._stand_in()
        for watch in self._watches.values():
            watch.start()

    def succeeded(self, desk: Desk) -> None:
        """Count a segment that went well on a device."""
        if (watch := self._watches.get(desk.placement.backend.name)) is not None:
            watch.succeeded()

    def failed(self, desk: Desk) -> bool:
        """Count a failure that may be the device's; False where there is none to blame."""
        if (watch := self._watches.get(desk.placement.backend.name)) is None:
            return False
        watch.failed()
        return True

    async def aclose(self) -> None:
        """Stop watching and close every desk; whoever waits is told."""
        for watch in self._watches.values():
            await watch.aclose()
        for desk in self._desks.values():
            self._roster.close(desk)
        self._desks.clear()

    def _state(self, placement: Placement) -> DeviceState:
        watch = self._watches.get(placement.backend.name)
        if watch is not None:
            return watch.state
        return DeviceState(placement.backend.name, placement.slots)

    def _open(self, placement: Placement) -> Desk:
        desk = self._desks[placement.backend.name] = self._roster.open(placement)
        return desk

    def _close(self, placement: Placement, *, busy_too: bool) -> None:
        desk = self._desks.pop(placement.backend.name)
        self._roster.close(desk)
        self._crew.dismiss(desk, busy_too=busy_too)

    async def _try(self, placement: Placement) -> str:
        return await self._trial(placement, self._desks.get(placement.backend.name))

    def _on_out(self, placement: Placement) -> None:
        self._stand_in()  # first, so that whoever waits has somewhere to wait for
        self._close(placement, busy_too=True)
        self._on_change()

    def _on_back(self, placement: Placement) -> None:
        self._crew.staff(self._open(placement))
        if self._standby is not None and self._standby.backend.name in self._desks:
            self._close(self._standby, busy_too=False)
        self._on_change()

    def _stand_in(self) -> None:
        """Open the processor's slots when no device works."""
        standby = self._standby
        if standby is None or standby.backend.name in self._desks:
            return
        if all(self._state(placement).failed for placement in self._placements):
            self._crew.staff(self._open(standby))
