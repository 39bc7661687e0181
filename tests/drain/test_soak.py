"""Transcoders told to stop under live streams: a slice of `make soak-drain`."""

from pathlib import Path

import pytest
from tests.drain.campaign import Campaign, run_campaign
from tests.drain.verdict import Findings, check_gates, summary_lines
from tests.support.gates import all_pass

_SLICE = Campaign(cycles=30, processes=3, streams=3, minutes=8, seed=7, patience=6)


@pytest.mark.timeout(900)
async def test_no_segment_is_lost_or_done_twice_when_transcoders_leave(tmp_path: Path) -> None:
    found = await run_campaign(_SLICE, tmp_path, tell=_nothing)

    assert all_pass(check_gates(found)), summary_lines(found)
    assert found.in_hand > 0
    assert found.restarts > 0


def _nothing(_: Findings) -> None:
    """Nobody watches a test."""
