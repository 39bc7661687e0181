"""What a node hears of the rest of its Orchestrator: transcoders, other nodes, the operator.

Messages are kept with the time they came; silent senders are dropped, never counted as zero.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from podium_worker.load import (
    STALE_SECONDS,
    Capacity,
    NodeLoad,
    TranscoderLoad,
    parse_capacity,
    parse_node,
    parse_transcoder,
)
from podium_worker.node.admission import Costs
from podium_worker.node.history import History
from podium_worker.profiles import CAPABILITY_CLASSES

__all__ = ["Fleet"]

_KEPT_SENDERS = 10_000
_ALIVE_SECONDS = 3.0
_BEFORE_ANY = frozenset(CAPABILITY_CLASSES[:1])
_T = TypeVar("_T")


class Fleet:
    """The last word of everybody else; register `hear` with the queue."""

    def __init__(self, own_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._own_id = own_id
        self._clock = clock
        self._transcoders: dict[str, tuple[float, TranscoderLoad]] = {}
        self._classes = _BEFORE_ANY
        self._history = History()
        self._nodes: dict[str, tuple[float, NodeLoad]] = {}
        self._capacity: tuple[float, Capacity] | None = None

    def hear_transcoder(self, _subject: str, data: bytes) -> None:
        """Keep a transcoder's snapshot; one that says goodbye is forgotten."""
        load = parse_transcoder(data)
        if load is None or len(self._transcoders) >= _KEPT_SENDERS:
            return
        self._transcoders[load.id] = (self._clock(), load)
        self._history.add(load.id, self._clock(), load.service)
        if load.gone:
            del self._transcoders[load.id]
            self._history.forget(load.id)

    def hear_node(self, _subject: str, data: bytes) -> None:
        """Keep another node's snapshot."""
        load = parse_node(data)
        if load is None or load.id == self._own_id or len(self._nodes) >= _KEPT_SENDERS:
            return
        self._nodes[load.id] = (self._clock(), load)
        if load.gone:
            del self._nodes[load.id]

    def hear_capacity(self, _subject: str, data: bytes) -> None:
        """Keep the operator's word."""
        capacity = parse_capacity(data)
        if capacity is not None:
            self._capacity = (self._clock(), capacity)

    def transcoders(self) -> list[TranscoderLoad]:
        """Return the transcoders heard of lately."""
        fresh = _fresh(self._transcoders, self._clock())
        for silent in self._transcoders.keys() - fresh.keys():
            self._history.forget(silent)
        self._transcoders = fresh
        return [load for _, load in self._transcoders.values()]

    def classes(self) -> frozenset[str]:
        """Return the capability classes that transcoders have, the last known while all are silent.

        A node that has heard of none yet counts on plain H.264.
        """
        heard = frozenset(
            name for load in self.transcoders() if not load.draining for name in load.classes
        ).intersection(CAPABILITY_CLASSES)
        if heard:
            self._classes = heard
        return self._classes

    def nodes(self) -> list[NodeLoad]:
        """Return the other nodes heard of lately."""
        self._nodes = _fresh(self._nodes, self._clock())
        return [load for _, load in self._nodes.values()]

    def successor(self) -> str | None:
        """Return the other node that a stream should go on with: alive, staying, least busy."""
        now = self._clock()
        staying = [
            (load.sessions, name)
            for name, (at, load) in self._nodes.items()
            if now - at <= _ALIVE_SECONDS and not load.draining
        ]
        return min(staying)[1] if staying else None

    def capacity(self) -> Capacity | None:
        """Return the operator's word, None when it is old or never came."""
        if self._capacity is None or self._clock() - self._capacity[0] > STALE_SECONDS:
            return None
        return self._capacity[1]

    def costs(self) -> Costs:
        """Return what segments cost, as measured lately by the transcoders heard of lately."""
        known = self.transcoders()
        return Costs.measured(
            (self._history.recent(load.id, load.service) for load in known),
            (load.canary for load in known),
        )


def _fresh(heard: dict[str, tuple[float, _T]], now: float) -> dict[str, tuple[float, _T]]:
    return {name: entry for name, entry in heard.items() if now - entry[0] <= STALE_SECONDS}
