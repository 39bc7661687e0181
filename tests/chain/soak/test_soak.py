"""A slice of the soak: thirty rounds and twenty deaths. `make soak-chain` has the rest."""

from pathlib import Path

from tests.chain.soak.soak import kill_operators, play_rounds
from tests.chain.soak.world import World

_ROUNDS, _POINTS = 30, 20


def test_no_reward_is_missed_and_nothing_sent_twice_in_thirty_rounds(
    world: World, tmp_path: Path
) -> None:
    outcomes = play_rounds(world, tmp_path, rounds=_ROUNDS, seed=1)

    assert len(outcomes) == _ROUNDS
    assert [one for one in outcomes if one.is_missed] == []
    assert [one.doubles for one in outcomes if one.doubles] == []


def test_an_operator_that_dies_at_any_of_twenty_lines_leaves_one_effect(
    world: World, tmp_path: Path
) -> None:
    deaths = kill_operators(world, tmp_path, points=_POINTS, seed=1)

    assert sum(one.died_at is not None for one in deaths) >= _POINTS - 2
    assert [one for one in deaths if one.faults] == []
