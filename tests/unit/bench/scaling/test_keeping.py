"""Runs that are kept between two parts of a comparison."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.bench.scaling import keeping
from tests.bench.scaling.compare import Case
from tests.bench.scaling.keeping import keep, kept
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.trace import read_trace

_CASE = Case("Podium", "flash", 10, 45.0)
_OUTCOME = Outcome(100, 3, 1.5, 6.15, 5.0, 1.15, 4, 9, 2, 1, 0, 11.0)
_TRACE = {
    "name": "mine",
    "seconds": 600,
    "warmupSeconds": 0,
    "classes": [{"name": "hd", "slotSeconds": 0.7}],
    "streams": [{"open": 0, "close": 600, "class": "hd"}],
}


def test_kept_runs_are_found_again(tmp_path: Path) -> None:
    file, trace = tmp_path / "runs.jsonl", tmp_path / "mine.json"
    trace.write_text(json.dumps(_TRACE))
    theirs = replace(_CASE, shape="mine", trace=read_trace(trace))

    keep(file, _CASE, _OUTCOME)
    keep(file, theirs, _OUTCOME)

    assert kept(file) == {_CASE: _OUTCOME, theirs: _OUTCOME}


def test_nothing_is_kept_at_first(tmp_path: Path) -> None:
    assert kept(tmp_path / "runs.jsonl") == {}


@pytest.mark.parametrize("damage", ["cut short", "of other sources"])
def test_what_cannot_be_gone_on_with_is_run_again(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "runs.jsonl"
    keep(file, _CASE, _OUTCOME)
    line = file.read_text()
    other = json.dumps(json.loads(line) | {"sources": "0"})
    file.write_text(line[:-20] if damage == "cut short" else other)

    assert kept(file) == {}


def test_another_policy_of_ours_leaves_the_runs_of_peers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, ours = tmp_path / "runs.jsonl", tmp_path / "decide.py"
    theirs = replace(_CASE, policy="KEDA default")
    keep(file, _CASE, _OUTCOME)
    keep(file, theirs, _OUTCOME)
    ours.write_text("another")

    monkeypatch.setattr(keeping, "_OURS", (ours,))

    assert kept(file) == {theirs: _OUTCOME}
