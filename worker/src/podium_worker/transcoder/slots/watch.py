"""Watches one device: counts its failures, tries it, takes it out and brings it back.

The rules are in `health`; here are the clock and the task. What a trial does, and what happens to
slots, is told from outside.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from podium_worker.transcoder.devices.health import (
    Health,
    after_failure,
    after_success,
    after_trial,
    needs_trial,
    retry_seconds,
)
from podium_worker.transcoder.devices.placement import DeviceState, Placement

__all__ = ["DeviceWatch"]

_LOG = logging.getLogger(__name__)


class DeviceWatch:
    """One device of a pool; starts out when its placement failed from the start.

    `trial` returns what is wrong, "" for nothing; `on_out` and `on_back` move its slots.
    """

    def __init__(
        self,
        placement: Placement,
        *,
        trial: Callable[[Placement], Awaitable[str]],
        on_out: Callable[[Placement], None],
        on_back: Callable[[Placement], None],
        wait_seconds: Callable[[Health], float] = retry_seconds,
    ) -> None:
        self.placement = placement
        self.health = Health(reason=placement.failed, outs=int(bool(placement.failed)))
        self._trial, self._on_out, self._on_back = trial, on_out, on_back
        self._wait_seconds = wait_seconds
        self._task: asyncio.Task[None] | None = None

    @property
    def state(self) -> DeviceState:
        """Return what the load snapshot says of it."""
        name = self.placement.backend.name
        return DeviceState(name, self.placement.slots, self.health.reason)

    def start(self) -> None:
        """Begin to try a device that is out, unless it could never work."""
        if self.health.is_out and self.placement.slots and self._task is None:
            self._task = asyncio.create_task(self._try(), name=f"try-{self.state.name}")

    def succeeded(self) -> None:
        """Count a segment that went well."""
        self.health = after_success(self.health)

    def failed(self) -> None:
        """Count a failure that may be the device's; enough of them in a row order a trial."""
        self.health = after_failure(self.health)
        if needs_trial(self.health) and self._task is None:
            self._task = asyncio.create_task(self._try(), name=f"try-{self.state.name}")

    async def aclose(self) -> None:
        """Stop trying."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _try(self) -> None:
        """Try at once while it works, else after its wait, until it works."""
        try:
            is_working = not self.health.is_out
            while not is_working or needs_trial(self.health):
                if not is_working:
                    await asyncio.sleep(self._wait_seconds(self.health))
                is_working = self._decide(await self._trial(self.placement))
        finally:
            self._task = None

    def _decide(self, reason: str) -> bool:
        was_out = self.health.is_out
        self.health = after_trial(self.health, reason)
        if reason and not was_out:
            _LOG.error("device_out", extra={"device": self.state.name, "reason": reason})
            self._on_out(self.placement)
        elif was_out and not reason:
            _LOG.warning("device_back", extra={"device": self.state.name})
            self._on_back(self.placement)
        return not reason
