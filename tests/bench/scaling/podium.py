"""Podium's policy in the simulator: the operator's own `decide`, fed as the operator feeds it."""

import math
from collections import deque
from collections.abc import Mapping

from tests.bench.scaling.stage import PoolKind, PoolView, View
from tests.bench.scaling.trace import LoadClass, Trace

from podium_operator.scaling import (
    ClassDemand,
    Inputs,
    PoolState,
    Role,
    Service,
    Source,
    Window,
    decide,
)
from podium_operator.startup import seconds_left

__all__ = ["Podium"]

_P90_SIGMAS = 1.2816
_P95_SIGMAS = 1.6449
_KAPPA_SECONDS = 40.0
_SEGMENTS_SECONDS = 10.0
_ANSWERED_SECONDS = 20.0
_OVERFLOW_WINDOW_SECONDS = 20.0
_IN_WINDOW_SECONDS = 180.0


class Podium:
    """Decides every two seconds.

    `standby_cost`: what an overflow pod's place costs per hour while nobody uses it.
    `surge_percent`: the sudden rise that the provider wants to be ready for.
    `service_error`: factor on the service times that the policy is told.
    """

    interval_seconds = 2.0

    def __init__(
        self,
        trace: Trace,
        *,
        name: str = "Podium",
        standby_cost: float = 0.0,
        surge_percent: float = 0.0,
        service_cv: float = 0.2,
        service_error: float = 1.0,
    ) -> None:
        self.name = name
        self._classes = {one.name: one for one in trace.classes}
        self._standby_cost, self._service_error = standby_cost, service_error
        self._surge_percent = surge_percent
        self._sigma = math.sqrt(math.log(1 + service_cv**2))
        self._window = Window(started_at=0.0)
        self._past: deque[tuple[float, float, float, int]] = deque()
        self._reported_at, self._busy = -math.inf, 0.0
        self._answers: deque[tuple[float, int, int]] = deque()

    def decide(self, view: View) -> Mapping[str, int]:
        """Ask the operator's policy."""
        decision, self._window = decide(self._inputs(view), window=self._window)
        return decision.replicas

    def _inputs(self, view: View) -> Inputs:
        load = view.load
        self._remember(view)
        busy, predicted = self._work_done(view.now)
        answered, late = self._promise(view)
        total = sum(load.streams.values())
        return Inputs(
            now=view.now,
            sources=(Source("node", view.now - load.at),),
            demand=tuple(
                ClassDemand(
                    load_class=name,
                    streams=streams,
                    segment_seconds=self._classes[name].segment_seconds,
                    waiting_slot_seconds=load.waiting_slot_seconds * streams / total,
                )
                for name, streams in load.streams.items()
                if streams
            ),
            pools=tuple(self._pool(pool) for pool in view.pools),
            oldest_wait_seconds=load.oldest_wait_seconds,
            segments=self._segments(view.now),
            answered=answered,
            late=late,
            busy_slot_seconds=busy,
            predicted_slot_seconds=predicted,
        )

    def _pool(self, pool: PoolView) -> PoolState:
        kind = pool.kind
        startup = kind.start_seconds + _P90_SIGMAS * kind.start_sigma_seconds
        return PoolState(
            name=kind.name,
            minimum=kind.minimum,
            maximum=kind.maximum,
            slots=kind.slots,
            current=pool.wanted,
            ready=pool.ready,
            pending_etas=tuple(seconds_left(age, startup) for age in pool.starting),
            role=Role.OVERFLOW if kind.is_overflow else Role.BASE,
            speed=kind.speed,
            startup_seconds=startup,
            cost_per_hour=kind.usd_per_hour,
            standby_cost_per_hour=self._standby_cost if kind.is_overflow else 0.0,
            surge_percent=0.0 if kind.is_overflow else self._surge_percent,
            in_window_seconds=_OVERFLOW_WINDOW_SECONDS if kind.is_overflow else _IN_WINDOW_SECONDS,
            service={one.name: self._service(one, kind) for one in self._classes.values()},
        )

    def _service(self, load_class: LoadClass, kind: PoolKind) -> Service:
        mean = load_class.slot_seconds * self._service_error / kind.speed
        return Service(mean, mean * math.exp(_P95_SIGMAS * self._sigma - self._sigma**2 / 2))

    def _remember(self, view: View) -> None:
        predicted = sum(
            count * self._classes[name].slot_seconds * self._service_error
            for name, count in view.load.started.items()
        )
        if view.load.at > self._reported_at:  # transcoders tell of both, or of neither
            self._busy = sum(pool.busy_area for pool in view.pools)
        self._reported_at = view.load.at
        self._past.append((view.now, self._busy, predicted, view.load.received))
        while self._past[0][0] < view.now - _KAPPA_SECONDS:
            self._past.popleft()

    def _work_done(self, now: float) -> tuple[float, float]:
        """Busy slot-seconds of the last 40 s, and what the service times say they should be."""
        _, busy, predicted, _ = self._past[0]
        return self._past[-1][1] - busy, self._past[-1][2] - predicted

    def _segments(self, now: float) -> int:
        before = next(past for past in self._past if past[0] >= now - _SEGMENTS_SECONDS)
        return self._past[-1][3] - before[3]

    def _promise(self, view: View) -> tuple[int, int]:
        """Segments of the last 20 s that were answered or dropped, and those that came late."""
        self._answers.append((view.now, view.load.answered, view.load.late))
        while self._answers[0][0] < view.now - _ANSWERED_SECONDS:
            self._answers.popleft()
        _, answered, late = self._answers[0]
        return self._answers[-1][1] - answered, self._answers[-1][2] - late
