"""Generated traces: one function per shape, everything drawn from one seed.

No public trace of a transcoder pool with one-second resolution is known; these shapes follow what
is published of live platforms, and the failures that providers meet.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random

from tests.bench.scaling.trace import Event, EventKind, LoadClass, Stream, Trace

__all__ = ["CLASSES", "LIVE_SHAPES", "SHAPES", "SHORT_SHAPES", "make_live_trace", "make_trace"]

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
_LIVE_SECONDS = 600.0
_LIVE_WARMUP_SECONDS = 180.0
_LIVE_AT = 240.0


def make_trace(shape: str, seed: int) -> Trace:
    """Return the trace of a shape; `KeyError` for an unknown one."""
    return SHAPES[shape](Random(f"{shape}/{seed}"))  # load, not a secret


def make_live_trace(shape: str, seed: int) -> Trace:
    """Return a shape cut to ten minutes, for a replay by the clock; `KeyError` for another one."""
    return LIVE_SHAPES[shape](Random(f"live/{shape}/{seed}"))  # load, not a secret


def _diurnal(draw: Random) -> Trace:
    """24 hours around 300 streams, three times as many at the peak as in the trough."""
    level = _Level(lambda at: _BASE_STREAMS * (1 - 0.5 * math.cos(2 * math.pi * at / 86_400)))
    return _trace("diurnal", 86_400, level.streams(draw, 86_400, mean_seconds=_LONG))


def _ramp(draw: Random) -> Trace:
    """Three times the streams within twenty minutes."""
    level = _Level(lambda at: 150 * (1 + 2 * _progress(at, start=1800, seconds=1200)))
    return _trace("ramp", 1.75 * _HOUR, level.streams(draw, 1.75 * _HOUR, mean_seconds=_LONG))


def _churn(draw: Random) -> Trace:
    """Three-minute sessions that open in batches of four on average."""
    streams: list[Stream] = []
    at = 0.0
    while at < 3 * _HOUR:
        batch = range(_geometric(draw, mean=4))
        streams += [_stream(draw, at, draw.expovariate(1 / 180)) for _ in batch]
        at += draw.expovariate(_BASE_STREAMS / 180 / 4)
    return _trace("churn", 3 * _HOUR, streams)


def _flash(draw: Random) -> Trace:
    """Four times the streams within a minute; they stay forty and leave within five."""
    end = 1.8 * _HOUR
    streams = _steady(draw, 150, end)
    streams += [
        _stream(draw, 1800 + draw.uniform(0, 60), 2400 + draw.uniform(0, 300)) for _ in range(450)
    ]
    return _trace("flash", end, streams, step_ends_at=1860)


def _failover(draw: Random) -> Trace:
    """Another region's 300 streams arrive within ten seconds and stay an hour."""
    end = 2 * _HOUR
    streams = _steady(draw, _BASE_STREAMS, end)
    streams += [_stream(draw, 1800 + draw.uniform(0, 10), _HOUR) for _ in range(300)]
    return _trace("failover", end, streams, step_ends_at=1810)


def _spot(draw: Random) -> Trace:
    """Forty per cent of the base pods are taken back at once."""
    loss = Event(at=1800, kind=EventKind.PREEMPT, share=0.4)
    streams = _steady(draw, _BASE_STREAMS, _HOUR)
    return _trace("spot", _HOUR, streams, events=(loss,), step_ends_at=1800)


def _blackout(draw: Random) -> Trace:
    """Ten minutes without any metric, under steady load."""
    silence = Event(at=1800, kind=EventKind.BLACKOUT, seconds=600)
    return _trace("blackout", _HOUR, _steady(draw, _BASE_STREAMS, _HOUR), events=(silence,))


def _reconnect(draw: Random) -> Trace:
    """Every stream breaks off and comes back within a tenth of a second: phases align."""
    streams = []
    for _ in range(_BASE_STREAMS):
        first = _stream(draw, draw.uniform(0, 60), 1)
        again = 1803 + draw.uniform(0, 0.1)
        streams.append(first.model_copy(update={"close": 1800.0}))
        streams.append(first.model_copy(update={"open": again, "close": _HOUR}))
    return _trace("reconnect", _HOUR, streams, step_ends_at=1803.1)


def _mix_shift(draw: Random) -> Trace:
    """The number of streams stays, but within five minutes most of them are the dearest class."""
    streams = []
    for _ in range(_BASE_STREAMS):
        turn = 1800 + draw.uniform(0, 300)
        streams.append(_stream(draw, draw.uniform(0, 60), turn))
        heavy = _stream(draw, turn, _HOUR, mix=_HEAVY_MIX)
        streams.append(heavy)
    return _trace("mix-shift", 1.5 * _HOUR, streams, step_ends_at=2100)


def _slow_gateway(draw: Random) -> Trace:
    """A third of the streams stalls for five minutes, then pushes what it had kept."""
    stall = Event(at=1800, kind=EventKind.STALL, share=1 / 3, seconds=300, factor=4)
    return _trace("slow-gateway", _HOUR, _steady(draw, _BASE_STREAMS, _HOUR), events=(stall,))


def _node_failure(draw: Random) -> Trace:
    """A rack fails: 30 % of the base pods are gone, and starts take three times as long."""
    events = (
        Event(at=1800, kind=EventKind.PREEMPT, share=0.3),
        Event(at=1800, kind=EventKind.SLOW_STARTS, seconds=900, factor=3),
    )
    streams = _steady(draw, _BASE_STREAMS, _HOUR)
    return _trace("node-failure", _HOUR, streams, events=events, step_ends_at=1800)


def _live_flash(draw: Random) -> Trace:
    """Four times the streams within a minute; after four minutes they begin to leave."""
    streams = _steady(draw, 150, _LIVE_SECONDS)
    streams += [
        _stream(draw, _LIVE_AT + draw.uniform(0, 60), 240 + draw.uniform(0, 60)) for _ in range(450)
    ]
    return _live("flash", streams, step_ends_at=_LIVE_AT + 60)


def _live_failover(draw: Random) -> Trace:
    """Another region's streams, as many as there were, arrive within ten seconds."""
    streams = _steady(draw, _BASE_STREAMS, _LIVE_SECONDS)
    streams += [
        _stream(draw, _LIVE_AT + draw.uniform(0, 10), _LIVE_SECONDS) for _ in range(_BASE_STREAMS)
    ]
    return _live("failover", streams, step_ends_at=_LIVE_AT + 10)


def _live_spot(draw: Random) -> Trace:
    """Forty per cent of the base pods are taken back at once."""
    loss = Event(at=_LIVE_AT, kind=EventKind.PREEMPT, share=0.4)
    streams = _steady(draw, _BASE_STREAMS, _LIVE_SECONDS)
    return _live("spot", streams, events=(loss,), step_ends_at=_LIVE_AT)


def _live(
    name: str, streams: Sequence[Stream], *, events: tuple[Event, ...] = (), step_ends_at: float
) -> Trace:
    trace = _trace(name, _LIVE_SECONDS, streams, events=events, step_ends_at=step_ends_at)
    return trace.model_copy(update={"warmup_seconds": _LIVE_WARMUP_SECONDS})


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
LIVE_SHAPES: dict[str, Callable[[Random], Trace]] = {
    "flash": _live_flash,
    "failover": _live_failover,
    "spot": _live_spot,
}
SHORT_SHAPES = tuple(name for name in SHAPES if name != "diurnal")


class _Level:
    """Sessions whose expected number follows a curve: a Poisson process by thinning."""

    def __init__(self, expected: Callable[[float], float]) -> None:
        self._expected = expected

    def streams(self, draw: Random, seconds: float, *, mean_seconds: float) -> list[Stream]:
        """Draw sessions until the end; those open at the start are there from the start."""
        found = [_stream(draw, draw.uniform(0, 60), _rest(draw, mean_seconds)) for _ in self._now()]
        found += [
            _stream(draw, at, _rest(draw, mean_seconds))
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


def _steady(draw: Random, streams: int, seconds: float) -> list[Stream]:
    return [_stream(draw, draw.uniform(0, 60), seconds) for _ in range(streams)]


def _stream(draw: Random, at: float, lasts: float, *, mix: Sequence[float] = _MIX) -> Stream:
    (load_class,) = draw.choices(CLASSES, mix)
    return Stream(open=at, close=at + max(lasts, 2.0), load_class=load_class.name)


def _trace(
    name: str,
    seconds: float,
    streams: Sequence[Stream],
    *,
    events: tuple[Event, ...] = (),
    step_ends_at: float | None = None,
) -> Trace:
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
