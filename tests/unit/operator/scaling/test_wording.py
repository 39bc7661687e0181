"""The sentence of a decision: short enough for a status, whatever it has to tell."""

from dataclasses import replace

import pytest
from tests.unit.operator.scaling.cases import CPU, GPU, decided, demand, inputs

from podium_operator.api.status import decision_status
from podium_operator.scaling import Inputs, Source, Window


def _nodes(count: int) -> tuple[Source, ...]:
    """One that reports, and so many that have fallen silent."""
    silent = (Source(f"{'an-orchestrator-of-a-long-name'}-node-{one}", 60) for one in range(count))
    return Source("fresh", 1), *silent


def _busy(silent: int, pools: int) -> Inputs:
    """As much to tell of every pool as there can be."""
    many = tuple(
        replace(
            (CPU, GPU)[number % 2],
            name=f"a-long-name-{number:04}",
            current=900,
            maximum=1000,
            minimum=1,
            pending_etas=(300.0,) * 400,
            stuck=100,
        )
        for number in range(pools)
    )
    return inputs(demand(1e6, waiting=1e6), pools=many, sources=_nodes(silent), refused=10_000)


@pytest.mark.parametrize(("silent", "pools"), [(0, 1), (31, 1), (31, 16), (1999, 16)])
def test_a_decision_fits_its_status_whoever_is_silent(silent: int, pools: int) -> None:
    seasoned = Window(started_at=-1e6, lateness=2.0)

    decision = decided(_busy(silent, pools), window=seasoned)

    shown = decision_status(decision, at="2026-01-02T03:04:05Z")
    assert shown.text == decision.text, "what is shown is what a replay says"
    assert len(shown.silent) == min(silent, 32)


def test_a_few_silent_nodes_are_named_and_of_many_the_first() -> None:
    few = decided(_busy(2, 1)).text
    many = decided(_busy(31, 1)).text

    assert "node-0, an-orchestrator-of-a-long-name-node-1 silent: nothing is taken away" in few
    assert "node-2 and 28 others silent: nothing is taken away" in many
