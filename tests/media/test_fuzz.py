"""Hundreds of damaged segments, as a pod meets them: in children, each bounded.

`make fuzz-transcode` runs thousands, and holds memory to its promise as well.
"""

import os
import tempfile
from pathlib import Path

import pytest
from tests.fuzz.campaign import run_campaign
from tests.fuzz.findings import Findings, Plan
from tests.fuzz.verdict import gates, new_files
from tests.support.gates import gate_line

COUNT, LARGE = 480, 20
TOO_SHORT_TO_MEASURE = {"parent-memory", "child-memory"}


@pytest.mark.timeout(1200)
async def test_no_damage_breaks_more_than_its_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"  # where nobody else leaves files meanwhile
    own.mkdir()
    monkeypatch.chdir(own)
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    slots = min(4, len(os.sched_getaffinity(0)))
    plan = Plan(seed=7, count=COUNT, large=LARGE, slots=slots, out=tmp_path / "failing")

    findings = await run_campaign(plan, lambda _: None)

    found = [gate for gate in gates(plan, findings) if gate.name not in TOO_SHORT_TO_MEASURE]
    assert [gate_line(gate) for gate in found if not gate.passed] == [], told(findings)
    assert findings.good > COUNT // 4


def told(findings: Findings) -> str:
    """Name what failed by its seed, so that it can be run again alone."""
    failures = [f"{each.seed} ({each.story}): {each.complaints}" for each in findings.failures]
    return "\n".join([*failures, *findings.faults, *new_files(findings)])
