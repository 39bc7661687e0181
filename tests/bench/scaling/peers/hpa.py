"""The Horizontal Pod Autoscaler's arithmetic (autoscaling/v2).

Rules from kubernetes/kubernetes:pkg/controller/podautoscaler/replica_calculator.go and
horizontal.go, defaults from pkg/apis/autoscaling/v2/defaults.go and the controller's
config/v1alpha1/defaults.go, prose in kubernetes/website:content/en/docs/tasks/run-application/
horizontal-pod-autoscale.md.
"""

import math
from collections import deque
from dataclasses import dataclass

__all__ = [
    "SYNC_SECONDS",
    "Behavior",
    "Rules",
    "average_value_replicas",
    "utilisation_replicas",
]

SYNC_SECONDS = 15.0
_TOLERANCE = 0.1


def average_value_replicas(value: float, target: float, replicas: int) -> int:
    """Replicas for an external metric of type AverageValue: `value / target`, rounded up.

    `replicas` is `status.replicas`, ready or not; within 10 % of the target nothing changes.
    """
    if abs(1 - value / (target * replicas)) <= _TOLERANCE:
        return replicas
    return math.ceil(value / target)


def utilisation_replicas(
    utilisation: float, target: float, *, ready: int, unready: int, replicas: int
) -> int:
    """Replicas for a utilisation (0..1) of the ready pods.

    Pods that are not ready yet count as idle when scaling out, and an answer that turns the
    direction is dropped.
    """
    if ready == 0:
        return replicas  # no metrics of any ready pod: no decision
    ratio = utilisation / target
    if not (unready and ratio > 1):
        return replicas if abs(1 - ratio) <= _TOLERANCE else math.ceil(ratio * ready)
    counted = ready + unready
    damped = ratio * ready / counted
    if abs(1 - damped) <= _TOLERANCE or damped < 1:
        return replicas
    return max(replicas, math.ceil(damped * counted))


@dataclass(frozen=True, slots=True)
class Rules:
    """`spec.behavior`; the values are the defaults.

    Scale-out takes the larger of `out_percent` and `out_pods` per `period_seconds`; None for no
    limit. Scale-in follows the highest recommendation of its window, without a limit of steps.
    """

    out_percent: float | None = 100.0
    out_pods: int = 4
    period_seconds: float = 15.0
    in_window_seconds: float = 300.0


class Behavior:
    """What `spec.behavior` makes of recommendations over time."""

    def __init__(self, rules: Rules, *, minimum: int, maximum: int) -> None:
        self._rules, self._minimum, self._maximum = rules, minimum, maximum
        self._recommended: deque[tuple[float, int]] = deque()
        self._added: deque[tuple[float, int]] = deque()
        self._removed: deque[tuple[float, int]] = deque()

    def replicas(self, recommended: int, current: int, *, now: float) -> int:
        """Return what is set: stabilised, limited per period, within the bounds."""
        if not self._recommended:
            self._recommended.append((now, current))
        self._recommended.append((now, recommended))
        _forget(self._recommended, now - self._rules.in_window_seconds)
        wanted = recommended
        if wanted < current:
            wanted = min(current, max(number for _, number in self._recommended))
        wanted = min(wanted, self._out_limit(current, now), self._maximum)
        wanted = max(wanted, self._minimum)
        if wanted > current:
            self._added.append((now, wanted - current))
        elif wanted < current:
            self._removed.append((now, current - wanted))
        return wanted

    def _out_limit(self, current: int, now: float) -> int:
        rules = self._rules
        if rules.out_percent is None:
            return self._maximum
        began = now - rules.period_seconds
        _forget(self._added, began)
        _forget(self._removed, began)
        at_start = current - sum(n for _, n in self._added) + sum(n for _, n in self._removed)
        by_percent = math.ceil(at_start * (1 + rules.out_percent / 100))
        return max(by_percent, at_start + rules.out_pods)


def _forget(events: deque[tuple[float, int]], until: float) -> None:
    while events and events[0][0] <= until:
        events.popleft()
