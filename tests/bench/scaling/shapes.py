"""Generated traces: one function per shape, everything drawn from one seed.

No public trace of a transcoder pool with one-second resolution is known; these shapes follow what
is published of live platforms, and the failures that providers meet.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random

from tests.bench.scaling.trace import Event, EventKind, LoadClass, Stream, Trace

__all__ = ["CLASSES", "SHAPES", "make_trace", "steady", "stream_of", "trace_of"]

CLASSES = (
    LoadClass(name="360p", slot_seconds=0.30),
    LoadClass(name="720p", slot_seconds=0.60),
    LoadClass(name="1080p", slot_seconds=1.00),
)
_MIX = (0.35, 0.45, 0.20)
_HEAVY_MIX = (0.10, 0.30, 0.60)
_LONG = 45 * 60.0
_HOUR = 3600.0
_BASE_STREAMS = 300


def make_trace(shape: str, seed: int) -> Trace:
    """Return the trace of a shape; `KeyError` for an unknown one."""
    return SHAPES[shape](Random(f"{shape}/{seed}"))  # load, not a secret


def _diurnal(draw: Random) -> Trace:
    """24 hours around 300 streams, three times as many at the peak as in the trough."""
    level = _Level(lambda at: _BASE_STREAMS * (1 - 0.5 * math.cos(2 * math.pi * at / 86_400)))
    return trace_of("diurnal", 86_400, level.streams(draw, 86_400, mean_seconds=_LONG))


def _ramp(draw: Random) -> Trace:
    """Three times the streams within twenty minutes."""
    level = _Level(lambda at: 150 * (1 + 2 * _progress(at, start=1800, seconds=1200)))
    return trace_of("ramp", 1.75 * _HOUR, level.streams(draw, 1.75 * _HOUR, mean_seconds=_LONG))


def _churn(draw: Random) -> Trace:
    """Three-minute sessions that open in batches of four on average."""
    streams: list[Stream] = []
    at = 0.0
    while at < 3 * _HOUR:
        batch = range(_geometric(draw, mean=4))
        streams += [stream_of(draw, at, draw.expovariate(1 / 180)) for _ in batch]
        at += draw.expovariate(_BASE_STREAMS / 180 / 4)
    return trace_of("churn", 3 * _HOUR, streams)


def _flash(draw: Random) -> Trace:
    """Four times the streams within a minute; they stay forty and leave within five."""
    end = 1.8 * _HOUR
    streams = steady(draw, 150, end)
    streams += [
        stream_of(draw, 1800 + draw.uniform(0, 60), 2400 + draw.uniform(0, 300)) for _ in range(450)
    ]
    return trace_of("flash", end, streams, step_ends_at=1860)


def _failover(draw: Random) -> Trace:
    """Another region's 300 streams arrive within ten seconds and stay an hour."""
    end = 2 * _HOUR
    streams = steady(draw, _BASE_STREAMS, end)
    streams += [stream_of(draw, 1800 + draw.uniform(0, 10), _HOUR) for _ in range(300)]
    return trace_of("failover", end, streams, step_ends_at=1810)


def _spot(draw: Random) -> Trace:
    """Forty per cent of the base pods are taken back at once."""
    loss = Event(at=1800, kind=EventKind.PREEMPT, share=0.4)
    streams = steady(draw, _BASE_STREAMS, _HOUR)
    return trace_of("spot", _HOUR, streams, events=(loss,), step_ends_at=1800)


def _blackout(draw: Random) -> Trace:
    """Ten minutes without any metric, under steady load."""
    silence = Event(at=1800, kind=EventKind.BLACKOUT, seconds=600)
    return trace_of("blackout", _HOUR, steady(draw, _BASE_STREAMS, _HOUR), events=(silence,))


def _reconnect(draw: Random) -> Trace:
    """Every stream breaks off and comes back within a tenth of a second: phases align."""
    streams = []
    for _ in range(_BASE_STREAMS):
        first = stream_of(draw, draw.uniform(0, 60), 1)
        again = 1803 + draw.uniform(0, 0.1)
        streams.append(first.model_copy(update={"close": 1800.0}))
        streams.append(first.model_copy(update={"open": again, "close": _HOUR}))
    return trace_of("reconnect", _HOUR, streams, step_ends_at=1803.1)


def _mix_shift(draw: Random) -> Trace:
    """The number of streams stays, but within five minutes most of them are the dearest class."""
    streams = []
    for _ in range(_BASE_STREAMS):
        turn = 1800 + draw.uniform(0, 300)
        streams.append(stream_of(draw, draw.uniform(0, 60), turn))
        heavy = stream_of(draw, turn, _HOUR, mix=_HEAVY_MIX)
        streams.append(heavy)
    return trace_of("mix-shift", 1.5 * _HOUR, streams, step_ends_at=2100)


def _slow_gateway(draw: Random) -> Trace:
    """A third of the streams stalls for five minutes, then pushes what it had kept."""
    stall = Event(at=1800, kind=EventKind.STALL, share=1 / 3, seconds=300, factor=4)
    return trace_of("slow-gateway", _HOUR, steady(draw, _BASE_STREAMS, _HOUR), events=(stall,))


def _node_failure(draw: Random) -> Trace:
    """A rack fails: 30 % of the base pods are gone, and starts take three times as long."""
    events = (
        Event(at=1800, kind=EventKind.PREEMPT, share=0.3),
        Event(at=1800, kind=EventKind.SLOW_STARTS, seconds=900, factor=3),
    )
    streams = steady(draw, _BASE_STREAMS, _HOUR)
    return trace_of("node-failure", _HOUR, streams, events=events, step_ends_at=1800)


SHAPES: dict[str, Callable[[Random], Trace]] = {
    "diurnal": _diurnal,
    "ramp": _ramp,
    "churn": _churn,
    "flash": _flash,
    "failover": _failover,
    "spot": _spot,
    "blackout": _blackout,
    "reconnect": _reconnect,
    "mix-shift": _mix_shift,
    "slow-gateway": _slow_gateway,
    "node-failure": _node_failure,
}


class _Level:
    """Sessions whose expected number follows a curve: a Poisson process by thinning."""

    def __init__(self, expected: Callable[[float], float]) -> None:
        self._expected = expected

    def streams(self, draw: Random, seconds: float, *, mean_seconds: float) -> list[Stream]:
        """Draw sessions until the end; those open at the start are there from the start."""
        found = [
            stream_of(draw, draw.uniform(0, 60), _rest(draw, mean_seconds)) for _ in self._now()
        ]
        found += [
            stream_of(draw, at, _rest(draw, mean_seconds))
            for at in self._openings(draw, seconds, mean_seconds)
        ]
        return found

    def _now(self) -> range:
        return range(round(self._expected(0)))

    def _openings(self, draw: Random, seconds: float, mean_seconds: float) -> Iterator[float]:
        """Openings at the rate that keeps the expected number: decay plus the curve's slope."""
        step = 10.0
        at = 0.0
        while at < seconds:
            slope = (self._expected(at + step) - self._expected(at)) / step
            rate = max(0.0, self._expected(at) / mean_seconds + slope)
            for _ in range(_poisson(draw, rate * step)):
                yield at + draw.uniform(0, step)
            at += step


def steady(draw: Random, streams: int, seconds: float) -> list[Stream]:
    """Streams that open within the first minute and stay to the end."""
    return [stream_of(draw, draw.uniform(0, 60), seconds) for _ in range(streams)]


def stream_of(draw: Random, at: float, lasts: float, *, mix: Sequence[float] = _MIX) -> Stream:
    """A stream of a drawn class that opens at a time and lasts so many seconds, at least two."""
    (load_class,) = draw.choices(CLASSES, mix)
    return Stream(open=at, close=at + max(lasts, 2.0), load_class=load_class.name)


def trace_of(
    name: str,
    seconds: float,
    streams: Sequence[Stream],
    *,
    events: tuple[Event, ...] = (),
    step_ends_at: float | None = None,
) -> Trace:
    """A trace of these streams, in the order in which they open."""
    ordered = tuple(sorted(streams, key=lambda stream: stream.open))
    return Trace(
        name=name,
        seconds=seconds,
        classes=CLASSES,
        streams=ordered,
        events=events,
        step_ends_at=step_ends_at,
    )


def _progress(at: float, *, start: float, seconds: float) -> float:
    return min(1.0, max(0.0, (at - start) / seconds))


def _rest(draw: Random, mean_seconds: float) -> float:
    return draw.expovariate(1 / mean_seconds)


def _geometric(draw: Random, *, mean: float) -> int:
    return 1 + int(math.log(1 - draw.random()) / math.log(1 - 1 / mean))


def _poisson(draw: Random, mean: float) -> int:
    """Count exponential waits within one unit; fine for the small means that occur."""
    count, passed = 0, draw.expovariate(1)
    while passed < mean:
        count, passed = count + 1, passed + draw.expovariate(1)
    return count
