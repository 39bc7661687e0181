"""How rounds went: each closed round is judged once, and the newest thirty are kept."""

from dataclasses import replace

import pytest
from tests.unit.operator.body.intents import REWARD

from podium_operator.api.chain_status import RewardStatus
from podium_operator.chain.model import Intent, IntentState, RewardStanding, Standing
from podium_operator.chain.past_rounds import missed_in, with_standing


def _rounds(**states: str) -> list[RewardStatus]:
    return [RewardStatus(round=int(name[1:]), state=state) for name, state in states.items()]


def _words(rounds: list[RewardStatus]) -> dict[int, str]:
    return {one.round: one.state for one in rounds}


def _done(number: int) -> Intent:
    return replace(REWARD, round=number, state=IntentState.DONE)


@pytest.mark.parametrize(
    ("known", "reward", "after"),
    [
        pytest.param(
            {"r9": "pending"},
            RewardStanding(Standing.OK, 9),
            {9: "called"},
            id="the reward came",
        ),
        pytest.param(
            {"r9": "late"},
            RewardStanding(Standing.PENDING, 10, missed_round=9),
            {9: "missed", 10: "pending"},
            id="the round closed without it",
        ),
        pytest.param(
            {"r9": "pending"},
            RewardStanding(Standing.PENDING, 10),
            {9: "called", 10: "pending"},
            id="it came after the last look",
        ),
        pytest.param(
            {},
            RewardStanding(Standing.MISSED, 10, missed_round=9),
            {9: "missed", 10: "pending"},
            id="lost before anybody looked",
        ),
        pytest.param(
            {"r7": "pending"},
            RewardStanding(Standing.OK, 10),
            {7: "missed", 10: "called"},
            id="nobody looked for rounds, and no reward of ours is known",
        ),
        pytest.param(
            {"r9": "skipped"},
            RewardStanding(Standing.PENDING, 10, missed_round=9),
            {9: "skipped", 10: "pending"},
            id="left out on purpose",
        ),
    ],
)
def test_a_round_is_judged_by_what_the_chain_says_of_it(
    known: dict[str, str], reward: RewardStanding, after: dict[int, str]
) -> None:
    assert _words(with_standing(_rounds(**known), reward, ())) == after


def test_a_reward_of_ours_that_landed_is_called_whenever_it_is_seen() -> None:
    known = _rounds(r7="pending")

    after = with_standing(known, RewardStanding(Standing.OK, 10), [_done(7)])

    assert _words(after)[7] == "called"


def test_the_newest_thirty_are_kept() -> None:
    rounds: list[RewardStatus] = []
    for number in range(1, 50):
        rounds = with_standing(rounds, RewardStanding(Standing.OK, number), ())

    assert len(rounds) == 30
    assert rounds[-1].round == 49
    assert missed_in(rounds) == []


def test_an_unread_chain_changes_nothing() -> None:
    known = _rounds(r9="late")

    assert with_standing(known, RewardStanding(Standing.NONE, 0), ()) == known
