"""The gates: each passes at its goal, fails beyond it, and nothing at all is no success."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.bench.scaling.compare import Cell
from tests.bench.scaling.gates import live_gates, peer_gates, start_gate
from tests.bench.scaling.shapes import SHAPES
from tests.support.gates import Gate

_PEER = Cell(
    late_share=0.024,
    cost=100.0,
    base_hours=100.0,
    overflow_hours=0.0,
    actions=100,
    reversals=100,
    base_reversals=100,
    exposed=0,
    capacity_seconds=20.0,
)
# At every goal at once: 1/8 of the lateness, 0.8 of the cost, a tenth of the reversals, 20 s.
_OURS = replace(_PEER, late_share=0.003, cost=80.0, base_reversals=10)
_CHARGED = replace(_PEER, late_share=0.008)


def _gates(ours: Cell = _OURS, charged: Cell = _CHARGED) -> dict[str, Gate]:
    cells = {"Podium": ours, "Podium charged": charged, "clairvoyant": replace(_PEER, cost=80.0)}

    def totals(policy: str, _shapes: Sequence[str]) -> Cell:
        return cells.get(policy, _PEER)

    return {gate.name: gate for gate in peer_gates(totals, list(SHAPES))}


def _failing(gates: dict[str, Gate]) -> set[str]:
    return {name for name, gate in gates.items() if not gate.passed}


def test_every_gate_passes_at_its_goal() -> None:
    gates = _gates()

    assert _failing(gates) == set()
    assert gates.keys() == {
        "late/KEDA-default",
        "cost/KEDA-default",
        "late/Knative-KPA",
        "cost/Knative-KPA",
        "late/KEDA-tuned",
        "cost/KEDA-tuned",
        "late-when-charged/KEDA-default",
        "base-reversals/KEDA-default",
        "base-reversals/Knative-KPA",
        "step-to-capacity",
        "diurnal-cost/clairvoyant",
    }


@pytest.mark.parametrize(
    ("ours", "failing"),
    [
        pytest.param({"late_share": 0.0031}, {"late/KEDA-default"}, id="late against KEDA"),
        pytest.param(
            {"late_share": 0.0081},
            {"late/KEDA-default", "late/Knative-KPA", "late/KEDA-tuned"},
            id="late against all",
        ),
        pytest.param({"cost": 81.0}, {"cost/KEDA-tuned"}, id="dear against KEDA tuned"),
        pytest.param(
            {"cost": 91.0},
            {"cost/KEDA-tuned", "cost/Knative-KPA", "diurnal-cost/clairvoyant"},
            id="dear against the KPA, and by day",
        ),
        pytest.param({"base_reversals": 11}, {"base-reversals/Knative-KPA"}, id="restless"),
        pytest.param({"capacity_seconds": 20.5}, {"step-to-capacity"}, id="slow after a step"),
        pytest.param({"capacity_seconds": None}, {"step-to-capacity"}, id="no step was seen"),
    ],
)
def test_beyond_its_goal_a_gate_fails(ours: dict[str, Any], failing: set[str]) -> None:
    assert _failing(_gates(replace(_OURS, **ours))) == failing


def test_charged_for_its_places_it_may_be_a_third_as_late() -> None:
    charged = replace(_CHARGED, late_share=0.0081)

    assert _failing(_gates(charged=charged)) == {"late-when-charged/KEDA-default"}


def test_a_peer_that_is_never_late_is_not_beaten_by_a_little() -> None:
    never = replace(_PEER, late_share=0.0)

    gates = live_gates(lambda policy, _: _OURS if policy == "Podium" else never, ["flash"])

    assert {gate.name for gate in gates if not gate.passed} == {
        "late/KEDA-default",
        "late/KEDA-tuned",
    }


def test_a_slow_start_may_cost_a_fifth_more_lateness() -> None:
    assert start_gate({45.0: 0.0010, 300.0: 0.0012}).passed
    assert not start_gate({45.0: 0.0010, 300.0: 0.00121}).passed
    assert not start_gate({45.0: 0.0, 300.0: 0.001}).passed
    assert start_gate({45.0: 0.0, 300.0: 0.0}).passed
