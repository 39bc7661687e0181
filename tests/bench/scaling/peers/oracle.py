"""A policy that knows the future of the load, though not of the pools: the bill's lower mark."""

import bisect
import math
from collections.abc import Mapping

from tests.bench.scaling.stage import View
from tests.bench.scaling.trace import Trace

__all__ = ["Oracle"]

_SPARE_SLOTS = 5


class Oracle:
    """Has the slots for the largest load of the next start and 25 s, and five to spare."""

    name = "clairvoyant"
    interval_seconds = 2.0

    def __init__(self, trace: Trace) -> None:
        self._times, self._loads = _future(trace)

    def decide(self, view: View) -> Mapping[str, int]:
        """Look ahead as far as a pod needs to start."""
        kind = view.pools[0].kind
        horizon = view.now + kind.start_seconds + 25
        first = max(0, bisect.bisect_right(self._times, view.now) - 1)
        last = bisect.bisect_right(self._times, horizon)
        slots = max(self._loads[first:last], default=0.0) + _SPARE_SLOTS
        return {kind.name: math.ceil(slots / kind.slots / kind.speed)}


def _future(trace: Trace) -> tuple[list[float], list[float]]:
    """Offered erlangs as a step function of time."""
    erlangs = {one.name: one.slot_seconds / one.segment_seconds for one in trace.classes}
    changes: dict[float, float] = {0.0: 0.0}
    for stream in trace.streams:
        load = erlangs[stream.load_class]
        changes[stream.open] = changes.get(stream.open, 0.0) + load
        changes[stream.close] = changes.get(stream.close, 0.0) - load
    times = sorted(changes)
    loads, total = [], 0.0
    for at in times:
        total += changes[at]
        loads.append(total)
    return times, loads
