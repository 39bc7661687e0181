import pytest
from tests.demo.summary import build_summary, quantile, summary_lines
from tests.gateway.records import Outcome, RenditionRecord, SegmentRecord
from tests.support.gates import Gate


def _record(seq: int, answered: float) -> SegmentRecord:
    return SegmentRecord(
        "live-1",
        seq,
        2.0,
        1e9,
        Outcome.OK,
        answered_seconds=answered,
        renditions=(RenditionRecord("240p", 1000, 500),),
    )


def test_a_summary_holds_what_the_run_measured() -> None:
    summary = build_summary(
        records=[_record(0, 0.5), _record(1, 2.5)],
        gates=[Gate("lost", "0", "0", passed=True)],
        journey="1 → 2 → 1",
        first_rendition_seconds=21.04,
        stages={"cluster": 12.0},
        files={"picture": "run.png"},
    )

    assert summary["segments"] == 2
    assert summary["late"] == 1
    assert summary["rendition_bytes"] == 2000
    assert summary["first_rendition_seconds"] == 21.04
    assert summary["gates"]["lost"] == {"value": "0", "goal": "0", "passed": True}
    assert any("21.04 s after the command" in line for line in summary_lines(summary))


def test_a_run_without_an_answer_still_has_a_summary() -> None:
    summary = build_summary(
        records=[], gates=[], journey="", first_rendition_seconds=None, stages={}, files={}
    )

    assert summary["answered_seconds"] == {"p50": None, "p95": None, "max": None}
    assert summary_lines(summary)


@pytest.mark.parametrize(
    ("lag", "told"),
    [
        pytest.param(0.3, False, id="a short lag is not worth a line"),
        pytest.param(3.0, True, id="a machine that holds up the feeder is named"),
    ],
)
def test_an_overloaded_machine_is_told_from_a_slow_podium(lag: float, *, told: bool) -> None:
    summary = build_summary(
        records=[],
        gates=[],
        journey="",
        first_rendition_seconds=None,
        feeder_lag_seconds=lag,
        stages={},
        files={},
    )

    assert any("overloaded" in line for line in summary_lines(summary)) is told


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([3.0, 1.0, 2.0], 1.0) == 3.0
