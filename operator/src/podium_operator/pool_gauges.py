"""Gauges of pools beside the scaling decision: what the spec says, and pods on their way out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.sightings import Sighted

__all__ = ["PoolGauges"]

_LABELS = ("namespace", "name", "pool")
# A deletion date is when the pod's grace ends; the kubelet's own work comes after that.
_OVERDUE_SECONDS = 30.0


class PoolGauges:
    """podium_pool_… gauges; a pool without a price, or with a fixed size, lacks some of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"podium_pool_{name}", text, _LABELS, registry=registry)

        self._draining = gauge("draining_pods", "Pods that finish their segments and leave.")
        self._overdue = gauge("overdue_pods", "Draining pods whose grace ended 30 s ago or more.")
        self._least = gauge("min_pods", "scale.min.")
        self._most = gauge("max_pods", "scale.max.")
        self._goal = gauge("target_backlog_seconds", "scale.targetBacklogSeconds.")
        self._price = gauge("pod_usd_per_hour", "scale.costUsdPerHour, where there is one.")

    @property
    def all(self) -> tuple[Gauge, ...]:
        """Every gauge, to forget series of."""
        return (self._draining, self._overdue, self._least, self._most, self._goal, self._price)

    def show(self, orchestrator: Orchestrator, sighted: Sighted, *, now: datetime) -> None:
        """Set every gauge of every pool."""
        for pool in orchestrator.spec.pools:
            key = (orchestrator.namespace, orchestrator.name, pool.name)
            scale, leaving = pool.scale, list(_seconds_past_grace(sighted, pool.name, now))
            self._draining.labels(*key).set(len(leaving))
            self._overdue.labels(*key).set(sum(past > _OVERDUE_SECONDS for past in leaving))
            self._least.labels(*key).set(scale.min)
            self._most.labels(*key).set(scale.ceiling)
            self._goal.labels(*key).set(scale.target_backlog_seconds)
            if scale.cost_usd_per_hour is None:
                self._price.remove_by_labels(dict(zip(_LABELS, key, strict=True)))
            else:
                self._price.labels(*key).set(float(scale.cost_usd_per_hour))


def _seconds_past_grace(sighted: Sighted, pool: str, now: datetime) -> Iterator[float]:
    """Yield, for each leaving pod of a pool, how long its grace has been over."""
    for pod in sighted.pods.values():
        meta: dict[str, Any] = pod["metadata"]
        is_of_pool = (meta.get("labels") or {}).get(names.POOL_LABEL) == pool
        if is_of_pool and "deletionTimestamp" in meta:
            yield (now - datetime.fromisoformat(meta["deletionTimestamp"])).total_seconds()
