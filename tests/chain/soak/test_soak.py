"""A slice of the soak: thirty rounds and twenty deaths. `make soak-chain` has the rest."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.chain.soak.books import Books, Difference
from tests.chain.soak.crew import Crew
from tests.chain.soak.errands import soak_terms
from tests.chain.soak.ordeals import IMPOSSIBLE, Ordeal, Plan
from tests.chain.soak.planning import draw_plan, lay_out
from tests.chain.soak.rounds import Outcome, Stage, close_books, play_round
from tests.chain.soak.soak import kill_operators, place_for
from tests.chain.soak.world import ROUND_BLOCKS, World

# A fraction of a minute each on a machine that does nothing else.
pytestmark = pytest.mark.timeout(900)
_ROUNDS, _POINTS = 30, 20


@dataclass(slots=True)
class _Life:
    """One operator through all rounds of this module; its books are closed at the end."""

    stage: Stage
    rounds: int = 0

    def play(self, plan: Plan) -> Outcome:
        self.rounds += 1
        return play_round(self.stage, plan)


@pytest.fixture(scope="module")
def life(world_session: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Life]:
    terms = soak_terms(world_session.orchestrator)
    place = place_for(world_session, terms, tmp_path_factory.mktemp("soak"))
    stage = Stage(world_session, Crew(place), random.Random(1), Books(world_session))
    yield _Life(stage)
    stage.crew.end()


@pytest.mark.parametrize("ordeal", list(Ordeal), ids=str)
def test_the_reward_lands_in_its_round_once_whatever_happens(life: _Life, ordeal: Ordeal) -> None:
    plan = lay_out((ordeal,), ROUND_BLOCKS, draw=random.Random(str(ordeal)))

    outcome = life.play(plan)

    assert outcome.is_rewarded is (ordeal not in IMPOSSIBLE), outcome.said
    assert outcome.doubles == ()


def test_no_reward_is_missed_in_drawn_rounds_and_the_books_of_all_are_exact(life: _Life) -> None:
    draw = random.Random(1)

    drawn = [life.play(draw_plan(ROUND_BLOCKS, draw)) for _ in range(_ROUNDS - len(Ordeal))]
    close_books(life.stage)

    assert [one for one in drawn if one.is_missed] == []
    assert [one.doubles for one in drawn if one.doubles] == []
    assert len(life.stage.books.entries()) == life.rounds
    assert life.stage.books.difference() == Difference(rewards=0, gas_wei=0, stake=0)


def test_an_operator_that_dies_at_any_of_twenty_lines_leaves_one_effect(
    world: World, tmp_path: Path
) -> None:
    deaths = kill_operators(world, tmp_path, points=_POINTS, seed=1)

    assert sum(one.died_at is not None for one in deaths) >= _POINTS - 2
    assert [one for one in deaths if one.faults] == []
