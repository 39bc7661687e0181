"""Generated traces of a quarter of an hour, for a replay by the clock: one event each."""

from collections.abc import Callable, Sequence
from random import Random

from tests.bench.scaling.shapes import steady, stream_of, trace_of
from tests.bench.scaling.trace import Event, EventKind, Stream, Trace

__all__ = ["LIVE_SHAPES", "LONGEST_SECONDS", "make_live_trace"]

LONGEST_SECONDS = 900.0
"""Nobody waits longer for a trace."""

_WARMUP_SECONDS = 180.0
_AT = 240.0
_CROWD_SECONDS = 420.0


def make_live_trace(shape: str, seed: int) -> Trace:
    """Return the trace of a shape; `KeyError` for an unknown one."""
    return LIVE_SHAPES[shape](Random(f"live/{shape}/{seed}"))  # load, not a secret


def _flash(draw: Random) -> Trace:
    """Four times the streams within a minute; after seven minutes they begin to leave."""
    streams = steady(draw, 150, LONGEST_SECONDS)
    streams += [
        stream_of(draw, _AT + draw.uniform(0, 60), _CROWD_SECONDS + draw.uniform(0, 60))
        for _ in range(450)
    ]
    return _live("flash", streams, step_ends_at=_AT + 60)


def _failover(draw: Random) -> Trace:
    """Another region's streams, as many as there were, arrive within ten seconds."""
    streams = steady(draw, 300, LONGEST_SECONDS)
    streams += [stream_of(draw, _AT + draw.uniform(0, 10), LONGEST_SECONDS) for _ in range(300)]
    return _live("failover", streams, step_ends_at=_AT + 10)


def _spot(draw: Random) -> Trace:
    """Forty per cent of the base pods are taken back at once."""
    loss = Event(at=_AT, kind=EventKind.PREEMPT, share=0.4)
    streams = steady(draw, 300, LONGEST_SECONDS)
    return _live("spot", streams, events=(loss,), step_ends_at=_AT)


def _live(
    name: str, streams: Sequence[Stream], *, events: tuple[Event, ...] = (), step_ends_at: float
) -> Trace:
    trace = trace_of(name, LONGEST_SECONDS, streams, events=events, step_ends_at=step_ends_at)
    return trace.model_copy(update={"warmup_seconds": _WARMUP_SECONDS})


LIVE_SHAPES: dict[str, Callable[[Random], Trace]] = {
    "flash": _flash,
    "failover": _failover,
    "spot": _spot,
}
