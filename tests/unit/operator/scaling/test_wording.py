"""The sentence of a decision: short enough for a status, whatever it has to tell."""

from dataclasses import replace

import pytest
from tests.unit.operator.scaling.cases import CPU, GPU, decided, demand, inputs

from podium_operator.api.status import decision_status
from podium_operator.scaling import Bound, Inputs, Lookahead, Source, Window
from podium_operator.scaling.wording import explain

_NAME = "an-orchestrator-of-a-long-name"


def _nodes(count: int, name: str) -> tuple[Source, ...]:
    """One that reports, and so many that have fallen silent."""
    silent = (Source(f"{name}-node-{one}", 60) for one in range(count))
    return Source("fresh", 1), *silent


def _busy(silent: int, pools: int, name: str = _NAME) -> Inputs:
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
    return inputs(
        demand(1e6, waiting=1e6), pools=many, sources=_nodes(silent, name), refused=10_000
    )


@pytest.mark.parametrize(
    ("silent", "pools", "name"),
    [(0, 1, _NAME), (31, 1, _NAME), (31, 16, _NAME), (1999, 16, _NAME), (3, 16, 240 * "n")],
    ids=["nobody", "many", "many, and many pools", "far too many", "of long names"],
)
def test_a_decision_fits_its_status_whoever_is_silent(silent: int, pools: int, name: str) -> None:
    seasoned = Window(started_at=-1e6, lateness=2.0)

    decision = decided(_busy(silent, pools, name), window=seasoned)

    shown = decision_status(decision, at="2026-01-02T03:04:05Z")
    assert shown.text == decision.text, "what is shown is what a replay says"
    assert len(shown.silent) == min(silent, 32)


def test_a_sentence_ends_whatever_there_is_to_tell_of_every_pool() -> None:
    decision = decided(_busy(3, 16, 240 * "n"))
    told = tuple(
        replace(
            one,
            desired=999,
            bound=Bound.BUDGET,
            cancels=300,
            lookahead=Lookahead.CLIMB,
            lookahead_erlangs=123_456.7,
        )
        for one in decision.pools
    )

    text = explain(
        decision.terms,
        _busy(3, 16).pools,
        told,
        surge=decision.surge,
        hold=decision.hold,
    )

    assert len(text) == 4000
    assert text.endswith("…")


def test_a_few_silent_nodes_are_named_and_of_many_the_first() -> None:
    few = decided(_busy(2, 1)).text
    many = decided(_busy(31, 1)).text

    assert "node-0, an-orchestrator-of-a-long-name-node-1 silent: nothing is taken away" in few
    assert "node-2 and 28 others silent: nothing is taken away" in many
