"""What a soak's gates say of what was found."""

from dataclasses import replace

import pytest
from tests.drain.verdict import Findings, check_gates, summary_lines

CLEAN = Findings(
    wanted=100,
    cycles=101,
    restarts=6,
    in_hand=70,
    answered=200,
    given=200,
    transcoded=200,
    late=1,
    lost=[],
    failures=[],
    slowest_seconds=1.5,
    took_seconds=60.0,
)


def _failed(found: Findings) -> list[str]:
    return [gate.name for gate in check_gates(found) if not gate.passed]


def test_a_clean_soak_passes() -> None:
    assert _failed(CLEAN) == []


@pytest.mark.parametrize(
    ("found", "gate"),
    [
        pytest.param(replace(CLEAN, cycles=99), "cycles", id="too few"),
        pytest.param(replace(CLEAN, lost=["live-1/3: gone"]), "lost", id="a segment lost"),
        pytest.param(replace(CLEAN, given=201), "double", id="an answer too many"),
        pytest.param(replace(CLEAN, failures=["status 1"]), "unclean_ends", id="a bad end"),
    ],
)
def test_each_fault_fails_its_gate(found: Findings, gate: str) -> None:
    assert _failed(found) == [gate]


def test_work_that_nobody_saw_is_told_and_fails_nothing() -> None:
    found = replace(CLEAN, transcoded=203)

    assert _failed(found) == []
    assert "3 worked on again unseen" in "\n".join(summary_lines(found))
