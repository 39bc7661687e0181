"""What a run came to: lateness, cost, restlessness. Values, and the tally that makes them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.bench.scaling.fleet import Bill
from tests.bench.scaling.trace import Trace

__all__ = ["Outcome", "Recorder"]

_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """One policy on one trace, after the warm-up.

    `late` counts segments answered after their own length, dropped ones too. `cost` in pod-hours
    of the base pool. `exposed`: segments in work on pods that were told to go.
    `capacity_seconds`: from the end of a step until ready slots carried the load; None without.
    """

    segments: int
    late: int
    p99_seconds: float
    cost: float
    base_hours: float
    overflow_hours: float
    peak_overflow: int
    actions: int
    reversals: int
    base_reversals: int
    exposed: int
    capacity_seconds: float | None

    @property
    def late_share(self) -> float:
        """Late segments of all."""
        return self.late / self.segments if self.segments else 0.0


@dataclass(slots=True)
class _Moves:
    actions: int = 0
    reversals: int = 0
    last: int = 0
    peak: int = 0


@dataclass(slots=True)
class Recorder:
    """Counts while the world runs; everything before the warm-up's end is left out."""

    trace: Trace
    _segments: int = 0
    _late: int = 0
    _responses: list[float] = field(default_factory=list)
    _moves: dict[str, _Moves] = field(default_factory=dict)
    _capacity_at: float | None = None

    def answered(self, now: float, arrived_at: float, segment_seconds: float) -> None:
        """Count an answer; late is what took longer than the segment lasts."""
        if arrived_at < self.trace.warmup_seconds:
            return
        self._segments += 1
        response = now - arrived_at
        self._late += response > segment_seconds
        self._responses.append(response)

    def lost(self, arrived_at: float) -> None:
        """Count a segment that was dropped as hopeless."""
        if arrived_at >= self.trace.warmup_seconds:
            self._segments += 1
            self._late += 1

    def decided(self, now: float, pool: str, change: tuple[int, int]) -> None:
        """Count a change of a pool's number, and whether it went back on the one before."""
        moves = self._moves.setdefault(pool, _Moves())
        before, after = change
        moves.peak = max(moves.peak, after)
        direction = (after > before) - (after < before)
        if not direction or now < self.trace.warmup_seconds:
            return
        moves.actions += 1
        moves.reversals += moves.last == -direction
        moves.last = direction

    def sampled(self, now: float, offered: float, capacity: float) -> None:
        """Look once a second whether the slots carry what is offered, after a step."""
        end = self.trace.step_ends_at
        if end is not None and self._capacity_at is None and now >= end and capacity >= offered:
            self._capacity_at = now

    def outcome(self, bills: Iterable[Bill], exposed: int) -> Outcome:
        """Sum up."""
        hours = {False: 0.0, True: 0.0}
        cost = 0.0
        for bill in bills:
            since = max(bill.since, self.trace.warmup_seconds)
            paid = max(0.0, bill.until - since) / _HOUR
            hours[bill.kind.is_overflow] += paid
            cost += paid * bill.kind.usd_per_hour
        end = self.trace.step_ends_at
        reached = self._capacity_at if self._capacity_at is not None else self.trace.seconds
        ordered = sorted(self._responses)
        return Outcome(
            segments=self._segments,
            late=self._late,
            p99_seconds=ordered[int(0.99 * (len(ordered) - 1))] if ordered else 0.0,
            cost=cost,
            base_hours=hours[False],
            overflow_hours=hours[True],
            peak_overflow=self._moves["overflow"].peak if "overflow" in self._moves else 0,
            actions=sum(moves.actions for moves in self._moves.values()),
            reversals=sum(moves.reversals for moves in self._moves.values()),
            base_reversals=self._moves["base"].reversals if "base" in self._moves else 0,
            exposed=exposed,
            capacity_seconds=None if end is None else max(0.0, reached - end),
        )
