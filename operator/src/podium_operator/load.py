"""The load of one Orchestrator: the sum of what its nodes and transcoders last said.

A source that falls silent keeps its last values and grows old; it is dropped only when it says
goodbye or when its pod is gone. Nothing here reads a clock.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from podium_operator.devices import DeviceState
from podium_operator.measured import MOST_CLASSES, MOST_POOLS, Counted, ServiceBook
from podium_operator.scaling import Canary, ClassDemand, Service, Source
from podium_operator.snapshots import NodeReport, Report, TranscoderReport

__all__ = ["LoadBook", "LoadView", "PodLoad"]

_MOST_SOURCES = 2_000
_MOST_SUMMED = 2 * MOST_CLASSES  # of all nodes together; what comes beyond is one class
_OTHERS = "other"
_SEGMENTS_SECONDS = 10.0
_ANSWERED_SECONDS = 20.0
_LONGEST_GAP_SECONDS = 5.0  # what came during a longer silence is not of the last seconds
_REFUSED_SECONDS = 10.0
_STALE_SECONDS = 15.0
_LONGEST_REASON = 200
_CAPACITY_REFUSALS = ("OrchestratorCapped", "OrchestratorBusy")


@dataclass(frozen=True, slots=True)
class PodLoad:
    """What one transcoder works on."""

    busy: int
    slots: int


@dataclass(frozen=True, slots=True)
class LoadView:
    """The sum over all sources at one moment; `age_seconds` is the oldest counted source's.

    segments: received in the last 10 s, None where no node counts them; answered and late: of the
    last 20 s, with those that were lost. busy_slot_seconds,
    predicted_slot_seconds: of the last 40 s. canary: the slowest start-up test, by pool and class.
    slots_per_pod: the mean of what a pool's transcoders report. pods: of every transcoder, leaving
    ones too.
    """

    age_seconds: float | None = None
    sources: tuple[Source, ...] = ()
    demand: tuple[ClassDemand, ...] = ()
    sessions: int = 0
    max_sessions: int = 0
    backlog_seconds: float = 0.0
    oldest_wait_seconds: float = 0.0
    refused: int = 0
    busy: Mapping[str, int] = field(default_factory=dict)
    slots: Mapping[str, int] = field(default_factory=dict)
    service: Mapping[str, Mapping[str, Service]] = field(default_factory=dict)
    canary: Mapping[str, Mapping[str, Canary]] = field(default_factory=dict)
    slots_per_pod: Mapping[str, float] = field(default_factory=dict)
    segments: int | None = None
    answered: int | None = None
    late: int | None = None
    busy_slot_seconds: float = 0.0
    predicted_slot_seconds: float = 0.0
    devices: tuple[DeviceState, ...] = ()
    pods: Mapping[str, PodLoad] = field(default_factory=dict)


@dataclass(slots=True)
class LoadBook:
    """The last report of every source, when it came, and what differences of counters tell."""

    _nodes: dict[str, tuple[NodeReport, float]] = field(default_factory=dict)
    _transcoders: dict[str, tuple[TranscoderReport, float]] = field(default_factory=dict)
    _services: ServiceBook = field(default_factory=ServiceBook)
    _usual_slots: dict[str, float] = field(default_factory=dict)
    _refusals: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=1000))
    _segments: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=50_000))
    _answers: deque[tuple[float, int, int]] = field(default_factory=lambda: deque(maxlen=50_000))

    def take_over(
        self, pool: str, services: Mapping[str, Service], *, slots_per_pod: float | None
    ) -> None:
        """Begin with what an earlier operator has learned of a pool."""
        self._services.take_over(pool, services)
        if slots_per_pod is not None:
            self._usual_slots[pool] = slots_per_pod

    def take(self, report: Report, *, now: float) -> bool:
        """Note a report that came at `now`; returns whether demand or capacity changed."""
        match report:
            case NodeReport():
                return self._take_node(report, now)
            case TranscoderReport():
                return self._take_transcoder(report, now)

    def retain(self, pods: Iterable[str], *, pools: Collection[str], now: float) -> None:
        """Drop silent sources whose pod is gone: they died without a goodbye.

        Of pools that are not there, nothing is kept where many are told of.
        """
        self._services.retain(pools)
        if len(self._usual_slots) > MOST_POOLS:
            self._usual_slots = {
                pool: slots for pool, slots in self._usual_slots.items() if pool in pools
            }
        present = set(pods)
        for sources in (self._nodes, self._transcoders):
            silent = [name for name, (_, at) in sources.items() if now - at > _STALE_SECONDS]
            for name in silent:
                if name not in present:
                    del sources[name]

    def view(self, *, now: float) -> LoadView:
        """Sum up."""
        nodes = [report for report, _ in self._nodes.values()]
        sources = tuple(
            Source(name, max(0.0, now - at)) for name, (_, at) in sorted(self._nodes.items())
        )
        answered, late = self._answered(nodes, now=now)
        busy, predicted = self._services.busy_and_predicted(now=now)
        workers = [report for report, _ in self._transcoders.values() if not report.draining]
        self._usual_slots.update(_slots_per_pod(workers))  # kept while no pod is there to tell
        return LoadView(
            age_seconds=max((source.age_seconds for source in sources), default=None),
            sources=sources,
            demand=_demand(nodes),
            sessions=sum(node.sessions for node in nodes),
            max_sessions=sum(node.max_sessions for node in nodes if not node.draining),
            backlog_seconds=sum(w.seconds for node in nodes for w in node.waiting.values()),
            oldest_wait_seconds=max((node.oldest_wait_seconds for node in nodes), default=0.0),
            refused=sum(count for at, count in self._refusals if now - at <= _REFUSED_SECONDS),
            busy=_per_pool((worker.pool, worker.busy) for worker in workers),
            slots=_per_pool((worker.pool, worker.slots) for worker in workers),
            service=self._services.services(),
            canary=_canaries(workers),
            slots_per_pod=dict(self._usual_slots),
            segments=self._received(nodes, now=now),
            answered=answered,
            late=late,
            busy_slot_seconds=busy,
            predicted_slot_seconds=predicted,
            devices=tuple(_devices(workers)),
            pods={
                name: PodLoad(worker.busy, worker.slots)
                for name, (worker, _) in self._transcoders.items()
            },
        )

    def _take_node(self, report: NodeReport, now: float) -> bool:
        known = self._nodes.get(report.id)
        if report.gone:
            return self._nodes.pop(report.id, None) is not None
        if known is None and len(self._nodes) >= _MOST_SOURCES:
            return False
        self._nodes[report.id] = (report, now)
        refused = _refused(report) - (_refused(known[0]) if known else _refused(report))
        if refused:
            self._refusals.append((now, max(refused, 0)))
        is_gapless = known is not None and now - known[1] <= _LONGEST_GAP_SECONDS
        if known and is_gapless and (answers := _answered(known[0], report)) != (0, 0):
            self._answers.append((now, *answers))
        received = _received(known[0], report) if known and is_gapless else 0
        if received:
            self._segments.append((now, received))
        return refused > 0 or known is None or _shape(known[0]) != _shape(report)

    def _take_transcoder(self, report: TranscoderReport, now: float) -> bool:
        known = self._transcoders.get(report.id)
        if report.gone:
            return self._transcoders.pop(report.id, None) is not None
        if known is None and len(self._transcoders) >= _MOST_SOURCES:
            return False
        before = _counted(known[0]) if known else Counted()
        self._services.take(report.pool, _counted(report), before, now=now)
        self._transcoders[report.id] = (report, now)
        return known is None or _capacity(known[0]) != _capacity(report)

    def _answered(
        self, nodes: Iterable[NodeReport], *, now: float
    ) -> tuple[int | None, int | None]:
        while self._answers and now - self._answers[0][0] > _ANSWERED_SECONDS:
            self._answers.popleft()
        if all(node.totals.answered is None for node in nodes):
            return None, None
        return sum(one[1] for one in self._answers), sum(one[2] for one in self._answers)

    def _received(self, nodes: Iterable[NodeReport], *, now: float) -> int | None:
        while self._segments and now - self._segments[0][0] > _SEGMENTS_SECONDS:
            self._segments.popleft()
        if all(node.totals.received is None for node in nodes):
            return None
        return sum(count for _, count in self._segments)


def _demand(nodes: Iterable[NodeReport]) -> tuple[ClassDemand, ...]:
    streams: dict[str, int] = {}
    pushed: dict[str, float] = {}
    waiting: dict[str, float] = {}
    summed: set[str] = set()
    for node in nodes:
        for given, stream in node.streams.items():
            name = _placed(given, summed)
            streams[name] = streams.get(name, 0) + stream.open
            pushed[name] = pushed.get(name, 0.0) + stream.open * stream.segment_seconds
        for given, wait in node.waiting.items():
            name = _placed(given, summed)
            waiting[name] = waiting.get(name, 0.0) + wait.slot_seconds
    return tuple(
        ClassDemand(
            load_class=name,
            streams=streams.get(name, 0),
            segment_seconds=pushed[name] / streams[name] if streams.get(name) else 2.0,
            waiting_slot_seconds=waiting.get(name, 0.0),
        )
        for name in sorted(streams.keys() | waiting.keys())
    )


def _placed(load_class: str, summed: set[str]) -> str:
    """Under which name a class is summed up; notes the name."""
    if load_class not in summed and len(summed) >= _MOST_SUMMED:
        return _OTHERS
    summed.add(load_class)
    return load_class


def _per_pool(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for pool, count in pairs:
        sums[pool] = sums.get(pool, 0) + count
    return sums


def _devices(workers: Iterable[TranscoderReport]) -> Iterator[DeviceState]:
    for worker in workers:
        for device in worker.devices:
            reason = " ".join(device.failed.split())[:_LONGEST_REASON]
            yield DeviceState(worker.id, device.name, pool=worker.pool, failed=reason)


def _capacity(report: TranscoderReport) -> tuple[object, ...]:
    return report.slots, report.draining, [bool(device.failed) for device in report.devices]


def _canaries(workers: Iterable[TranscoderReport]) -> dict[str, dict[str, Canary]]:
    """Of several pods the slowest test counts."""
    found: dict[str, dict[str, Canary]] = {}
    for worker in workers:
        known = found.setdefault(worker.pool, {})
        for name, one in worker.canary.items():
            if name not in known and len(known) > MOST_CLASSES:
                continue
            fresh = Canary(one.slot_seconds, one.segment_seconds)
            known[name] = max(known.get(name, fresh), fresh, key=_share_of_time)
    return found


def _share_of_time(canary: Canary) -> float:
    return canary.slot_seconds / canary.segment_seconds


def _slots_per_pod(workers: Sequence[TranscoderReport]) -> dict[str, float]:
    slots = _per_pool((worker.pool, worker.slots) for worker in workers)
    pods = _per_pool((worker.pool, 1) for worker in workers)
    return {pool: slots[pool] / pods[pool] for pool in pods if slots[pool]}


def _counted(report: TranscoderReport) -> Counted:
    return Counted(
        service={
            name: (one.segments, one.slot_seconds, one.p95_seconds)
            for name, one in report.service.items()
        },
        busy_slot_seconds=report.totals.busy_slot_seconds,
    )


def _answered(known: NodeReport, report: NodeReport) -> tuple[int, int]:
    """Answered or lost since the report before, and late or lost; a new process begins at none."""
    before, after = known.totals, report.totals
    answered = (after.answered or 0) - (before.answered or 0)
    late, lost = after.late - before.late, after.lost - before.lost
    return (answered + lost, late + lost) if min(answered, late, lost) >= 0 else (0, 0)


def _received(known: NodeReport, report: NodeReport) -> int:
    """Received since the report before; a counter that went back tells nothing."""
    return max(0, (report.totals.received or 0) - (known.totals.received or 0))


def _refused(report: NodeReport) -> int:
    return sum(report.totals.refused.get(reason, 0) for reason in _CAPACITY_REFUSALS)


def _shape(report: NodeReport) -> tuple[object, ...]:
    opened = {name: stream.open for name, stream in report.streams.items()}
    return report.draining, report.sessions, opened
