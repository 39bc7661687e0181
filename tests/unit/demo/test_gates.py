from dataclasses import replace

import pytest
from tests.demo.gates import Findings, check_gates
from tests.support.gates import all_pass, gate_line

GOOD = Findings(
    submitted=200,
    lost=0,
    late=2,
    renditions=400,
    undecodable=(),
    journey="1 → 4 → 1",
    journey_done=True,
    peak_pods=4,
    hls_problems=(),
)


def test_a_good_run_passes_every_gate() -> None:
    gates = check_gates(GOOD)

    assert all_pass(gates)
    assert [gate_line(gate) for gate in gates] == [
        "gate lost 0 0 pass",
        "gate late 1.00% <=1% pass",
        "gate decoded 400/400 all pass",
        "gate pods 1→4→1 1→4→1 pass",
        "gate hls playable playable pass",
    ]


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        pytest.param({"lost": 1}, {"lost"}, id="one lost segment fails the run"),
        pytest.param({"late": 3}, {"late"}, id="more than one in a hundred late fails the run"),
        pytest.param({"undecodable": ("a",)}, {"decoded"}, id="one undecodable rendition"),
        pytest.param({"journey_done": False}, {"pods"}, id="pods that did not come back"),
        pytest.param({"hls_problems": ("x",)}, {"hls"}, id="a playlist with a hole"),
        pytest.param(
            {"submitted": 0, "late": 0, "renditions": 0},
            {"lost", "late", "decoded"},
            id="a run that sent nothing proves nothing",
        ),
    ],
)
def test_each_broken_promise_fails_its_own_gate(
    changed: dict[str, object], failing: set[str]
) -> None:
    gates = check_gates(replace(GOOD, **changed))  # type: ignore[arg-type]  # table of fields

    assert {gate.name for gate in gates if not gate.passed} == failing
    assert not all_pass(gates)
