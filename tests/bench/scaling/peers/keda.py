"""KEDA 2.x: its own loop between 0 and 1, the HPA it makes from there on.

Rules from kedacore/keda:pkg/scaling/executor/scale_scaledobjects.go and
apis/keda/v1alpha1/withtriggers_types.go, prose in kedacore/keda-docs:content/docs/2.21/reference/
scaledobject-spec.md. The metric is read from the source at once and exactly, which favours it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.scaling.peers.hpa import SYNC_SECONDS, Behavior, Rules, average_value_replicas
from tests.bench.scaling.stage import PoolView, View

__all__ = ["ScaledObject", "keda_default", "keda_queue", "keda_tuned", "keda_two_pools"]

_POLL_SECONDS = 30.0
_COOLDOWN_SECONDS = 300.0


class ScaledObject:
    """One pool under KEDA: `trigger` is read as AverageValue with `target` per pod."""

    def __init__(
        self,
        pool: str,
        target: float,
        *,
        counts_work: bool = True,
        rules: Rules | None = None,
        holds_when_blind: bool = False,
    ) -> None:
        self.pool, self._target = pool, target
        self._counts_work, self._holds = counts_work, holds_when_blind
        self._rules = rules or Rules()
        self._behavior: Behavior | None = None
        self._active_at: float | None = None
        self._polled_at = -_POLL_SECONDS

    def replicas(self, view: View) -> int | None:
        """Return the pool's number now; None leaves it."""
        value = self._value(view)
        if value is None:
            return None
        pool = view.pool(self.pool)
        if value > 0:
            self._active_at = view.now
        if pool.wanted == 0:
            return self._from_zero(value, view.now)
        if value == 0 and pool.kind.minimum == 0 and self._is_cold(view.now):
            return 0
        return self._by_hpa(value, pool, view.now)

    def _value(self, view: View) -> float | None:
        """The metric; a missing one reads as zero unless the user says otherwise."""
        if view.is_blind:
            return None if self._holds else 0.0
        busy = sum(pool.busy for pool in view.pools) if self._counts_work else 0
        return float(view.load.waiting + busy)

    def _from_zero(self, value: float, now: float) -> int | None:
        """KEDA's own poll starts the first pod; the HPA goes on from there."""
        if now - self._polled_at < _POLL_SECONDS:
            return None
        self._polled_at = now
        return 1 if value > 0 else None

    def _is_cold(self, now: float) -> bool:
        return self._active_at is None or now - self._active_at > _COOLDOWN_SECONDS

    def _by_hpa(self, value: float, pool: PoolView, now: float) -> int:
        behavior = self._behavior = self._behavior or Behavior(
            self._rules, minimum=max(1, pool.kind.minimum), maximum=pool.kind.maximum
        )
        recommended = average_value_replicas(value, self._target, pool.wanted)
        return behavior.replicas(recommended, pool.wanted, now=now)


@dataclass(slots=True)
class _Keda:
    name: str
    objects: tuple[ScaledObject, ...]
    interval_seconds: float = SYNC_SECONDS

    def decide(self, view: View) -> Mapping[str, int]:
        answers = {one.pool: one.replicas(view) for one in self.objects}
        return {pool: pods for pool, pods in answers.items() if pods is not None}


def keda_default(slots: int) -> _Keda:
    """Waiting and working segments, one pod per `slots` of them, every default."""
    return _Keda("KEDA default", (ScaledObject("base", slots),))


def keda_tuned(slots: int) -> _Keda:
    """As a careful user sets it: 70 % full, no limit on steps, the last value when blind."""
    rules = Rules(out_percent=None)
    tuned = ScaledObject("base", 0.7 * slots, rules=rules, holds_when_blind=True)
    return _Keda("KEDA tuned", (tuned,))


def keda_queue(_: int) -> _Keda:
    """The queue's length alone, five waiting segments per pod."""
    return _Keda("KEDA queue 5", (ScaledObject("base", 5, counts_work=False),))


def keda_two_pools(slots: int) -> _Keda:
    """Two objects that know nothing of each other: the base, and an overflow on the queue."""
    base = ScaledObject("base", slots)
    overflow = ScaledObject("overflow", slots, counts_work=False)
    return _Keda("KEDA two pools", (base, overflow))
