"""Anybody's trace: read from its file, and what is wrong with it said by field, with what to write.

[trace.py](trace.py) says what a trace is; here is what a simulation can make something of.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import from_json
from tests.bench.scaling.stage import BASE, OVERFLOW, PoolKind
from tests.bench.scaling.trace import Event, EventKind, Trace, read_trace

__all__ = ["TraceError", "fitting", "given_traces"]

_POOLS: Final = (BASE.name, OVERFLOW.name)
_OF_A_POOL: Final = {EventKind.PREEMPT, EventKind.SLOW_STARTS}
_LEAST_SEGMENT_SECONDS: Final = 0.1
_MOST_SEGMENTS: Final = 20_000_000
# Without these an event of the kind changes nothing.
_NEEDS: Final = {
    EventKind.PREEMPT: ("share",),
    EventKind.BLACKOUT: ("seconds",),
    EventKind.SLOW_STARTS: ("seconds", "factor"),
    EventKind.STALL: ("share", "seconds", "factor"),
}
# For how many of its seconds an event goes on: what has stalled catches up as long.
_LASTS: Final = {
    EventKind.PREEMPT: 0,
    EventKind.BLACKOUT: 1,
    EventKind.SLOW_STARTS: 1,
    EventKind.STALL: 2,
}
_NOTHING: Final = {"share": 0.0, "seconds": 0.0, "factor": 1.0}
_FIXES: Final = {
    "missing": "add it",
    "extra_forbidden": "there is no such field: remove it",
    "model_type": "write an object, {…}",
    "tuple_type": "write a list, […]",
    "value_error": "name one of classes, each of which has a name of its own",
}


class TraceError(ValueError):
    """A trace that cannot be simulated; the message names file, field and fix."""


def given_traces(paths: Sequence[Path]) -> list[Trace]:
    """Read them all. Raises TraceError for the first that cannot be used."""
    traces = [_given(path) for path in paths]
    names = [trace.name for trace in traces]
    for path, name in zip(paths, names, strict=True):
        if names.count(name) > 1:
            raise TraceError(f"{path}: name: two traces are called {name!r}: rename one")
    return traces


def fitting(trace: Trace, pools: Sequence[PoolKind]) -> Trace:
    """The trace as it is for a policy that has only these pools: nothing happens to others.

    Who is open at the end stays open: that a record ends there is nothing to scale in for.
    """
    names = {pool.name for pool in pools}
    events = (one for one in trace.events if one.kind not in _OF_A_POOL or one.pool in names)
    streams = (
        one
        if one.close < trace.seconds
        else one.model_copy(update={"close": one.close + trace.seconds})
        for one in trace.streams
    )
    return trace.model_copy(update={"events": tuple(events), "streams": tuple(streams)})


def _given(path: Path) -> Trace:
    try:
        from_json(path.read_bytes())  # the library's own loses itself in what is nested deeply
        trace = read_trace(path)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}: name a file with a trace in JSON") from error
    except ValueError as error:
        raise TraceError(f"{path}: {_unread(error)}") from error
    for fault in _faults(trace):
        raise TraceError(f"{path}: {fault}")
    return trace


def _unread(error: ValueError) -> str:
    """Say why a text is no trace."""
    invalid = error.__cause__
    if not isinstance(invalid, ValidationError):
        return f"this is no JSON ({error}): is the file whole?"
    first, *others = invalid.errors(include_url=False, include_input=False)
    message = first["msg"].removeprefix("Value error, ")
    fix = f": {_FIXES[first['type']]}" if first["type"] in _FIXES else ""
    more = f" ({len(others)} more faults)" if others else ""
    return f"{_place(first['loc'])}{message}{fix}{more}"


def _place(location: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return f"{''.join(parts).lstrip('.')}: " if location else ""


def _faults(trace: Trace) -> Iterator[str]:
    """What the types of the fields cannot say."""
    if not trace.name.strip() or not trace.name.isprintable() or "|" in trace.name:
        yield f"name: {trace.name!r} heads a column of a table: write a word"
    if not trace.seconds:
        yield "seconds: 0 is no time at all: write how long the trace lasts"
    if trace.warmup_seconds >= trace.seconds:
        yield (
            f"warmupSeconds: {trace.warmup_seconds:g} of {trace.seconds:g} seconds are not counted,"
            " so that nothing is left (without the field it is 600): write less"
        )
    if trace.step_ends_at is not None and trace.step_ends_at >= trace.seconds:
        yield f"stepEndsAt: {trace.step_ends_at:g} is after the trace: write less, or leave it out"
    yield from _faults_of_streams(trace)
    for number, event in enumerate(trace.events):
        yield from (f"events[{number}].{fault}" for fault in _faults_of(event))
        for other, before in enumerate(trace.events):
            ends = before.at + _LASTS[event.kind] * before.seconds
            if number != other and _is_alike(event, before) and before.at <= event.at < ends:
                yield (
                    f"events[{number}].at: {event.at:g} is within events[{other}], a {event.kind} "
                    f"as well, and one ends the other: begin it at {ends:g}"
                )


def _faults_of_streams(trace: Trace) -> Iterator[str]:
    lengths = {one.name: one.segment_seconds for one in trace.classes}
    for number, one in enumerate(trace.classes):
        if one.segment_seconds < _LEAST_SEGMENT_SECONDS:
            yield (
                f"classes[{number}].segmentSeconds: {one.segment_seconds:g} is shorter than any "
                f"segment: write {_LEAST_SEGMENT_SECONDS:g} or more"
            )
    segments = 0.0
    for number, stream in enumerate(trace.streams):
        if stream.close < stream.open:
            yield (
                f"streams[{number}].close: {stream.close:g} is before its open, {stream.open:g}: "
                "write a later one"
            )
        lasts = min(stream.close, trace.seconds) - stream.open
        segments += max(0.0, lasts) / lengths[stream.load_class]
    if segments > _MOST_SEGMENTS:
        yield (
            f"streams: {segments:.0f} segments are more than can be simulated "
            f"({_MOST_SEGMENTS}): leave out some, or cut seconds"
        )


def _is_alike(event: Event, other: Event) -> bool:
    return event.kind is other.kind and (event.kind not in _OF_A_POOL or event.pool == other.pool)


def _faults_of(event: Event) -> Iterator[str]:
    if event.kind in _OF_A_POOL and event.pool not in _POOLS:
        yield f"pool: {event.pool!r} is no pool here: write {' or '.join(_POOLS)}"
    if event.kind is EventKind.STALL and event.factor < 1:
        yield f"factor: {event.factor:g} is no stall but haste: write more than 1"
    for name in _NEEDS[event.kind]:
        if getattr(event, name) == _NOTHING[name]:
            nothing = f"a {event.kind} of {name} {_NOTHING[name]:g} changes nothing"
            yield f"{name}: {nothing}: write another"
