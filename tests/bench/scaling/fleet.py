"""Pods and the nodes under them: starts, drains, losses, bills."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.bench.scaling.stage import PoolKind, PoolView

__all__ = ["Bill", "Fleet", "Pod"]

_SOONEST_START_SECONDS = 5.0


@dataclass(slots=True, eq=False)
class Pod:
    """One pod; `node_since` is when its node began to cost."""

    kind: PoolKind
    created_at: float
    node_since: float
    is_ready: bool = False
    ready_at: float = math.inf
    is_leaving: bool = False
    is_gone: bool = False
    work: set[Any] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Bill:
    """A node that was paid for."""

    kind: PoolKind
    since: float
    until: float


class _Pool:
    """One pool's pods, slots and left nodes."""

    def __init__(self, kind: PoolKind) -> None:
        self.kind = kind
        self.pods: list[Pod] = []
        self.free: deque[Pod] = deque()
        self.left: deque[tuple[float, float]] = deque()  # nodes: left at, paid since
        self.busy = 0
        self.busy_area = 0.0
        self.busy_at = 0.0
        self.slow: tuple[float, float] = (0.0, 1.0)

    @property
    def ready(self) -> list[Pod]:
        return [pod for pod in self.pods if pod.is_ready]

    def count_busy(self, change: int, now: float) -> None:
        self.busy_area += self.busy * (now - self.busy_at)
        self.busy_at = now
        self.busy += change


class Fleet:
    """All pools of one run; `schedule(at, act, argument)` brings starts about."""

    def __init__(
        self,
        kinds: Sequence[PoolKind],
        draw: Random,
        schedule: Callable[[float, Callable[..., None], object], None],
    ) -> None:
        self._pools = {kind.name: _Pool(kind) for kind in kinds}
        self._draw, self._schedule = draw, schedule
        self._bills: list[Bill] = []
        self.exposed = 0
        self.on_capacity: Callable[[], None] = lambda: None

    def begin(self, slots: float) -> None:
        """Have ready pods in the first pool, and the least ones elsewhere."""
        for place, pool in enumerate(self._pools.values()):
            pods = math.ceil(slots / pool.kind.slots / pool.kind.speed) if place == 0 else 0
            for _ in range(min(max(pods, pool.kind.minimum), pool.kind.maximum)):
                pod = Pod(pool.kind, 0.0, 0.0)
                pool.pods.append(pod)
                self._become_ready(pod, 0.0)

    def capacity(self) -> float:
        """Ready slots in units of a reference slot."""
        return sum(
            len(pool.ready) * pool.kind.slots * pool.kind.speed for pool in self._pools.values()
        )

    def views(self, now: float) -> tuple[PoolView, ...]:
        """Return every pool as the API server shows it; draining pods are in no number."""
        return tuple(self._view(pool, now) for pool in self._pools.values())

    def take_slot(self, now: float) -> Pod | None:
        """Take a free slot, of the pools in their order."""
        for pool in self._pools.values():
            while pool.free:
                pod = pool.free.popleft()
                if not pod.is_leaving and not pod.is_gone:
                    pool.count_busy(+1, now)
                    return pod
        return None

    def give_slot(self, pod: Pod, now: float) -> None:
        """Take back the slot of finished work; a pod that drained is gone with its last."""
        pool = self._pools[pod.kind.name]
        pool.count_busy(-1, now)
        if not pod.is_leaving:
            pool.free.append(pod)
        elif not pod.work:
            self._leave_node(pool, pod, now)

    def resize(self, name: str, wanted: int, now: float) -> tuple[int, int]:
        """Create or remove pods; returns the number before and after, within the bounds."""
        pool = self._pools[name]
        wanted = min(max(wanted, pool.kind.minimum), pool.kind.maximum)
        before = len(pool.pods)
        for _ in range(wanted - before):
            self._create(pool, now)
        for pod in self._victims(pool)[: max(0, before - wanted)]:
            self._remove(pool, pod, now)
        return before, wanted

    def lose(self, name: str, share: float, now: float) -> Iterator[Any]:
        """Take a share of a pool's ready pods away with their nodes; yields their work."""
        pool = self._pools[name]
        ready = pool.ready
        lost = self._draw.sample(ready, round(share * len(ready)))
        for pod in lost:
            pool.pods.remove(pod)
            pod.is_gone = True
            pool.count_busy(-len(pod.work), now)
            self._bills.append(Bill(pool.kind, pod.node_since, now))
            yield from pod.work
            pod.work.clear()

    def slow_starts(self, name: str, factor: float, until: float) -> None:
        """Make a pool's starts take `factor` times as long for a while."""
        self._pools[name].slow = (until, factor)

    def bills(self, end: float) -> list[Bill]:
        """Close the books."""
        open_pods = [
            Bill(pool.kind, pod.node_since, end)
            for pool in self._pools.values()
            for pod in pool.pods
        ]
        left = [
            Bill(pool.kind, since, min(end, at + pool.kind.linger_seconds))
            for pool in self._pools.values()
            for at, since in pool.left
        ]
        return [*self._bills, *open_pods, *left]

    def _view(self, pool: _Pool, now: float) -> PoolView:
        pool.count_busy(0, now)
        starting = tuple(now - pod.created_at for pod in pool.pods if not pod.is_ready)
        return PoolView(
            kind=pool.kind,
            wanted=len(pool.pods),
            ready=len(pool.pods) - len(starting),
            starting=starting,
            busy=pool.busy,
            busy_area=pool.busy_area,
        )

    def _create(self, pool: _Pool, now: float) -> None:
        since, seconds = now, self._start_seconds(pool, now)
        self._forget_cold(pool, now)
        if pool.left:
            _, since = pool.left.pop()
            seconds = pool.kind.warm_start_seconds
        pod = Pod(pool.kind, now, since)
        pool.pods.append(pod)
        self._schedule(now + seconds, lambda pod: self._become_ready(pod, now + seconds), pod)

    def _start_seconds(self, pool: _Pool, now: float) -> float:
        kind = pool.kind
        until, factor = pool.slow
        seconds = self._draw.gauss(kind.start_seconds, kind.start_sigma_seconds)
        return max(_SOONEST_START_SECONDS, seconds) * (factor if now < until else 1.0)

    def _forget_cold(self, pool: _Pool, now: float) -> None:
        while pool.left and pool.left[0][0] + pool.kind.linger_seconds <= now:
            at, since = pool.left.popleft()
            self._bills.append(Bill(pool.kind, since, at + pool.kind.linger_seconds))

    def _become_ready(self, pod: Pod, now: float) -> None:
        if pod.is_gone or pod.is_leaving:
            return
        pod.is_ready, pod.ready_at = True, now
        self._pools[pod.kind.name].free.extend([pod] * pod.kind.slots)
        self.on_capacity()

    def _victims(self, pool: _Pool) -> list[Pod]:
        """Order pods as a ReplicaSet does: not ready first, then the youngest."""
        return sorted(pool.pods, key=lambda pod: (pod.is_ready, -pod.created_at))

    def _remove(self, pool: _Pool, pod: Pod, now: float) -> None:
        pool.pods.remove(pod)
        if not pod.is_ready:
            pod.is_gone = True
            self._bills.append(Bill(pool.kind, pod.node_since, now))
            return
        pod.is_leaving = True
        self.exposed += len(pod.work)
        if not pod.work:
            self._leave_node(pool, pod, now)

    def _leave_node(self, pool: _Pool, pod: Pod, now: float) -> None:
        pod.is_gone = True
        self._forget_cold(pool, now)
        pool.left.append((now, pod.node_since))
