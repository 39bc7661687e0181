"""What a running node knows: sessions, counters, renditions, and who may come in.

Requests ask and tell it; the reporter reads it. It decides with the pure functions of
`sessions` and `admission` and does no I/O.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from podium_worker.errors import Refusal
from podium_worker.load import NodeLoad, NodeTotals, Streams, Waiting
from podium_worker.node.admission import (
    Costs,
    has_room,
    offered_slots,
    slack_seconds,
    streams_served,
    usable_slots,
)
from podium_worker.node.fleet import Fleet
from podium_worker.node.sessions import Sessions
from podium_worker.node.store import Store
from podium_worker.profiles import load_class
from podium_worker.wire.segment import Segment

__all__ = ["CAPPED", "NodeState", "Totals", "Wait"]

CAPPED = "OrchestratorCapped"
_TYPICAL_SEGMENT_SECONDS = 2.0
_MAX_LOAD_CLASSES = 64
_LATELY_SECONDS = 10.0
_MOST_REFUSALS = 1000


class Wait(NamedTuple):
    """A segment that no slot works on yet; `received_at` in unix seconds."""

    load_class: str
    duration_seconds: float
    received_at: float


class Totals:
    """Counters since the start."""

    def __init__(self) -> None:
        self.received = 0
        self.answered = 0
        self.late = 0
        self.lost = 0
        self.failed = 0
        self.refused: Counter[str] = Counter()


class NodeState:
    """Everything about this node that is not a connection."""

    def __init__(
        self,
        node_id: str,
        fleet: Fleet,
        store: Store,
        *,
        max_sessions: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.id = node_id
        self.fleet = fleet
        self.store = store
        self.sessions = Sessions()
        self.totals = Totals()
        self.changed = asyncio.Event()
        self.is_listening = False
        self.is_draining = False
        self.is_closed = False
        self.clock = clock
        self._max_sessions = max_sessions
        self._load_classes: set[str] = set()
        self._refusals: deque[float] = deque(maxlen=_MOST_REFUSALS)

    def class_of(self, capability: str, segment: Segment) -> str:
        """Name a segment's load class; past 64 of them all others are one."""
        name = load_class(capability, segment.profiles)
        if len(name) > 200:
            return f"{capability}/other"
        if name not in self._load_classes:
            if len(self._load_classes) >= _MAX_LOAD_CLASSES:
                return f"{capability}/other"
            self._load_classes.add(name)
        return name

    def check_discovery(self) -> None:
        """Refuse a gateway that asks who we are when one more stream would be too much."""
        costs = self.fleet.costs()
        cost = costs.stream_slots("", _TYPICAL_SEGMENT_SECONDS)
        self._check(cost, self.fleet.nodes(), costs, segment_seconds=_TYPICAL_SEGMENT_SECONDS)

    def check_session(self, segment: Segment, name: str) -> None:
        """Refuse a new session that would be too much; known sessions and streams go on."""
        if self.is_closed:
            self._refuse()
        now = self.clock()
        if segment.session_id in self.sessions:
            return
        if not self.is_draining and self.sessions.has_stream(segment.manifest_id, now):
            return
        costs = self.fleet.costs()
        seconds = segment.duration_seconds
        # What a leaving node has comes here: this may be one of those very streams.
        staying = [load for load in self.fleet.nodes() if not load.draining]
        cost = costs.stream_slots(name, seconds)
        self._check(cost, staying, costs, segment_seconds=seconds)

    def _check(
        self, cost: float, others: list[NodeLoad], costs: Costs, *, segment_seconds: float
    ) -> None:
        if self.is_draining:
            self._refuse()
        if self._max_sessions and len(self.sessions) >= self._max_sessions:
            self._refuse()
        offered = offered_slots([*others, self.snapshot([])], costs)
        offered += cost * self.sessions.unstarted()
        if not has_room(offered, cost, self.usable_slots(segment_seconds)):
            self._refuse()

    def usable_slots(self, segment_seconds: float = _TYPICAL_SEGMENT_SECONDS) -> int:
        """Return the slots that new streams may count on."""
        return usable_slots(
            self.fleet.transcoders(), self.fleet.capacity(), slack=slack_seconds(segment_seconds)
        )

    def max_sessions(self) -> int:
        """Return how many streams can be served at once, as far as is known."""
        costs = self.fleet.costs()
        cost = costs.stream_slots("", _TYPICAL_SEGMENT_SECONDS)
        by_capacity = streams_served(cost, self.usable_slots())
        return min(by_capacity, self._max_sessions) if self._max_sessions else by_capacity

    def _refuse(self) -> NoReturn:
        self.totals.refused[CAPPED] += 1
        self._refusals.append(self.clock())
        self.changed.set()
        raise Refusal(403, CAPPED)

    def refused_lately(self) -> int:
        """Return how many were refused in the last 10 s; a thousand may be more."""
        now = self.clock()
        return sum(1 for at in self._refusals if now - at <= _LATELY_SECONDS)

    def end_session(self, session_id: str) -> bool:
        """Forget a session and its renditions."""
        self.store.end(session_id)
        return self.sessions.end(session_id)

    def successor(self) -> str | None:
        """Return the node that streams should go on with; None while this one stays."""
        return self.fleet.successor() if self.is_draining else None

    def expire(self) -> None:
        """Forget sessions that are idle too long."""
        for session_id in self.sessions.expire(self.clock(), is_leaving=self.is_draining):
            self.store.end(session_id)

    def snapshot(
        self, waiting: list[Wait], *, republished: int = 0, is_gone: bool = False
    ) -> NodeLoad:
        """Return what the operator is told."""
        now = self.clock()
        return NodeLoad(
            id=self.id,
            at=now,
            draining=self.is_draining,
            gone=is_gone,
            sessions=len(self.sessions),
            max_sessions=self.max_sessions(),
            streams=self._streams(now),
            waiting=_waiting(waiting, self.fleet.costs()),
            oldest_wait_seconds=round(max((now - j.received_at for j in waiting), default=0.0), 3),
            totals=self._totals(republished),
        )

    def _streams(self, now: float) -> dict[str, Streams]:
        durations: dict[str, list[float]] = {}
        for stream in self.sessions.open_streams(now):
            durations.setdefault(stream.load_class, []).append(stream.segment_seconds)
        return {
            name: Streams(open=len(values), segment_seconds=sum(values) / len(values))
            for name, values in durations.items()
        }

    def _totals(self, republished: int) -> NodeTotals:
        totals = self.totals
        return NodeTotals(
            received=totals.received,
            answered=totals.answered,
            late=totals.late,
            lost=totals.lost,
            failed=totals.failed,
            republished=republished,
            refused=dict(totals.refused),
        )


def _waiting(waits: list[Wait], costs: Costs) -> dict[str, Waiting]:
    by_class: dict[str, list[Wait]] = {}
    for wait in waits:
        by_class.setdefault(wait.load_class, []).append(wait)
    return {
        name: Waiting(
            segments=len(members),
            seconds=sum(wait.duration_seconds for wait in members),
            slot_seconds=sum(
                costs.segment_slot_seconds(name, wait.duration_seconds) for wait in members
            ),
        )
        for name, members in by_class.items()
    }
