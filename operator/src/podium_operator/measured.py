"""What transcoders' counters tell: slot time per class and pool, and how busy slots really are.

Counters are differenced report by report; a process that began again begins again. Nothing here
reads a clock, and what is learned can be taken over from an earlier operator.
"""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from podium_operator.scaling import Service

__all__ = ["MOST_CLASSES", "MOST_POOLS", "Counted", "ServiceBook"]

MOST_CLASSES = 64
MOST_POOLS = 64
"""More than any Orchestrator has; reports may name any number."""

_MEMORY = 0.98  # of the measured service time, per newly measured segment
_BUSY_SECONDS = 40.0
_TAKEN_OVER_SEGMENTS = 10.0  # what an earlier operator measured counts as so many


@dataclass(frozen=True, slots=True)
class Counted:
    """One transcoder's counters at a moment: segments, slot seconds and p95 by class.

    busy_slot_seconds: None from a transcoder that does not count them.
    """

    service: Mapping[str, tuple[int, float, float]] = field(default_factory=dict)
    busy_slot_seconds: float | None = None


@dataclass(slots=True)
class _Measured:
    """Slot seconds and segments, old ones fading, and the latest p95."""

    segments: float = 0.0
    slot_seconds: float = 0.0
    p95_seconds: float = 0.0

    @property
    def mean_seconds(self) -> float:
        return self.slot_seconds / self.segments

    def add(self, segments: int, slot_seconds: float, p95_seconds: float) -> None:
        kept = _MEMORY**segments
        self.segments = self.segments * kept + segments
        self.slot_seconds = self.slot_seconds * kept + slot_seconds
        self.p95_seconds = p95_seconds


@dataclass(slots=True)
class ServiceBook:
    """Service times by pool and class, and of the last 40 s busy and predicted slot time."""

    _measured: dict[tuple[str, str], _Measured] = field(default_factory=dict)
    _busy: deque[tuple[float, float, float]] = field(default_factory=lambda: deque(maxlen=50_000))

    def take(self, pool: str, fresh: Counted, known: Counted, *, now: float) -> None:
        """Learn from one transcoder's report and the one before; an empty one where it is new."""
        predicted = 0.0
        for load_class, (segments, slot_seconds, p95) in fresh.service.items():
            before = known.service.get(load_class, (0, 0.0, 0.0))
            if segments < before[0]:
                before = (0, 0.0, 0.0)  # the process began again, and its counters with it
            done, seconds = segments - before[0], max(0.0, slot_seconds - before[1])
            predicted += self._add(pool, load_class, done, seconds=seconds, p95=p95)
        if fresh.busy_slot_seconds is None or known.busy_slot_seconds is None:
            return
        busy = fresh.busy_slot_seconds - known.busy_slot_seconds
        if busy >= 0:
            self._busy.append((now, busy, predicted))

    def busy_and_predicted(self, *, now: float) -> tuple[float, float]:
        """Slot seconds of the last 40 s: as slots were taken, and as services predict them."""
        while self._busy and now - self._busy[0][0] > _BUSY_SECONDS:
            self._busy.popleft()
        return sum(one[1] for one in self._busy), sum(one[2] for one in self._busy)

    def take_over(self, pool: str, services: Mapping[str, Service]) -> None:
        """Begin with what an earlier operator has learned; what was measured since counts more."""
        for load_class, service in services.items():
            if (pool, load_class) not in self._measured and not self._is_full(pool):
                seconds = service.mean_seconds * _TAKEN_OVER_SEGMENTS
                self._measured[(pool, load_class)] = _Measured(
                    _TAKEN_OVER_SEGMENTS, seconds, service.p95_seconds
                )

    def retain(self, pools: Collection[str]) -> None:
        """Forget all other pools where more are told of than there can be."""
        if len({pool for pool, _ in self._measured}) > MOST_POOLS:
            self._measured = {
                key: measured for key, measured in self._measured.items() if key[0] in pools
            }

    def services(self) -> dict[str, dict[str, Service]]:
        """What a segment of each class takes, by pool."""
        services: dict[str, dict[str, Service]] = {}
        for (pool, load_class), measured in self._measured.items():
            mean = measured.mean_seconds
            p95 = max(mean, measured.p95_seconds)
            services.setdefault(pool, {})[load_class] = Service(mean, p95)
        return services

    def _add(
        self, pool: str, load_class: str, segments: int, *, seconds: float, p95: float
    ) -> float:
        """Learn, and return what was predicted for these segments before."""
        key = (pool, load_class)
        if segments <= 0 or (key not in self._measured and self._is_full(pool)):
            return 0.0
        known = self._measured.get(key)
        measured = self._measured.setdefault(key, _Measured())
        predicted = segments * known.mean_seconds if known else seconds
        measured.add(segments, seconds, p95)
        return predicted

    def _is_full(self, pool: str) -> bool:
        return sum(known == pool for known, _ in self._measured) > MOST_CLASSES
