"""The simulated provider: what it counts, bills and repeats."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.shapes import SHAPES, make_trace
from tests.bench.scaling.stage import BASE, View
from tests.bench.scaling.trace import Event, EventKind, LoadClass, Stream, Trace, read_trace
from tests.bench.scaling.world import Conditions, simulate

_KIND = replace(BASE, slots=2, minimum=0, start_sigma_seconds=0.0)
_CLASS = LoadClass(name="720p", slot_seconds=0.5)


class _Fixed:
    """A policy that wants the same from the beginning, or from a moment on."""

    name = "fixed"
    interval_seconds = 1.0

    def __init__(self, pods: int, *, since: float = 0.0) -> None:
        self._pods, self._since = pods, since

    def decide(self, view: View) -> Mapping[str, int]:
        return {"base": self._pods} if view.now >= self._since else {}


def _trace(*streams: tuple[float, float], events: tuple[Event, ...] = ()) -> Trace:
    return Trace(
        name="test",
        seconds=1000,
        warmup_seconds=0,
        classes=(_CLASS,),
        streams=tuple(Stream(open=a, close=b, load_class="720p") for a, b in streams),
        events=events,
    )


def _run(trace: Trace, policy: _Fixed) -> Outcome:
    conditions = Conditions((_KIND,), seed=1, service_cv=0.0)
    return simulate(trace, policy, conditions)


def test_every_segment_of_a_stream_is_counted_once() -> None:
    outcome = _run(_trace((0, 100)), _Fixed(1))
    assert (outcome.segments, outcome.late) == (50, 0)
    assert outcome.p99_seconds == pytest.approx(0.5)


def test_without_a_pod_every_segment_is_late() -> None:
    outcome = _run(_trace((100, 200)), _Fixed(0))
    assert outcome.late == outcome.segments == 50


def test_a_pod_helps_only_once_it_has_started() -> None:
    outcome = _run(_trace((100, 300)), _Fixed(1, since=100))
    assert outcome.segments == 100
    assert outcome.late == 44, "90 s of starting are the segments of 102 to 188 s"


def test_a_node_is_paid_from_creation_to_the_end() -> None:
    outcome = _run(_trace((0, 10)), _Fixed(3))
    assert outcome.cost == pytest.approx(3 * 1000 / 3600)


def test_a_left_node_is_paid_ten_more_minutes() -> None:
    class Leaves(_Fixed):
        def decide(self, view: View) -> Mapping[str, int]:
            return {"base": 1 if view.now < 100 else 0}

    assert _run(_trace((0, 10)), Leaves(0)).cost == pytest.approx(700 / 3600)


def test_lost_pods_give_their_work_back() -> None:
    loss = Event(at=50.75, kind=EventKind.PREEMPT, share=1.0)
    streams = [(0.25 + number / 10, 100.0) for number in range(4)]
    calm, hit = _run(_trace(*streams), _Fixed(2)), _run(_trace(*streams, events=(loss,)), _Fixed(2))
    assert hit.segments == calm.segments
    assert hit.late > calm.late == 0


def test_a_trace_file_names_the_field_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(_trace((0, 10)).model_dump_json(by_alias=True))
    assert read_trace(file) == _trace((0, 10))
    file.write_text(file.read_text().replace('"720p","slotSeconds"', '"1080p","slotSeconds"'))
    with pytest.raises(ValueError, match=r"streams\[0\].class: '720p' is not a class"):
        read_trace(file)


@pytest.mark.parametrize("shape", [name for name in SHAPES if name != "diurnal"])
def test_a_shape_is_the_same_for_the_same_seed_only(shape: str) -> None:
    assert make_trace(shape, 1) == make_trace(shape, 1)
    assert make_trace(shape, 1) != make_trace(shape, 2)
