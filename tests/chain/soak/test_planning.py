"""Plans leave a way to the reward unless they say that there is none."""

import random

import pytest
from tests.chain.soak.faults import Fault
from tests.chain.soak.ordeals import IMPOSSIBLE, Act, Ordeal, Step
from tests.chain.soak.planning import draw_plan, lay_out

_BLOCKS = 24
_LAST_CALL = 6  # the last quarter, in which a reward's price may be five times the cap
_FORGIVING = {Fault.NONE, Fault.NO_HINTS}


def _is_passable(step: Step) -> bool:
    faults = {weather.fault for weather in step.weathers}
    late = {Act.REVERT, Act.DROP, Act.KILL, Act.FREEZE, Act.PAUSE, Act.REORG}
    return bool(faults & _FORGIVING) and step.base_fee_caps < 5 and late.isdisjoint(step.acts)


@pytest.mark.parametrize("ordeal", Ordeal)
def test_every_ordeal_leaves_the_last_blocks_passable_or_is_impossible(ordeal: Ordeal) -> None:
    plans = [lay_out((ordeal,), _BLOCKS, draw=random.Random(seed)) for seed in range(50)]

    passable = all(_is_passable(step) for plan in plans for step in plan.steps[-_LAST_CALL:])

    if ordeal is not Ordeal.PAUSED:
        assert passable == (ordeal not in IMPOSSIBLE)
    assert {plan.is_possible for plan in plans} == {ordeal not in IMPOSSIBLE}


def test_the_same_seed_draws_the_same_rounds() -> None:
    first, second = (
        [draw_plan(_BLOCKS, draw) for _ in range(30)]
        for draw in (random.Random(7), random.Random(7))
    )

    assert first == second


def test_a_thousand_rounds_meet_every_ordeal() -> None:
    draw = random.Random(1)

    met = {ordeal for _ in range(1000) for ordeal in draw_plan(_BLOCKS, draw).ordeals}

    assert met == set(Ordeal)
