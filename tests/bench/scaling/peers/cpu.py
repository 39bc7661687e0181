"""The HPA on CPU: slot utilisation stands in for the CPU's, which saturates alike."""

from collections.abc import Mapping

from tests.bench.scaling.peers.hpa import SYNC_SECONDS, Behavior, Rules, utilisation_replicas
from tests.bench.scaling.stage import View

__all__ = ["HpaCpu"]

_TARGET = 0.8


class HpaCpu:
    """Utilisation over the last 15 s of the pods that are ready, at 80 %."""

    name = "HPA CPU 80 %"
    interval_seconds = SYNC_SECONDS

    def __init__(self) -> None:
        self._behavior: Behavior | None = None
        self._before: tuple[float, float] | None = None

    def decide(self, view: View) -> Mapping[str, int]:
        """Without metrics the number stays."""
        pool = view.pools[0]
        before, self._before = self._before, (view.now, pool.busy_area)
        if view.is_blind or before is None or pool.ready == 0:
            return {}
        since, area = before
        slots = pool.ready * pool.kind.slots
        utilisation = min(1.0, (pool.busy_area - area) / (view.now - since) / slots)
        behavior = self._behavior = self._behavior or Behavior(
            Rules(), minimum=max(1, pool.kind.minimum), maximum=pool.kind.maximum
        )
        recommended = utilisation_replicas(
            utilisation,
            _TARGET,
            ready=pool.ready,
            unready=len(pool.starting),
            replicas=pool.wanted,
        )
        return {pool.kind.name: behavior.replicas(recommended, pool.wanted, now=view.now)}
