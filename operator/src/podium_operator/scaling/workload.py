"""All demand as each pool would serve it, corrected by how busy slots really were."""

__all__ = ["Whole", "Workload", "workload_of"]

import math
from dataclasses import dataclass
from typing import Final

from podium_operator.scaling.model import ClassDemand, Inputs, PoolState, Window
from podium_operator.scaling.services import Known, known_of, offered_by
from podium_operator.scaling.staffing import Offered, erlangs, slots_for

_ROUNDING: Final = 1e-9
# Kept above the need while scaling in, so that a load that trembles moves nothing; with fewer
# streams than this a tremble is a stream, and six in a hundred of it would cost a whole pod.
_SPARE: Final = 1.06
_SPARE_FROM_STREAMS: Final = 17.0
_LEAST_DRAIN_SECONDS: Final = 0.5
_LEAST_KAPPA: Final = 1.05
_LARGEST_KAPPA: Final = 3.0
_LEAST_PREDICTED_SECONDS: Final = 10.0
_SEGMENTS_SECONDS: Final = 10.0
_LARGEST_PACE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Whole:
    """Slots of one pool that all demand takes there, and whether what waits decides it."""

    slots: int
    by_backlog: bool


@dataclass(frozen=True, slots=True)
class Workload:
    """The demand, what pools know of its cost, and what corrects it.

    kappa: busy slots over predicted ones. pace: segments over those that open streams explain.
    lateness: for segments that are late though nothing is missing. least_slots: 1 where sessions
    were refused while nothing is open.
    """

    demand: tuple[ClassDemand, ...]
    known: Known
    kappa: float
    least_slots: int
    pace: float = 1.0
    lateness: float = 1.0

    @property
    def correction(self) -> float:
        """By what the plain offered load is multiplied."""
        return self.kappa * self.pace

    @property
    def streams(self) -> float:
        return sum(one.streams for one in self.demand)

    @property
    def waiting_slot_seconds(self) -> float:
        return sum(one.waiting_slot_seconds for one in self.demand)

    @property
    def spare(self) -> float:
        """By what the load is multiplied for the size that is kept."""
        return _SPARE if self.streams >= _SPARE_FROM_STREAMS else 1.0

    def offered(self, pool: PoolState, *, factor: float = 1.0) -> list[Offered]:
        """All of it as this pool would serve it."""
        return offered_by(
            self.demand, pool, self.known, kappa=self.kappa, factor=self.pace * factor
        )

    def whole(
        self, pool: PoolState, *, within_seconds: float, rise: float = 0.0, factor: float = 1.0
    ) -> Whole:
        """Slots for all of it, for a rise in erlangs, and to work off what waits in that time.

        Spare slots work off a backlog as well, so the larger of the two counts.
        """
        offered = self.offered(pool, factor=factor)
        staffed = max(slots_for(offered), self.least_slots)
        draining = 0
        if self.waiting_slot_seconds > 0:
            rate = self.waiting_slot_seconds / max(within_seconds, _LEAST_DRAIN_SECONDS)
            draining = math.ceil(erlangs(offered) + rate - _ROUNDING)
        expected = math.ceil(rise * factor - _ROUNDING)
        needed = math.ceil(self.lateness * max(staffed, draining) - _ROUNDING)
        return Whole(needed + expected, by_backlog=draining > staffed)

    def share(self, pool: PoolState, pods: float, *, whole_slots: int) -> float:
        """The part of all demand that so many working pods of a pool can serve; 1 is all of it."""
        share = pods * pool.slots / whole_slots if whole_slots else 1.0
        if pool.streams_per_pod and self.streams:
            share = min(share, pods * pool.streams_per_pod / self.streams)
        return max(0.0, share)


def workload_of(inputs: Inputs, window: Window) -> Workload:
    """Put together what the decision is about; the inputs are `bounded` ones."""
    is_open = any(one.streams for one in inputs.demand)
    return Workload(
        demand=_with_refused(inputs.demand, inputs.refused),
        known=known_of(inputs.pools),
        kappa=_kappa(inputs.busy_slot_seconds, inputs.predicted_slot_seconds),
        least_slots=int(inputs.refused > 0 and not is_open),
        pace=_pace(inputs) if window.clear_seconds(inputs.now) >= _SEGMENTS_SECONDS else 1.0,
        lateness=window.lateness,
    )


def _kappa(busy: float, predicted: float) -> float:
    """Little's law: busy slot-seconds over what the measured services would make of the work."""
    if predicted < _LEAST_PREDICTED_SECONDS or busy < _LEAST_KAPPA * predicted:
        return 1.0
    return min(busy / predicted, _LARGEST_KAPPA)


def _pace(inputs: Inputs) -> float:
    """Segments over those that open streams explain: one that stalled pushes faster afterwards.

    A stream's last segment may fall on either side of the window, and many streams scatter.
    """
    expected = sum(_SEGMENTS_SECONDS * one.streams / one.segment_seconds for one in inputs.demand)
    streams = sum(one.streams for one in inputs.demand)
    scatter = min(streams, 5 + 3 * math.sqrt(expected))
    if inputs.segments is None or not expected or inputs.segments <= expected + scatter:
        return 1.0
    return min(inputs.segments / expected, _LARGEST_PACE)


def _with_refused(demand: tuple[ClassDemand, ...], refused: int) -> tuple[ClassDemand, ...]:
    """Refused sessions count as streams of the usual mix, at most doubling what is open.

    A gateway that is refused asks again, so a count of refusals says more than is there.
    """
    open_streams = sum(one.streams for one in demand)
    if not refused or not open_streams:
        return demand
    factor = min(refused, max(1, open_streams)) / open_streams
    more = (
        ClassDemand(one.load_class, one.streams * factor, one.segment_seconds) for one in demand
    )
    return (*demand, *more)
