"""What is known of a run at a moment, put together from events (no I/O).

The feeder tells of streams and segments, the cluster of the Deployment and the Orchestrator. Times
are seconds from the feeder's start.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tests.demo.pods import PodSample
from tests.demo.status_view import StatusView, read_status
from tests.gateway.records import Outcome, SegmentRecord, is_late, record_from_json

__all__ = ["Board", "Moment"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the table, and one point of the plot."""

    at_seconds: float
    live: int
    waiting: int
    busy: int
    sessions: str
    backlog_seconds: float
    ready: int
    desired: int
    answered: int
    late: int
    lost: int
    worst_lateness: float
    why: str


@dataclass(slots=True)
class Board:
    """The run so far; `take_*` feed it and `moment` reads it."""

    streams: dict[str, str] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    records: list[SegmentRecord] = field(default_factory=list)
    pods: list[PodSample] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    status: StatusView = field(default_factory=StatusView)
    first_rendition_at: float | None = None
    worst_lag_seconds: float = 0.0
    _looked_at: int = 0
    _change: asyncio.Event = field(default_factory=asyncio.Event)

    def take_feed(self, event: dict[str, Any]) -> None:
        """Take one event of the feeder."""
        if event["kind"] == "stream":
            self.streams[event["stream"]] = event["state"]
            self.refusals[event["stream"]] = event["reason"]
        elif event["kind"] == "segment":
            record = record_from_json(event["record"])
            self.records.append(record)
            if record.outcome == Outcome.OK and self.first_rendition_at is None:
                self.first_rendition_at = float(event["at"])
        elif event["kind"] == "lag":
            self.worst_lag_seconds = max(self.worst_lag_seconds, event["seconds"])

    def take_deployment(self, deployment: dict[str, Any], at_seconds: float) -> None:
        """Take the transcoders' Deployment as it is now."""
        status = deployment.get("status", {})
        self.pods.append(
            PodSample(
                at_seconds,
                desired=deployment["spec"].get("replicas", 0),
                ready=status.get("readyReplicas", 0),
            )
        )
        self._change.set()

    def take_orchestrator(self, orchestrator: dict[str, Any]) -> None:
        """Take the Orchestrator as it is now."""
        self.status = read_status(orchestrator)

    def is_back_at_one(self) -> bool:
        """Tell whether one pod is wanted, and no more is left."""
        return bool(self.pods) and self.pods[-1].desired == 1 and self.pods[-1].ready == 1

    def has_ready_pod(self) -> bool:
        """Tell whether a transcoder can take a segment now."""
        return bool(self.pods) and self.pods[-1].ready > 0

    def wake(self) -> None:
        """Let those who wait for a change look again."""
        self._change.set()

    async def changed(self) -> None:
        """Return at the next change of the pods."""
        self._change.clear()
        await self._change.wait()

    def moment(self, at_seconds: float) -> Moment:
        """Return the present as one line, and keep it for the plot."""
        states = list(self.streams.values())
        fresh = self.records[self._looked_at :]
        self._looked_at = len(self.records)
        lateness = [(record.answered_seconds or 0.0) / record.duration_seconds for record in fresh]
        pod = self.pods[-1] if self.pods else PodSample(at_seconds, desired=0, ready=0)
        moment = Moment(
            at_seconds=at_seconds,
            live=states.count("live"),
            waiting=states.count("waiting"),
            busy=self.status.busy,
            sessions=self.status.sessions,
            backlog_seconds=self.status.backlog_seconds,
            ready=pod.ready,
            desired=pod.desired,
            answered=sum(record.outcome == Outcome.OK for record in self.records),
            late=sum(is_late(record) for record in self.records),
            lost=sum(record.outcome == Outcome.LOST for record in self.records),
            worst_lateness=max(lateness, default=0.0),
            why=self.status.why,
        )
        self.moments.append(moment)
        return moment
