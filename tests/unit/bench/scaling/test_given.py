"""Traces from anybody: what cannot be simulated is refused by field and fix, and the rest runs."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.bench.scaling import __main__ as bench
from tests.bench.scaling.given import TraceError, fitting, given_traces
from tests.bench.scaling.policies import POLICIES
from tests.bench.scaling.stage import BASE, OVERFLOW
from tests.bench.scaling.trace import EventKind
from tests.bench.scaling.world import Conditions, simulate

_STREAM = {"open": 0, "close": 60, "class": "hd"}
_TRACE: dict[str, Any] = {
    "name": "mine",
    "seconds": 60,
    "warmupSeconds": 0,
    "classes": [{"name": "hd", "slotSeconds": 0.7}],
    "streams": [_STREAM],
}


def _file(folder: Path, text: str | bytes) -> Path:
    file = folder / "mine.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def _with(**changes: Any) -> str:
    return json.dumps(_TRACE | changes)


def _event(**fields: Any) -> str:
    return _with(events=[{"at": 1, **fields}])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "this is no JSON .*line 1 column 0.*: is the file whole", id="empty"),
        pytest.param(
            _with()[:-9], r"this is no JSON .*line 1 column \d+.*: is the file whole", id="cut off"
        ),
        pytest.param(b'{"name": "\xff"}', "this is no JSON", id="no text"),
        pytest.param("[" * 100_000, "this is no JSON", id="nested without end"),
        pytest.param("9" * 5000, "this is no JSON", id="digits without end"),
        pytest.param("[]", "write an object", id="a list"),
        pytest.param("{}", r"name: Field required: add it \(3 more faults\)", id="nothing in it"),
        pytest.param(_with(warmup=0), "warmup: .*no such field: remove it", id="unknown field"),
        pytest.param(_with(seconds="sixty"), "seconds: .*valid number", id="a word for a number"),
        pytest.param(
            _with(streams={"open": 1}), "streams: .*write a list", id="an object for a list"
        ),
        pytest.param(
            _with(streams=[_STREAM, _STREAM | {"open": -5}]),
            r"streams\[1\]\.open: .*greater than or equal to 0",
            id="a time before the beginning",
        ),
        pytest.param(
            _with(streams=[_STREAM | {"close": float("nan")}]),
            r"streams\[0\]\.close: .*finite",
            id="not a number",
        ),
        pytest.param(
            _with(streams=[_STREAM | {"close": float("inf")}]),
            r"streams\[0\]\.close: .*finite",
            id="for ever",
        ),
        pytest.param(
            _with(streams=[_STREAM | {"class": "4k"}]),
            r"streams\[0\]\.class: '4k' is not a class: name one of classes",
            id="unknown class",
        ),
        pytest.param(
            _with(streams=[_STREAM | {"open": 50, "close": 10}]),
            r"streams\[0\]\.close: 10 is before its open, 50: write a later one",
            id="closed before it opened",
        ),
        pytest.param(_with(seconds=0), "seconds: 0 is no time at all", id="no time"),
        pytest.param(
            json.dumps({key: value for key, value in _TRACE.items() if key != "warmupSeconds"}),
            "warmupSeconds: 600 of 60 seconds are not counted.*write less",
            id="shorter than the usual warm-up",
        ),
        pytest.param(_with(stepEndsAt=60), "stepEndsAt: 60 is after the trace", id="late step"),
        pytest.param(_with(name="a|b"), "name: 'a|b' heads a column", id="a name of two columns"),
        pytest.param(_with(name=" "), "name: ' ' heads a column", id="no name"),
        pytest.param(
            _with(classes=[{"name": "hd", "slotSeconds": 1, "segmentSeconds": 1e-9}]),
            r"classes\[0\]\.segmentSeconds: 1e-09 is shorter than any segment: write 0.1 or more",
            id="segments without length",
        ),
        pytest.param(
            _with(seconds=1e6, streams=[_STREAM | {"close": 1e6}] * 1000),
            "streams: 500000000 segments are more than can be simulated",
            id="more than a night's work",
        ),
        pytest.param(
            _event(kind="fire"), r"events\[0\]\.kind: .*'preempt', 'blackout'", id="unknown event"
        ),
        pytest.param(
            _event(kind="preempt", pool="gpu", share=0.5),
            r"events\[0\]\.pool: 'gpu' is no pool here: write base or overflow",
            id="an event of no pool",
        ),
        pytest.param(
            _event(kind="preempt"),
            r"events\[0\]\.share: a preempt of share 0 changes nothing: write another",
            id="an event that changes nothing",
        ),
        pytest.param(
            _event(kind="stall", share=0.5, seconds=9), r"events\[0\]\.factor: ", id="half an event"
        ),
        pytest.param(
            _event(kind="stall", share=0.5, seconds=9, factor=1e-9),
            r"events\[0\]\.factor: 1e-09 is no stall but haste: write more than 1",
            id="a stall that never ends",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused_by_file_field_and_fix(
    text: str | bytes, said: str, tmp_path: Path
) -> None:
    file = _file(tmp_path, text)

    with pytest.raises(TraceError, match=said) as refusal:
        given_traces([file])

    assert str(refusal.value).startswith(f"{file}: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="name a file with a trace in JSON"):
        given_traces([tmp_path / name])


def test_two_traces_of_one_name_would_be_summed_up_and_are_refused(tmp_path: Path) -> None:
    file = _file(tmp_path, _with())

    with pytest.raises(TraceError, match="two traces are called 'mine': rename one"):
        given_traces([file, file])


@pytest.mark.parametrize(
    ("kind", "later", "begin"),
    [("blackout", 15, 20), ("stall", 25, 30), ("slowStarts", 15, 20)],
)
def test_events_that_would_end_each_other_are_refused(
    kind: str, later: float, begin: float, tmp_path: Path
) -> None:
    event = {"at": 10, "kind": kind, "seconds": 10, "factor": 2, "share": 0.5}
    twice = [event | {"at": later}, event]

    with pytest.raises(TraceError, match=rf"events\[0\]\.at: {later} is within .*at {begin}"):
        given_traces([_file(tmp_path, _with(events=twice))])

    assert given_traces([_file(tmp_path, _with(events=[event, event | {"at": begin}]))])


def test_what_happens_to_several_pools_may_happen_at_once(tmp_path: Path) -> None:
    event = {"at": 10, "kind": "slowStarts", "seconds": 10, "factor": 2}
    both = [event, event | {"pool": "overflow"}, {"at": 12, "kind": "blackout", "seconds": 5}]

    assert given_traces([_file(tmp_path, _with(events=both))])


def test_streams_may_come_in_any_order_and_none_at_all(tmp_path: Path) -> None:
    later = _STREAM | {"open": 30}
    (trace,) = given_traces([_file(tmp_path, _with(streams=[later, _STREAM]))])
    (empty,) = given_traces([_file(tmp_path, _with(streams=[]))])

    assert [stream.open for stream in trace.streams] == [30, 0]
    assert empty.streams == ()


def test_what_happens_to_a_pool_happens_to_policies_that_have_it(tmp_path: Path) -> None:
    both = [
        {"at": 1, "kind": "preempt", "pool": "overflow", "share": 1},
        {"at": 2, "kind": "blackout", "pool": "overflow", "seconds": 5},
    ]
    (trace,) = given_traces([_file(tmp_path, _with(events=both))])

    assert [one.kind for one in fitting(trace, (BASE,)).events] == [EventKind.BLACKOUT]
    assert fitting(trace, (BASE, OVERFLOW)).events == trace.events


def test_the_end_of_a_record_is_nothing_to_scale_in_for(tmp_path: Path) -> None:
    streams = [_STREAM] * 30
    (trace,) = given_traces([_file(tmp_path, _with(streams=streams))])
    fitted, pools = fitting(trace, (BASE,)), (BASE,)

    knows_all = POLICIES["clairvoyant"].make(pools, fitted)
    outcome = simulate(fitted, knows_all, Conditions(pools, seed=1))

    assert outcome.base_hours >= 2 * 60 / 3600, "two pods serve to the last segment"
    assert outcome.late == 0


def test_a_trace_of_ones_own_ends_in_a_table_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [
        {"at": 20, "kind": "preempt", "pool": "overflow", "share": 1},
        {"at": 30, "kind": "slowStarts", "pool": "overflow", "seconds": 9, "factor": 2},
    ]
    file, out = _file(tmp_path, _with(events=events)), tmp_path / "out"
    flags = [f"--trace={file}", "--seeds", "1", "1", "--workers=2", f"--out={out}"]

    assert bench.main(flags) == 0

    said = capsys.readouterr().out
    assert all(f"| {policy} " in said for policy in POLICIES)
    assert "| mine " in said
    assert "gates: only for all shapes together" in said
    assert (out / "scaling.png").stat().st_size > 0
    assert (out / "scaling.md").read_text() in said
    assert len((out / "runs.jsonl").read_text().splitlines()) == len(POLICIES)


def test_a_wrong_trace_ends_the_command_with_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main([f"--trace={_file(tmp_path, '{')}", f"--out={tmp_path / 'out'}"]) == 2
    assert "is the file whole" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        pytest.param(["--workers=0"], "'0': write a number from 1 to 60", id="no worker"),
        pytest.param(["--workers=-1"], "'-1': write a number", id="less than none"),
        pytest.param(["--workers=many"], "'many': write a number", id="a word"),
        pytest.param(["--seeds", "x"], "--seeds: invalid int value: 'x'", id="no seed"),
        pytest.param(["--seeds"], "--seeds: expected at least one", id="no seed at all"),
        pytest.param(["--shapes", "wave"], "invalid choice: 'wave'", id="no such shape"),
        pytest.param(
            ["--out=/dev/null/x"], "--out: /dev/null/x: .*: name a folder", id="no folder"
        ),
    ],
)
def test_a_flag_that_makes_no_sense_is_named(
    flags: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main([f"--out={tmp_path}", *flags])

    assert ended.value.code == 2
    assert re.search(said, capsys.readouterr().err)
