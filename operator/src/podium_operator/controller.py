"""One keeper per Orchestrator: started at first sight, told every event, ended with its object.

Runs only while this process leads. A keeper that ends by an error ends the process; that is lost
leadership, or a fault of ours that must be seen.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from podium_operator.keeper import Keeper
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named
from podium_operator.sightings import Sighting, instance_of, version_of
from podium_operator.surroundings import Surroundings

__all__ = ["Controller"]

log = logging.getLogger(__name__)

_NODE = kind_named("Node")
_Key = tuple[str, str]


class Controller:
    """The table of keepers."""

    def __init__(self, around: Surroundings, make: Callable[..., Keeper] = Keeper) -> None:
        self._around, self._make = around, make
        self._keepers: dict[_Key, tuple[Keeper, asyncio.Task[None]]] = {}
        self._group: asyncio.TaskGroup | None = None

    async def run(self, source: Callable[[Callable[[Sighting], None]], Awaitable[None]]) -> None:
        """Hand what `source` sees to keepers until one of them, or the source, ends by an error."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            await source(self.notice)

    def notice(self, sighting: Sighting) -> None:
        """Route one event; called in the event loop, never fails, never waits."""
        resource = sighting.kind.plural
        self._around.metrics.watch_event_at.labels(resource).set(time.time())
        if sighting.kind is ORCHESTRATOR:
            self._notice_orchestrator(sighting)
            return
        if sighting.kind is _NODE:
            self._around.machines.see(sighting)  # every keeper looks there at its next pass
            return
        # Children of an Orchestrator not met yet are no loss: its keeper begins by listing them.
        entry = self._keepers.get(instance_of(sighting.body))
        if entry is not None:
            entry[0].see(sighting)

    def oldest_pass_seconds(self) -> float:
        """Return how long ago the keeper that is furthest behind last finished a pass."""
        passes = [keeper.last_pass_at for keeper, _ in self._keepers.values()]
        return self._around.clock() - min(passes) if passes else 0.0

    def _notice_orchestrator(self, sighting: Sighting) -> None:
        meta = sighting.body["metadata"]
        key = (meta["namespace"], meta["name"])
        keeper, task = self._keepers.get(key, (None, None))
        if sighting.was_deleted:
            if keeper is not None and task is not None and keeper.uid == meta["uid"]:
                task.cancel()
            return
        if keeper is None or keeper.uid != meta["uid"]:
            if keeper is not None and version_of(sighting.body) < keeper.version:
                return  # late news of the object's predecessor
            if task is not None:
                task.cancel()
            self._begin(key, sighting)
            return
        keeper.see(sighting)

    def _begin(self, key: _Key, sighting: Sighting) -> None:
        if self._group is None:
            return
        keeper = self._make(sighting.body, self._around)
        task = self._group.create_task(keeper.run(), name=f"keeper {key[0]}/{key[1]}")
        self._keepers[key] = (keeper, task)
        self._around.metrics.workers.set(len(self._keepers))
        task.add_done_callback(lambda done: self._end(key, done))

    def _end(self, key: _Key, task: asyncio.Task[None]) -> None:
        entry = self._keepers.get(key)
        if entry is not None and entry[1] is task:
            del self._keepers[key]
        self._around.metrics.workers.set(len(self._keepers))
