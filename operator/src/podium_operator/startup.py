"""How long a pool's pods take from creation to ready, learned from the pods themselves."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from podium_operator.api import names

__all__ = ["StartupTimes", "seconds_left", "startup_seconds"]

_KEPT = 20


class StartupTimes:
    """The last start-up times per pool; each pod counts once, and only its first start."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._times: dict[str, deque[float]] = {}

    def learn(self, pods: Iterable[Mapping[str, Any]]) -> None:
        """Take in the pods as they are now, and forget those that are gone."""
        present = set()
        for pod in pods:
            meta = pod["metadata"]
            pool, uid = (meta.get("labels") or {}).get(names.POOL_LABEL), meta.get("uid", "")
            present.add(uid)
            seconds = startup_seconds(pod)
            if pool is None or seconds is None or uid in self._known:
                continue
            self._known.add(uid)
            self._times.setdefault(pool, deque(maxlen=_KEPT)).append(seconds)
        self._known &= present

    def take_over(self, pool: str, times: Iterable[float]) -> None:
        """Begin with what an earlier operator saw."""
        self._times.setdefault(pool, deque(maxlen=_KEPT)).extendleft(reversed([*times]))

    @property
    def times(self) -> dict[str, tuple[float, ...]]:
        """Every start-up that is remembered, oldest first, by pool."""
        return {pool: tuple(times) for pool, times in self._times.items()}

    def p90_seconds(self, pool: str, *, unknown: float) -> float:
        """Return the 90th percentile, `unknown` while no pod has shown anything."""
        times = sorted(self._times.get(pool, ()))
        if not times:
            return unknown
        return times[min(len(times) - 1, int(0.9 * len(times)))]


def seconds_left(age_seconds: float, p90_seconds: float) -> float:
    """Expect a starting pod: who is overdue may take as long again as it is overdue.

    An overdue pod that counted as about to come would keep the bridge from being built, while
    pulling an image, say, takes three times as long as it did.
    """
    return abs(p90_seconds - age_seconds)


def startup_seconds(pod: Mapping[str, Any]) -> float | None:
    """Return creation to Ready of a pod that is ready and has never restarted, else None."""
    status = pod.get("status") or {}
    if any(state.get("restartCount") for state in status.get("containerStatuses") or ()):
        return None
    for condition in status.get("conditions") or ():
        if condition["type"] == "Ready" and condition["status"] == "True":
            ready = datetime.fromisoformat(condition["lastTransitionTime"])
            created = datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
            return max(0.0, (ready - created).total_seconds())
    return None
