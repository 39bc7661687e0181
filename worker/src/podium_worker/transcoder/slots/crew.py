"""Keeps the desks of a roster staffed with children, and ends those that are of no use any more."""

import asyncio
import logging
from collections.abc import Coroutine

from podium_worker.transcoder.slots.nursery import Child, Nursery
from podium_worker.transcoder.slots.roster import Desk, Roster

__all__ = ["Crew"]

_LOG = logging.getLogger(__name__)
_RESPAWN_SECONDS = 1.0


class Crew:
    """All children of a pool, by desk."""

    def __init__(self, nursery: Nursery, roster: Roster) -> None:
        self._nursery, self.roster = nursery, roster
        self.children: dict[Child, Desk] = {}
        self.respawned = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._replacing: dict[Child, asyncio.Task[None]] = {}
        self._is_closed = False

    async def hire(self, desk: Desk) -> None:
        """Start one child; `OSError` or `TimeoutError` when it cannot be started."""
        child = await self._nursery.fork(desk.placement.backend)
        self.children[child] = desk
        if desk.is_open:
            self.roster.put(desk, child)
        else:
            await self._end(child)

    def staff(self, desk: Desk) -> None:
        """Start all children of a desk, for as long as it takes."""
        for _ in range(desk.placement.slots):
            self._spawn(self._hire_at_last(desk), "hire")

    def replace(self, child: Child) -> None:
        """End a child; if its desk is open, another takes its place."""
        if (task := self._spawn(self._replace(child), f"replace-{child.pid}")) is not None:
            self._replacing[child] = task
            task.add_done_callback(lambda _: self._replacing.pop(child, None))

    async def replaced(self, child: Child) -> None:
        """Wait until the place of a child is taken by another, if it is being so."""
        if (task := self._replacing.get(child)) is not None:
            await asyncio.wait({task})

    def dismiss(self, desk: Desk, *, busy_too: bool) -> None:
        """End the children of a closed desk: the idle ones, or all."""
        leaving = set(desk.idle)
        if busy_too:
            leaving |= {child for child, theirs in self.children.items() if theirs is desk}
        desk.idle.clear()
        for child in leaving:
            self._spawn(self._end(child), f"end-{child.pid}")

    async def aclose(self) -> None:
        """End all children at once."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self._end(child) for child in list(self.children)))

    async def _replace(self, child: Child) -> None:
        desk = self.children.get(child)
        await self._end(child)
        if desk is not None and desk.is_open:
            await self._hire_at_last(desk)
            self.respawned += 1

    async def _hire_at_last(self, desk: Desk) -> None:
        while desk.is_open:
            try:
                await self.hire(desk)
            except OSError as error:  # TimeoutError is one
                _LOG.warning("slot_respawn_failed", extra={"reason": repr(error)})
                await asyncio.sleep(_RESPAWN_SECONDS)
            else:
                return

    async def _end(self, child: Child) -> None:
        if self.children.pop(child, None) is not None:
            await child.end()

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None] | None:
        if self._is_closed:
            work.close()
            return None
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
