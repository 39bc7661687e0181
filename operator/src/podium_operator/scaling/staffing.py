"""How many slots a load needs so that segments are answered in time.

Two bounds hold at once, and the smaller is taken. Erlang's: with segments arriving at random, the
share that waits longer than its slack stays below one in a thousand. And the count of streams:
each sends one segment per segment duration, so slots that could answer all of them even if all
arrived together are always enough; with few streams this is the far smaller number. A few slow
streams may be given slots of their own where that is cheaper than haste for everybody.

More load never gives fewer slots, whichever class it is of; `_decay` says what that takes.
"""

__all__ = ["Offered", "erlangs", "slots_for", "spread"]

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# The share of segments that may wait too long.
_TOLERANCE: Final = 1e-3
# Fetching a source and posting renditions, inside the cluster.
_TRANSFER_SECONDS: Final = 0.1
# Rounding the load up in steps keeps the answer from trembling, and its recursion in a cache.
_STEP_ERLANGS: Final = 0.25
# Above this the closed form is as good and costs nothing.
_EXACT_UP_TO_ERLANGS: Final = 2000
# Square-root staffing for that tolerance, rounded up (Halfin and Whitt give 3.12).
_ROOT_FACTOR: Final = 3.3
# Where classes may be cut into slow and fast ones, as shares of a segment that are left as slack.
_CUTS: Final = (0.05, 0.25, 0.5)
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
    return min(sum(map(_group, groups)) for groups in _cuts(present))


def spread(offered: Sequence[Offered]) -> tuple[float, float]:
    """Service and slack in seconds that the staffing of this load reckons with; 0 for no load."""
    present = [demand for demand in offered if demand.streams > 0]
    if not present:
        return 0.0, 0.0
    load, slack = _rounded(erlangs(present)), _slack(present)
    return _service_seconds(present, load, slack), slack


def _cuts(present: list[Offered]) -> Iterator[tuple[list[Offered], ...]]:
    yield (present,)
    for share in _CUTS:
        slow = [one for one in present if one.slack_seconds < share * one.segment_seconds]
        if 0 < len(slow) < len(present):
            fast = [one for one in present if one.slack_seconds >= share * one.segment_seconds]
            yield slow, fast


def _group(offered: list[Offered]) -> int:
    together, at_random = _if_all_arrive_together(offered), _if_arriving_at_random(offered)
    return at_random if together is None else min(together, at_random)


def _if_all_arrive_together(offered: Sequence[Offered]) -> int | None:
    """None when some class takes longer than its own segments last."""
    if any(demand.streams_per_slot == 0 for demand in offered):
        return None
    slots = sum(demand.streams / demand.streams_per_slot for demand in offered)
    return math.ceil(slots - _ROUNDING)


def _if_arriving_at_random(offered: Sequence[Offered]) -> int:
    """Erlang C with the slack of the slowest class: the safe side."""
    load, slack = _rounded(erlangs(offered)), _slack(offered)
    decay = slack / _service_seconds(offered, load, slack)
    return _closed_form(load, decay) if load > _EXACT_UP_TO_ERLANGS else _exact(load, decay)


def _service_seconds(offered: Sequence[Offered], load: float, slack: float) -> float:
    """The mean over the load, where there is less than so much of it filled up with the slowest.

    A plain mean falls when fast work is added to slow work, and with little load it falls faster
    than the load rises: more work would get fewer slots. Filled up to `slowest x ln(1/tolerance) /
    slack` erlangs, it cannot.
    """
    slowest = max(demand.mean_seconds for demand in offered)
    if slack == 0:
        return slowest
    least = slowest * math.log(1 / _TOLERANCE) / slack
    filled = max(load, least)
    work = sum(demand.erlangs * demand.mean_seconds for demand in offered)
    return min(slowest, (work + (filled - load + _STEP_ERLANGS) * slowest) / filled)


def _slack(offered: Sequence[Offered]) -> float:
    return min(demand.slack_seconds for demand in offered)


def _rounded(load: float) -> float:
    return math.ceil(load / _STEP_ERLANGS - _ROUNDING) * _STEP_ERLANGS


@lru_cache(maxsize=8192)
def _exact(load: float, decay: float) -> int:
    slots = int(load)
    blocked = _blocked(load)
    while True:
        slots += 1
        blocked = load * blocked / (slots + load * blocked)
        waits = blocked / (1 - (load / slots) * (1 - blocked))
        if waits * math.exp(-(slots - load) * decay) <= _TOLERANCE:
            return slots


@lru_cache(maxsize=8192)
def _blocked(load: float) -> float:
    """Erlang's B for as many slots as there are whole erlangs: the long part of the recursion."""
    blocked = 1.0
    for slots in range(1, int(load) + 1):
        blocked = load * blocked / (slots + load * blocked)
    return blocked


def _closed_form(load: float, decay: float) -> int:
    root = _ROOT_FACTOR * math.sqrt(load)
    spare = root if decay == 0 else min(root, math.log(1 / _TOLERANCE) / decay)
    return math.ceil(load + spare)
