"""The Knative Pod Autoscaler: concurrency over two windows, and panic.

Rules from knative/serving:pkg/autoscaler/scaling/autoscaler.go, the 2 s tick from
scaling/multiscaler.go, defaults from config/core/configmaps/autoscaler.yaml.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.scaling.stage import View

__all__ = ["Knative", "Kpa"]

_STABLE_SECONDS = 60.0
_PANIC_SECONDS = 6.0
_PANIC_THRESHOLD = 2.0
_TARGET_SHARE = 0.7
_MOST_OUT = 1000.0
_MOST_IN = 2.0


@dataclass(slots=True)
class Kpa:
    """The decision with its state: `target` is the concurrency wanted per pod."""

    target: float
    panic_since: float | None = None
    panic_pods: int = 0

    def decide(self, stable: float, panic: float, *, ready: int, now: float) -> int:
        """Return the wanted pods from the mean concurrency over both windows."""
        base = max(1, ready)
        least, most = math.floor(base / _MOST_IN), math.ceil(base * _MOST_OUT)
        wanted_stable = min(max(math.ceil(stable / self.target), least), most)
        raw_panic = math.ceil(panic / self.target)
        wanted_panic = min(max(raw_panic, least), most)
        self._note_panic(raw_panic / base >= _PANIC_THRESHOLD, now)
        if self.panic_since is None:
            return wanted_stable
        self.panic_pods = max(self.panic_pods, wanted_stable, wanted_panic)
        return self.panic_pods

    def _note_panic(self, is_over: bool, now: float) -> None:  # noqa: FBT001
        if is_over:
            self.panic_since = now
        elif self.panic_since is not None and self.panic_since + _STABLE_SECONDS < now:
            self.panic_since, self.panic_pods = None, 0


class Knative:
    """KPA on the base pool with a hard limit of one segment per slot."""

    name = "Knative KPA"
    interval_seconds = 2.0

    def __init__(self) -> None:
        self._areas: deque[tuple[float, float]] = deque()
        self._kpa: Kpa | None = None

    def decide(self, view: View) -> Mapping[str, int]:
        """No data, no decision: the number stays."""
        if view.is_blind:
            self._areas.clear()
            return {}
        pool = view.pools[0]
        kpa = self._kpa = self._kpa or Kpa(
            _TARGET_SHARE * pool.kind.slots, panic_since=view.now, panic_pods=pool.ready
        )
        self._areas.append((view.now, view.load.in_system_area))
        while self._areas[0][0] < view.now - _STABLE_SECONDS:
            self._areas.popleft()
        if len(self._areas) < 2:
            return {}
        stable, panic = self._mean(_STABLE_SECONDS), self._mean(_PANIC_SECONDS)
        return {pool.kind.name: kpa.decide(stable, panic, ready=pool.ready, now=view.now)}

    def _mean(self, seconds: float) -> float:
        """Return the mean number of segments in the system over a window."""
        now, area = self._areas[-1]
        since, before = next(pair for pair in self._areas if pair[0] >= now - seconds)
        if since == now:
            since, before = self._areas[-2]
        return (area - before) / (now - since)
