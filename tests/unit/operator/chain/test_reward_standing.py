"""Where the reward of the round stands: the column, what is missed, and who is told how loudly."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    ETHER,
    LPT,
    ROUND,
    STATE,
    decided,
    named,
    reasons,
)

from podium_operator.chain.model import (
    Approval,
    Aspect,
    BelowProfit,
    InitializePolicy,
    IntentKind,
    Standing,
)
from podium_operator.chain.rewards import expected_reward

_CHEAP: dict[str, Any] = {"lpt_price_wei": 1, "below_profit": BelowProfit.SKIP}


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        pytest.param({}, Standing.PENDING, id="no price: the rule is off"),
        pytest.param(_CHEAP, Standing.SKIPPED, id="worth less than its gas"),
        pytest.param(_CHEAP | {"lpt_price_wei": ETHER}, Standing.PENDING, id="worth its gas"),
        pytest.param(
            _CHEAP | {"below_profit": BelowProfit.CALL_ANYWAY}, Standing.PENDING, id="called anyway"
        ),
        pytest.param(_CHEAP | {"round_stake": 0}, Standing.PENDING, id="worth unknown: called"),
    ],
)
def test_the_profit_rule_skips_only_what_it_knows_to_be_a_loss(
    changes: dict[str, Any], standing: Standing
) -> None:
    decision = decided(**changes)

    assert decision.reward.standing is standing
    assert (decision.next is None) is (standing is Standing.SKIPPED)


def test_the_expected_reward_is_the_minters_arithmetic() -> None:
    protocol = replace(
        STATE.protocol, mintable=17_720_000_000_000_000_000, total_active_stake=1500 * LPT
    )
    transcoder = replace(STATE.transcoder, round_stake=1500 * LPT)

    expected = expected_reward(replace(STATE, protocol=protocol, transcoder=transcoder))

    assert expected == 15_948_000_000_000_000_000
    assert expected_reward(replace(STATE, protocol=replace(protocol, total_active_stake=0))) == 0


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        pytest.param({"last_reward_round": ROUND}, Standing.OK, id="called"),
        pytest.param({}, Standing.PENDING, id="early in the round"),
        pytest.param({"gone_ppm": 250_000}, Standing.LATE, id="a quarter gone"),
        pytest.param({"last_reward_round": ROUND - 2}, Standing.MISSED, id="the last was lost"),
        pytest.param({"active": False, "deactivation_round": 50}, Standing.NONE, id="not active"),
    ],
)
def test_the_column_shows_where_the_reward_stands(
    changes: dict[str, Any], standing: Standing
) -> None:
    assert decided(**changes).reward.standing is standing


def test_a_missed_round_is_named_and_urgent() -> None:
    decision = decided(last_reward_round=ROUND - 2)

    assert decision.reward.missed_round == ROUND - 1
    assert any(alert.reason == "RewardMissed" and alert.urgent for alert in decision.alerts)


def test_a_round_that_may_have_been_skipped_wakes_nobody() -> None:
    decision = decided(last_reward_round=ROUND - 2, below_profit=BelowProfit.SKIP)

    assert any(alert.reason == "RewardMissed" and not alert.urgent for alert in decision.alerts)


def test_rewards_that_are_not_ours_are_not_missed() -> None:
    assert decided(last_reward_round=ROUND - 2, rewards=None).reward.missed_round is None


@pytest.mark.parametrize(
    ("gone_ppm", "standing", "urgent"),
    [
        pytest.param(100_000, Standing.PENDING, set(), id="early: told"),
        pytest.param(
            250_000, Standing.LATE, {"RewardAwaitsApproval"}, id="a quarter gone: late and urgent"
        ),
        pytest.param(
            750_000,
            Standing.LATE,
            {"RewardAwaitsApproval", "RewardDeadlineNear"},
            id="past the deadline: a person is called",
        ),
    ],
)
def test_a_reward_that_waits_for_a_person_says_so_louder_and_louder(
    gone_ppm: int, standing: Standing, urgent: set[str]
) -> None:
    decision = decided(approval=Approval.MANUAL, gone_ppm=gone_ppm)

    told = [one for one in decision.alerts if "Reward" in one.reason]
    assert decision.reward.standing is standing
    assert {one.reason for one in told if one.urgent} == urgent
    assert "RewardAwaitsApproval" in {one.reason for one in told}
    waits = f"podium.video/approve: {named(decision, IntentKind.REWARD).id}"
    assert waits in decision.verdicts[Aspect.REWARD_CALLED].message
    assert waits in decision.reason


def test_an_uninitialised_round_nobody_may_begin_is_said() -> None:
    decision = decided(initialized=False, initialize=InitializePolicy.NEVER)

    assert "initializeRound is Never" in decision.reason
    assert "RoundNotInitialized" in reasons(decision)
