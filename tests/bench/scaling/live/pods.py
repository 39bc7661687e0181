"""The pods that a cluster has for one policy, as the world's queue works with them.

What starts and what goes is the cluster's doing; a pod that is told to go finishes its work here.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.bench.scaling.fleet import Bill, Pod
from tests.bench.scaling.stage import PoolKind, PoolView
from tests.bench.scaling.world import Segment

__all__ = ["LivePods", "Sight", "Worker"]

_KEPT = 100


@dataclass(frozen=True, slots=True)
class Sight:
    """A pod as the API server shows it."""

    name: str
    pool: str
    is_ready: bool
    is_leaving: bool


@dataclass(slots=True)
class Tally:
    """Finished segments of one class: how many, their slot seconds, and the last of these."""

    segments: int = 0
    slot_seconds: float = 0.0
    last: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def add(self, seconds: float) -> None:
        self.segments += 1
        self.slot_seconds += seconds
        self.last.append(seconds)


@dataclass(slots=True)
class Worker:
    """A pod with what its transcoder would report, counted from its start."""

    name: str
    pod: Pod
    busy_slot_seconds: float = 0.0
    done: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    @property
    def busy(self) -> int:
        return len(self.pod.work)


class LivePods:
    """`tests.bench.scaling.world.Pods` over sights; `take_away` deletes pods from the cluster."""

    def __init__(
        self,
        kinds: Sequence[PoolKind],
        draw: Random,
        take_away: Callable[[Iterable[str]], None],
    ) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._draw, self._take_away = draw, take_away
        self._workers: dict[str, Worker] = {}
        self._gone: set[str] = set()
        self._free: dict[str, deque[Pod]] = {name: deque() for name in self._kinds}
        self._names: dict[int, str] = {}
        self._bills: list[Bill] = []
        self.exposed = 0
        self.on_capacity: Callable[[], None] = lambda: None

    def see(self, sights: Sequence[Sight], now: float) -> None:
        """Take in the whole list of pods as it is now."""
        listed = {sight.name: sight for sight in sights if sight.name not in self._gone}
        for name, sight in listed.items():
            worker = self._workers.get(name) or self._appear(name, self._kinds[sight.pool], now)
            if sight.is_leaving:
                self._leave(worker, now)
            elif sight.is_ready and not worker.pod.is_ready:
                self._serve(worker.pod, now)
        for name in [name for name in self._workers if name not in listed]:
            self._leave(self._workers[name], now)

    def serving(self) -> list[Worker]:
        """Return the pods whose transcoders would report now."""
        return [worker for worker in self._workers.values() if worker.pod.is_ready]

    def done(self, segment: Segment, pod: Pod, seconds: float) -> None:
        """Note a finished segment with the pod that did it; `World.on_done`."""
        worker = self._workers.get(self._names[id(pod)])
        if worker is not None:
            worker.done[segment.load_class.name].add(seconds)
            worker.busy_slot_seconds += seconds

    def begin(self, slots: float) -> None:
        """Begin with what the cluster has."""

    def capacity(self) -> float:
        return sum(
            worker.pod.kind.slots * worker.pod.kind.speed
            for worker in self._workers.values()
            if worker.pod.is_ready
        )

    def views(self, now: float) -> tuple[PoolView, ...]:
        raise NotImplementedError("policies look at the cluster")

    def resize(self, name: str, wanted: int, now: float) -> tuple[int, int]:
        raise NotImplementedError("policies scale the cluster")

    def slow_starts(self, name: str, factor: float, until: float) -> None:
        raise NotImplementedError("a replay checks its trace for slowStarts before it begins")

    def take_slot(self, now: float) -> Pod | None:
        for free in self._free.values():
            while free:
                pod = free.popleft()
                if not pod.is_leaving and not pod.is_gone:
                    return pod
        return None

    def give_slot(self, pod: Pod, now: float) -> None:
        if not pod.is_leaving:
            self._free[pod.kind.name].append(pod)
        elif not pod.work:
            self._bill(pod, now)

    def lose(self, name: str, share: float, now: float) -> Iterator[Any]:
        """Take a share of a pool's ready pods away, here and in the cluster; yields their work."""
        ready = [one for one in self.serving() if one.pod.kind.name == name]
        lost = self._draw.sample(ready, round(share * len(ready)))
        self._take_away([worker.name for worker in lost])
        for worker in lost:
            self._forget(worker)
            worker.pod.is_gone = True
            self._bills.append(Bill(worker.pod.kind, worker.pod.node_since, now))
            yield from worker.pod.work
            worker.pod.work.clear()

    def bills(self, end: float) -> list[Bill]:
        """Close the books; a node is paid for until `linger_seconds` after its pod."""
        still = [
            Bill(worker.pod.kind, worker.pod.node_since, end) for worker in self._workers.values()
        ]
        paid = [Bill(bill.kind, bill.since, min(bill.until, end)) for bill in self._bills]
        return [*paid, *still]

    def _appear(self, name: str, kind: PoolKind, now: float) -> Worker:
        worker = self._workers[name] = Worker(name, Pod(kind, now, now))
        self._names[id(worker.pod)] = name
        return worker

    def _serve(self, pod: Pod, now: float) -> None:
        pod.is_ready, pod.ready_at = True, now
        self._free[pod.kind.name].extend([pod] * pod.kind.slots)
        self.on_capacity()

    def _leave(self, worker: Worker, now: float) -> None:
        self._forget(worker)
        pod = worker.pod
        if not pod.is_ready:
            pod.is_gone = True
            self._bills.append(Bill(pod.kind, pod.node_since, now))
            return
        pod.is_leaving = True
        self.exposed += len(pod.work)
        if not pod.work:
            self._bill(pod, now)

    def _bill(self, pod: Pod, now: float) -> None:
        pod.is_gone = True
        self._bills.append(Bill(pod.kind, pod.node_since, now + pod.kind.linger_seconds))

    def _forget(self, worker: Worker) -> None:
        del self._workers[worker.name]
        self._gone.add(worker.name)
