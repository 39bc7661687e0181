"""The simulated provider: streams, one shared queue, pods on nodes. Discrete events, one seed.

The data plane is the same under every policy: a central queue in order of arrival, segments that
can no longer be in time are dropped when their turn comes (`sheds`), pods drain without loss.
`tests.bench.scaling.live` moves the same world on by the clock, over pods of a real cluster.
"""

import heapq
import itertools
import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from tests.bench.scaling.fleet import Bill, Fleet, Pod
from tests.bench.scaling.outcome import Outcome, Recorder
from tests.bench.scaling.stage import Load, PoolKind, PoolView, Scaler, View
from tests.bench.scaling.trace import Event, EventKind, LoadClass, Stream, Trace

__all__ = ["Conditions", "Pods", "Segment", "World", "simulate"]

_GIVE_UP_SECONDS = 8.0
_REDELIVERED_SECONDS = 2.0
_QUIET_DURATIONS = 2


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is the same for every policy of a comparison.

    `service_cv`: spread of slot times. `sheds`: False works on anything younger than 8 s.
    """

    pools: tuple[PoolKind, ...]
    seed: int
    service_cv: float = 0.2
    sheds: bool = True


@dataclass(slots=True, eq=False)
class Segment:
    """One segment; `begun_at` once a slot works on it."""

    arrived_at: float
    load_class: LoadClass
    begun_at: float = math.inf


class Pods(Protocol):
    """What works on segments: simulated pods on simulated nodes, or those of a cluster."""

    on_capacity: Callable[[], None]
    exposed: int

    def begin(self, slots: float) -> None: ...
    def capacity(self) -> float: ...
    def views(self, now: float) -> tuple[PoolView, ...]: ...
    def take_slot(self, now: float) -> Pod | None: ...
    def give_slot(self, pod: Pod, now: float) -> None: ...
    def resize(self, name: str, wanted: int, now: float) -> tuple[int, int]: ...
    def lose(self, name: str, share: float, now: float) -> Iterable[Any]: ...
    def slow_starts(self, name: str, factor: float, until: float) -> None: ...
    def bills(self, end: float) -> list[Bill]: ...


def simulate(trace: Trace, scaler: Scaler, conditions: Conditions) -> Outcome:
    """Run a policy against a trace; the same arguments give the same outcome."""
    world = World(trace, conditions, scaler=scaler)
    world.begin()
    world.advance(trace.seconds)
    return world.outcome()


class World:
    """One policy's provider; `on_done` hears of every finished segment and its slot's pod."""

    def __init__(
        self,
        trace: Trace,
        conditions: Conditions,
        *,
        scaler: Scaler | None = None,
        pods: Pods | None = None,
    ) -> None:
        self._trace, self._scaler, self._conditions = trace, scaler, conditions
        self._draw = Random(f"world/{conditions.seed}")  # load, not a secret
        sigma = math.sqrt(math.log(1 + conditions.service_cv**2))
        self._spread = (-sigma * sigma / 2, sigma)
        self._events: list[tuple[float, int, Callable[..., None], object]] = []
        self._order = itertools.count()
        self._now = 0.0
        self._classes = {load_class.name: load_class for load_class in trace.classes}
        self._queue: deque[Segment] = deque()
        self._waiting_seconds = 0.0
        self._streams = dict.fromkeys(self._classes, 0)
        self._started = dict.fromkeys(self._classes, 0)
        self._received = self._answered = self._late = 0
        self._in_system = 0
        self._in_system_area = 0.0
        self._in_system_at = 0.0
        self._stall: Event | None = None
        self._dark_until = 0.0
        self._last_load: Load | None = None
        self._recorder = Recorder(trace)
        self._fleet: Pods = pods or Fleet(
            conditions.pools, Random(f"pods/{conditions.seed}"), self._at
        )
        self._fleet.on_capacity = self._dispatch
        self.on_done: Callable[[Segment, Pod, float], None] = lambda *_: None

    def begin(self) -> None:
        """Make ready what a running provider would have, and lay out everything that happens."""
        self._fleet.begin(self.slots_at_start())
        for number, stream in enumerate(self._trace.streams):
            length = self._classes[stream.load_class].segment_seconds
            self._at(stream.open + length, self._push, (number, stream, False))
        for event in self._trace.events:
            self._at(event.at, self._happen, event)
        if self._scaler is not None:
            self._at(0.0, self._tick, self._scaler)
        self._at(0.0, self._sample, None)

    def advance(self, until: float) -> None:
        """Let everything happen up to this time."""
        events = self._events
        while events and events[0][0] <= until:
            self._now, _, act, argument = heapq.heappop(events)
            act(argument)
        self._now = until

    def outcome(self) -> Outcome:
        """Sum up at the trace's end."""
        return self._recorder.outcome(self._fleet.bills(self._trace.seconds), self._fleet.exposed)

    def decided(self, pool: str, change: tuple[int, int]) -> None:
        """Note that a pool's wanted number has changed."""
        self._recorder.decided(self._now, pool, change)

    def waiting(self) -> Mapping[str, int]:
        """Count what waits and is not hopeless, by class."""
        return Counter(segment.load_class.name for segment in self._queue)

    def _at(self, at: float, act: Callable[..., None], argument: object) -> None:
        heapq.heappush(self._events, (max(at, self._now), next(self._order), act, argument))

    def slots_at_start(self) -> float:
        """Enough for the streams of the first minute; what a running provider would have."""
        early = (stream for stream in self._trace.streams if stream.open < 60)
        return sum(self._erlangs(stream) for stream in early) * 1.3

    def _erlangs(self, stream: Stream) -> float:
        load_class = self._classes[stream.load_class]
        return load_class.slot_seconds / load_class.segment_seconds

    def _push(self, push: tuple[int, Stream, bool]) -> None:
        """A stream's next segment arrives; a stream counts as open from its first one."""
        number, stream, is_known = push
        if not is_known:
            self._streams[stream.load_class] += 1
        load_class = self._classes[stream.load_class]
        self._received += 1
        self._queue_up(Segment(self._now, load_class))
        following = self._now + load_class.segment_seconds * self._slowness(number)
        if following <= stream.close:
            self._at(following, self._push, (number, stream, True))
        else:
            quiet = self._now + _QUIET_DURATIONS * load_class.segment_seconds
            self._at(quiet, self._forget, stream.load_class)

    def _forget(self, load_class: str) -> None:
        self._streams[load_class] -= 1

    def _slowness(self, number: int) -> float:
        """How much longer than its segments a stream takes to push one: a stall, then haste."""
        stall = self._stall
        if stall is None or number % 100 >= stall.share * 100:
            return 1.0
        if self._now < stall.at + stall.seconds:
            return stall.factor
        return 0.5 if self._now < stall.at + 2 * stall.seconds else 1.0

    def _queue_up(self, segment: Segment) -> None:
        self._count(+1)
        self._queue.append(segment)
        self._waiting_seconds += segment.load_class.slot_seconds
        self._dispatch()

    def _dispatch(self) -> None:
        queue, fleet = self._queue, self._fleet
        while queue:
            if self._is_hopeless(queue[0]):
                self._drop(queue.popleft())
                continue
            pod = fleet.take_slot(self._now)
            if pod is None:
                return
            segment = queue.popleft()
            self._waiting_seconds -= segment.load_class.slot_seconds
            self._begin(segment, pod)

    def _begin(self, segment: Segment, pod: Pod) -> None:
        load_class, segment.begun_at = segment.load_class, self._now
        self._started[load_class.name] += 1
        noise = self._draw.lognormvariate(*self._spread)
        seconds = load_class.slot_seconds * noise / pod.kind.speed
        pod.work.add(segment)
        self._at(self._now + seconds, self._finish, (segment, pod))

    def _finish(self, done: tuple[Segment, Pod]) -> None:
        segment, pod = done
        if segment not in pod.work:
            return  # the pod was taken away meanwhile
        pod.work.discard(segment)
        self._count(-1)
        length = segment.load_class.segment_seconds
        self._answered += 1
        self._late += self._now - segment.arrived_at > length
        self._recorder.answered(self._now, segment.arrived_at, length)
        self.on_done(segment, pod, self._now - segment.begun_at)
        self._fleet.give_slot(pod, self._now)
        if self._queue:
            self._dispatch()

    def _is_hopeless(self, segment: Segment) -> bool:
        load_class = segment.load_class
        if not self._conditions.sheds:
            return self._now > segment.arrived_at + _GIVE_UP_SECONDS
        in_time = segment.arrived_at + load_class.segment_seconds
        return self._now + load_class.slot_seconds > in_time

    def _drop(self, segment: Segment) -> None:
        self._waiting_seconds -= segment.load_class.slot_seconds
        self._count(-1)
        self._late += 1
        self._recorder.lost(segment.arrived_at)

    def _count(self, change: int) -> None:
        self._in_system_area += self._in_system * (self._now - self._in_system_at)
        self._in_system_at = self._now
        self._in_system += change

    def _happen(self, event: Event) -> None:
        match event.kind:
            case EventKind.BLACKOUT:
                self.load()
                self._dark_until = self._now + event.seconds
            case EventKind.STALL:
                self._stall = event
            case EventKind.SLOW_STARTS:
                self._fleet.slow_starts(event.pool, event.factor, self._now + event.seconds)
            case EventKind.PREEMPT:
                for segment in self._fleet.lose(event.pool, event.share, self._now):
                    self._count(-1)
                    self._at(self._now + _REDELIVERED_SECONDS, self._queue_up, segment)

    def _tick(self, scaler: Scaler) -> None:
        view = View(self._now, self._fleet.views(self._now), self.load(), self.is_dark)
        wanted = scaler.decide(view)
        for name, pods in wanted.items():
            self._recorder.decided(self._now, name, self._fleet.resize(name, pods, self._now))
        self._at(self._now + scaler.interval_seconds, self._tick, scaler)

    @property
    def is_dark(self) -> bool:
        """Whether nobody learns anything of the load now."""
        return self._now < self._dark_until

    def load(self) -> Load:
        """Say what is known of the load, which in a blackout is what was known before."""
        if self.is_dark and self._last_load is not None:
            return self._last_load
        while self._queue and self._is_hopeless(self._queue[0]):
            self._drop(self._queue.popleft())
        self._count(0)
        self._last_load = Load(
            at=self._now,
            streams=dict(self._streams),
            waiting=len(self._queue),
            waiting_slot_seconds=max(0.0, self._waiting_seconds),
            oldest_wait_seconds=self._now - self._queue[0].arrived_at if self._queue else 0.0,
            in_system_area=self._in_system_area,
            received=self._received,
            answered=self._answered,
            late=self._late,
            started=dict(self._started),
        )
        return self._last_load

    def _sample(self, _: object) -> None:
        """Once a second: is there capacity for what is offered?"""
        offered = sum(
            count * self._classes[name].slot_seconds / self._classes[name].segment_seconds
            for name, count in self._streams.items()
        )
        self._recorder.sampled(self._now, offered, self._fleet.capacity())
        self._at(self._now + 1.0, self._sample, None)
