"""The shapes are what they are called: how many streams are open when, and what happens."""

import pytest
from tests.bench.scaling.shapes import SHAPES, make_trace
from tests.bench.scaling.trace import EventKind, Trace

_SEED = 10
_SLOTS = {"360p": 0.15, "720p": 0.3, "1080p": 0.5}


def _open(trace: Trace, at: float) -> int:
    return sum(stream.open <= at < stream.close for stream in trace.streams)


def _erlangs(trace: Trace, at: float) -> float:
    there = (stream for stream in trace.streams if stream.open <= at < stream.close)
    return sum(_SLOTS[stream.load_class] for stream in there)


@pytest.mark.parametrize(
    ("shape", "moments"),
    [
        pytest.param("diurnal", {3600: 150, 43_200: 450, 86_000: 150}, id="three to one in a day"),
        pytest.param("ramp", {1700: 150, 3100: 450}, id="three times within twenty minutes"),
        pytest.param("churn", {1800: 300, 5400: 300, 9000: 300}, id="level, by short sessions"),
        pytest.param("flash", {1790: 150, 1861: 600, 4100: 600, 4600: 150}, id="four times"),
        pytest.param("failover", {1790: 300, 1811: 600, 5300: 600, 5500: 300}, id="as many again"),
        pytest.param("spot", {1790: 300, 1810: 300}, id="steady while pods are lost"),
        pytest.param("blackout", {1790: 300, 2300: 300}, id="steady while nobody sees"),
        pytest.param("reconnect", {1799: 300, 1801: 0, 1804: 300}, id="all at once"),
        pytest.param("mix-shift", {1790: 300, 1950: 300, 2200: 300}, id="as many as before"),
        pytest.param("slow-gateway", {1790: 300, 2000: 300}, id="steady while some stall"),
        pytest.param("node-failure", {1790: 300, 1810: 300}, id="steady while a rack fails"),
    ],
)
def test_as_many_streams_are_open_as_the_shape_says(shape: str, moments: dict[int, int]) -> None:
    trace = make_trace(shape, _SEED)

    found = {at: _open(trace, at) for at in moments}

    assert found == {at: pytest.approx(count, rel=0.25) for at, count in moments.items()}


def test_a_shift_of_the_mix_is_load_without_streams() -> None:
    trace = make_trace("mix-shift", _SEED)

    assert _erlangs(trace, 2200) == pytest.approx(1.4 * _erlangs(trace, 1790), rel=0.15)


def test_phases_align_where_all_come_back_at_once() -> None:
    again = [one.open for one in make_trace("reconnect", _SEED).streams if one.open > 1800]

    assert max(again) - min(again) <= 0.1


@pytest.mark.parametrize(
    ("shape", "events"),
    [
        ("spot", [(1800, EventKind.PREEMPT, 0.4)]),
        ("blackout", [(1800, EventKind.BLACKOUT, 0.0)]),
        ("slow-gateway", [(1800, EventKind.STALL, 1 / 3)]),
        ("node-failure", [(1800, EventKind.PREEMPT, 0.3), (1800, EventKind.SLOW_STARTS, 0.0)]),
    ],
)
def test_what_happens_happens_where_the_shape_says(
    shape: str, events: list[tuple[float, EventKind, float]]
) -> None:
    told = [(event.at, event.kind, event.share) for event in make_trace(shape, _SEED).events]

    assert told == events


def test_nothing_happens_elsewhere() -> None:
    calm = [shape for shape in SHAPES if not make_trace(shape, _SEED).events]

    assert calm == [
        "diurnal",
        "ramp",
        "churn",
        "flash",
        "failover",
        "reconnect",
        "mix-shift",
    ]
