from dataclasses import replace

import pytest
from tests.bench.transcode.findings import Findings, find
from tests.bench.transcode.gates import check_gates
from tests.bench.transcode.samples import Block, Fidelity, Latency, Measured, Sample
from tests.bench.transcode.tables import build_tables, markdown, plain
from tests.support.gates import all_pass, gate_line

_COST = {
    "cli": 3.0,
    "segment": 2.0,
    "fast": 2.1,
    "slots": 2.0,
    "cli-medium": 6.0,
    "lpms": 5.0,
}
_FPS = {"camera": 30.0, "small": 30.0, "quick": 60.0}
_HEIGHTS = {"camera": 1080, "small": 720, "quick": 1080}


def _samples() -> list[Sample]:
    return [
        Sample(peer, content, 0, number, cost * (1 + number), cost, 2.0, 1000)
        for number in range(2)
        for content in _FPS
        for peer, cost in _COST.items()
    ]


def _latencies() -> list[Latency]:
    return [
        Latency(phase, peer, "camera", 0, number, seconds)
        for phase in ("idle", "load")
        for peer, seconds in (("cli", 2.0), ("slots", 1.6))
        for number in range(3)
    ]


def _measured() -> Measured:
    return Measured(
        samples=_samples(),
        blocks=[
            Block(peer, content, number, cost, 4.0)
            for number in range(2)
            for content in _FPS
            for peer, cost in _COST.items()
        ],
        fidelity=[
            Fidelity(peer, content, "720p", 60, 1000, 40.0 + better, 0.99, 90.0 + better)
            for content in _FPS
            for peer, better in (("cli", 0.0), ("segment", 0.05), ("cli-medium", 0.0))
        ],
        latencies=_latencies(),
        over_floor={"camera": [0.02, 0.03, 0.04], "small": [0.08]},
        floor_parts={"camera": dict.fromkeys(("decode", "scale", "encode", "cpu", "whole"), 1.0)},
        peak_bytes={"segment": 430_000_000, "fast": 220_000_000},
        idle_bytes={"segment": 41_000_000, "fast": 50_000_000},
        isolation_seconds=[0.004, 0.005],
        recovery_seconds=[0.13],
    )


@pytest.fixture
def findings() -> Findings:
    return find(_measured(), fps=_FPS, heights=_HEIGHTS)


def test_a_good_run_passes_every_gate(findings: Findings) -> None:
    gates = check_gates(findings)

    assert all_pass(gates)
    lines = [gate_line(gate) for gate in gates]
    assert "gate throughput-segment 1.50x >=1.45x pass" in lines
    assert "gate throughput-lpms 1.20x >=1.15x pass" in lines
    assert "gate bytes-segment +0.00% <=+0.00% pass" in lines
    assert "gate over-floor-1080p 3.0% <=5.0% pass" in lines
    assert "gate idle-wall 0.80 <=0.90 pass" in lines
    assert "gate memory-idle 50MB <=60MB pass" in lines
    assert all(len(line.split(" ")) == 5 for line in lines)


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        pytest.param({"peak_bytes": {"segment": 460e6}}, "memory-segment", id="a slot too large"),
        pytest.param({"idle_p99": (1.2, 1.1)}, "idle-p99", id="a longer tail than the cli's"),
        pytest.param({"load_tail": {"slots": 1.3}}, "load-p99/p50", id="uneven answers"),
        pytest.param({"idle_bytes": None}, "memory-idle", id="what was not measured"),
        pytest.param({"overall": {}}, "throughput-segment", id="a peer that never ran"),
    ],
)
def test_each_broken_promise_fails_its_own_gate(
    findings: Findings, changed: dict[str, object], failing: str
) -> None:
    gates = check_gates(replace(findings, **changed))  # type: ignore[arg-type]  # table of fields

    assert failing in {gate.name for gate in gates if not gate.passed}


def test_a_chosen_content_leaves_out_the_gates_that_it_cannot_tell(findings: Findings) -> None:
    gates = check_gates(replace(findings, double_rate={}, over_floor={}), may_lack=True)

    names = {gate.name for gate in gates}
    assert not names & {"throughput-1080p60", "over-floor-1080p", "over-floor-720p"}
    assert all_pass(gates)


def test_sources_of_double_rate_stay_out_of_the_overall_ratio(findings: Findings) -> None:
    assert findings.overall["segment"].cpu.count == 4
    assert findings.double_rate["fast"].cpu.count == 2


def test_a_peer_is_compared_at_its_own_preset(findings: Findings) -> None:
    assert findings.overall["lpms"].baseline == "cli-medium"
    assert findings.overall["lpms"].cpu.median == pytest.approx(1.2)


def test_tables_say_the_same_in_both_forms(findings: Findings) -> None:
    tables = build_tables(findings, _measured())

    for text in (plain(tables), markdown(tables)):
        assert "1.500x" in text
        assert "over the floor" in text.lower()
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def test_a_run_that_measured_nothing_still_has_a_report() -> None:
    nothing = find(Measured(), fps={}, heights={})

    assert not all_pass(check_gates(nothing))
    assert build_tables(nothing, Measured()) == []
