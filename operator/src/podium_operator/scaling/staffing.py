"""How many slots a load needs so that segments are answered in time.

Two bounds hold at once, and the smaller is taken. Erlang's: with segments arriving at random, the
share that waits longer than its slack stays below one in a thousand. And the count of streams:
each sends one segment per segment duration, so slots that could answer all of them even if all
arrived together are always enough; with few streams this is the far smaller number.
"""

__all__ = ["Offered", "erlangs", "slots_for"]

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# The share of segments that may wait too long.
_TOLERANCE: Final = 1e-3
# Fetching a source and posting renditions, inside the cluster.
_TRANSFER_SECONDS: Final = 0.1
# Rounding the load up in steps keeps the answer from trembling with every measurement.
_STEP_ERLANGS: Final = 0.25
# Above this the closed form is as good and costs nothing.
_EXACT_UP_TO_ERLANGS: Final = 2000
# Square-root staffing for that tolerance, rounded up (Halfin and Whitt give 3.12).
_ROOT_FACTOR: Final = 3.3
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Offered:
    """Streams of one class as one pool would serve them; a share of a stream counts as such."""

    streams: float
    segment_seconds: float
    mean_seconds: float
    p95_seconds: float

    @property
    def erlangs(self) -> float:
        return self.streams * self.mean_seconds / self.segment_seconds

    @property
    def slack_seconds(self) -> float:
        """How long a segment may wait for a slot and still be in time."""
        return max(0.0, self.segment_seconds - _TRANSFER_SECONDS - self.p95_seconds)

    @property
    def streams_per_slot(self) -> int:
        """How many streams' segments one slot answers in time though all arrive together."""
        return int((self.segment_seconds - _TRANSFER_SECONDS + _ROUNDING) / self.p95_seconds)


def erlangs(offered: Sequence[Offered]) -> float:
    """Slots that this load keeps busy all the time."""
    return sum(demand.erlangs for demand in offered)


def slots_for(offered: Sequence[Offered]) -> int:
    """The slots to have ready for this load; more load never gives fewer."""
    present = [demand for demand in offered if demand.streams > 0]
    if not present:
        return 0
    together = _if_all_arrive_together(present)
    at_random = _if_arriving_at_random(present)
    return at_random if together is None else min(together, at_random)


def _if_all_arrive_together(offered: Sequence[Offered]) -> int | None:
    """None when some class takes longer than its own segments last."""
    if any(demand.streams_per_slot == 0 for demand in offered):
        return None
    slots = sum(demand.streams / demand.streams_per_slot for demand in offered)
    return math.ceil(slots - _ROUNDING)


def _if_arriving_at_random(offered: Sequence[Offered]) -> int:
    """Erlang C with the slowest class's service time and the least slack: the safe side."""
    load = math.ceil(erlangs(offered) / _STEP_ERLANGS - _ROUNDING) * _STEP_ERLANGS
    slowest_seconds = max(demand.mean_seconds for demand in offered)
    slack_seconds = min(demand.slack_seconds for demand in offered)
    decay = slack_seconds / slowest_seconds
    return _closed_form(load, decay) if load > _EXACT_UP_TO_ERLANGS else _exact(load, decay)


def _exact(load: float, decay: float) -> int:
    blocked, slots = 1.0, 0
    while True:
        slots += 1
        blocked = load * blocked / (slots + load * blocked)
        if slots <= load:
            continue
        waits = blocked / (1 - (load / slots) * (1 - blocked))
        if waits * math.exp(-(slots - load) * decay) <= _TOLERANCE:
            return slots


def _closed_form(load: float, decay: float) -> int:
    root = _ROOT_FACTOR * math.sqrt(load)
    spare = root if decay == 0 else min(root, math.log(1 / _TOLERANCE) / decay)
    return math.ceil(load + spare)
