"""A slice of the soak: thirty rounds and twenty deaths. `make soak-chain` has the rest."""

from pathlib import Path

import pytest
from tests.chain.soak.books import Difference
from tests.chain.soak.errands import soak_terms
from tests.chain.soak.soak import kill_operators, place_for, play_rounds
from tests.chain.soak.world import World

# Half a minute each on a machine that does nothing else.
pytestmark = pytest.mark.timeout(900)
_ROUNDS, _POINTS = 30, 20


def test_no_reward_is_missed_and_nothing_sent_twice_in_thirty_rounds(
    world: World, tmp_path: Path
) -> None:
    place = place_for(world, soak_terms(world.orchestrator), tmp_path)

    played = play_rounds(world, place, rounds=_ROUNDS, seed=1)

    assert len(played.outcomes) == len(played.entries) == _ROUNDS
    assert [one for one in played.outcomes if one.is_missed] == []
    assert [one.doubles for one in played.outcomes if one.doubles] == []
    assert played.difference == Difference(rewards=0, gas_wei=0, stake=0)


def test_an_operator_that_dies_at_any_of_twenty_lines_leaves_one_effect(
    world: World, tmp_path: Path
) -> None:
    deaths = kill_operators(world, tmp_path, points=_POINTS, seed=1)

    assert sum(one.died_at is not None for one in deaths) >= _POINTS - 2
    assert [one for one in deaths if one.faults] == []
