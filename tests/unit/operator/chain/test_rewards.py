"""The reward of the round: taken once, from a key that can, whenever any path allows it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    CALLER,
    ETHER,
    GWEI,
    LPT,
    NOW,
    OBSERVED,
    OWN,
    ROUND,
    STATE,
    STRANGER,
    TERMS,
    after,
    decided,
    kind_of,
    named,
    reasons,
    rewarded,
    seen,
    sent,
)

from podium_operator.chain import calls
from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Approval,
    Aspect,
    BelowProfit,
    ChainObserved,
    InitializePolicy,
    IntentKind,
    IntentState,
    KeyState,
    Standing,
)
from podium_operator.chain.rewards import expected_reward

_BOTH = frozenset({OWN, CALLER})
_POOR = {OWN: KeyState(OWN, ETHER, 7), CALLER: KeyState(CALLER, 0, 3)}


def _failed(observed: ChainObserved, *, times: int = 1, paid: bool = False) -> ChainObserved:
    """The reward tried and failed, each time when its turn had come."""
    for _ in range(times):
        decision = decide(observed)
        hashes = ("0x01",) if paid else ()
        moved = sent(observed, decision, state=IntentState.FAILED, hashes=hashes)
        assert moved.state is not None
        observed = _later(moved, moved.state.at + 400)
    return observed


def _later(observed: ChainObserved, at: int) -> ChainObserved:
    assert observed.state is not None
    return replace(observed, state=replace(observed.state, at=at))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({}, IntentKind.REWARD, id="active and not rewarded: reward"),
        pytest.param({"last_reward_round": ROUND}, None, id="already rewarded: nothing"),
        pytest.param({"active": False, "deactivation_round": 50}, None, id="not active: nothing"),
        pytest.param(
            {"gone_ppm": 950_000}, IntentKind.REWARD, id="the lock window does not matter"
        ),
        pytest.param(
            {"deactivation_round": ROUND + 1},
            IntentKind.REWARD,
            id="leaving the pool: still reward",
        ),
        pytest.param(
            {"registered": False, "bonded_amount": 0, "delegate": "", "registration": None},
            IntentKind.REWARD,
            id="resigned but active to the end: still reward",
        ),
        pytest.param({"rewards": None}, None, id="rewards are not ours to call"),
        pytest.param({"paused": True}, None, id="the protocol is paused"),
        pytest.param(
            {"initialized": False}, IntentKind.INITIALIZE_ROUND, id="begin the round first"
        ),
        pytest.param(
            {"initialized": False, "initialize": InitializePolicy.NEVER},
            None,
            id="beginning rounds is not ours",
        ),
        pytest.param(
            {"initialized": False, "gone_ppm": 1_000}, None, id="others may begin the round first"
        ),
        pytest.param(
            {"balance_wei": ETHER // 100}, IntentKind.REWARD, id="below the floor: reward"
        ),
        pytest.param({"spent_today_wei": ETHER}, IntentKind.REWARD, id="budget spent: reward"),
        pytest.param({"approval": Approval.MANUAL}, None, id="a person allows each transaction"),
        pytest.param({"signers": frozenset()}, None, id="no key: call data only"),
        pytest.param({"deleting": True}, IntentKind.REWARD, id="deletion does not lose a round"),
    ],
)
def test_the_reward_is_called_exactly_when_the_protocol_takes_it(
    changes: dict[str, Any], kind: IntentKind | None
) -> None:
    assert kind_of(decided(**changes)) is kind


@pytest.mark.parametrize(
    ("changes", "sender", "data"),
    [
        pytest.param({}, OWN, calls.reward(), id="the identity's own key"),
        pytest.param(
            {"reward_caller": CALLER, "signers": _BOTH, "caller": CALLER},
            CALLER,
            calls.reward_for(OWN),
            id="the named caller before the identity",
        ),
        pytest.param(
            {"reward_caller": CALLER, "signers": frozenset({CALLER}), "caller": CALLER},
            CALLER,
            calls.reward_for(OWN),
            id="a cold identity",
        ),
        pytest.param(
            {"reward_caller": CALLER, "signers": _BOTH, "caller": CALLER, "keys": _POOR},
            OWN,
            calls.reward(),
            id="the caller has no ether: the identity",
        ),
        pytest.param(
            {"reward_caller": OWN, "caller": OWN}, OWN, calls.reward(), id="it named itself"
        ),
    ],
)
def test_the_reward_comes_from_the_key_that_can(
    changes: dict[str, Any], sender: str, data: str
) -> None:
    chosen = decided(**changes).next

    assert chosen is not None
    assert (chosen.sender, chosen.data) == (sender, data)


def test_two_failures_of_the_caller_bring_the_identitys_own_key() -> None:
    observed = seen(reward_caller=CALLER, caller=CALLER, signers=_BOTH)

    chosen = decide(_failed(observed, times=2)).next

    assert chosen is not None
    assert chosen.sender == OWN


def test_a_stuck_callers_key_gives_way_when_the_round_runs_out() -> None:
    observed = seen(reward_caller=CALLER, caller=CALLER, signers=_BOTH)
    stuck = sent(observed, decide(observed))

    late = _later(seen(stuck, gone_ppm=800_000), NOW + 4000)

    chosen = decide(late).next
    assert chosen is not None
    assert chosen.sender == OWN
    assert chosen.nonce is None


def test_a_failed_try_is_repeated_after_the_pause_and_not_before() -> None:
    observed = seen()
    failed = sent(observed, decide(observed), state=IntentState.FAILED, hashes=("0x01",))

    soon, later = decide(_later(failed, NOW + 299)), decide(_later(failed, NOW + 300))

    assert soon.next is None
    assert "tries again in 1 s" in soon.verdicts[Aspect.REWARD_CALLED].message
    assert later.next is not None
    assert later.next.id == f"{decide(observed).next.id}.2"  # type: ignore[union-attr]  # checked


def test_failures_that_cost_nothing_never_stop_the_next_try() -> None:
    assert kind_of(decide(_failed(seen(), times=30))) is IntentKind.REWARD


def test_paid_failures_stop_after_five_and_call_a_person() -> None:
    decision = decide(seen(_failed(seen(), times=5, paid=True), gone_ppm=800_000))

    assert decision.next is None
    assert "somebody must look" in decision.verdicts[Aspect.REWARD_CALLED].message
    assert "RewardDeadlineNear" in reasons(decision)


@pytest.mark.parametrize(
    ("gone_ppm", "base_gwei", "kind"),
    [
        pytest.param(100_000, 2, None, id="above the cap early: wait"),
        pytest.param(499_999, 2, None, id="above the cap before half: wait"),
        pytest.param(500_000, 2, IntentKind.REWARD, id="twice the cap from half on"),
        pytest.param(600_000, 4, None, id="four times the cap at 60 %: wait"),
        pytest.param(750_000, 4, IntentKind.REWARD, id="five times the cap from three quarters on"),
        pytest.param(900_000, 9, IntentKind.REWARD, id="ten times the cap in the last tenth"),
        pytest.param(990_000, 11, None, id="never above the hard cap"),
    ],
)
def test_the_gas_cap_rises_as_the_round_runs_out(
    gone_ppm: int, base_gwei: int, kind: IntentKind | None
) -> None:
    decision = decided(gone_ppm=gone_ppm, base_fee_wei=base_gwei * GWEI)

    assert kind_of(decision) is kind


def test_a_hard_cap_of_the_spec_bounds_the_escalation() -> None:
    decision = decided(gone_ppm=950_000, base_fee_wei=4 * GWEI, hard_cap_wei=3 * GWEI)

    assert decision.next is None
    assert "gas costs" in decision.verdicts[Aspect.REWARD_CALLED].message


def test_a_nearly_empty_key_still_pays_for_one_reward() -> None:
    chosen = decided(balance_wei=800_000 * STATE.base_fee_wei).next

    assert chosen is not None
    assert chosen.gas_limit * chosen.max_fee_wei <= 800_000 * STATE.base_fee_wei
    assert chosen.gas_limit >= 700_000


def test_an_empty_key_is_said_and_nothing_is_sent() -> None:
    decision = decided(balance_wei=0)

    assert decision.next is None
    assert "EtherBelowFloor" in reasons(decision)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({}, None, id="its turn is theirs in the first half"),
        pytest.param({"gone_ppm": 500_000}, IntentKind.REWARD, id="ours from half of the round on"),
    ],
)
def test_a_third_partys_caller_is_not_fought_but_backed(
    changes: dict[str, Any], kind: IntentKind | None
) -> None:
    decision = decided(reward_caller=STRANGER, **changes)

    assert kind_of(decision) is kind
    assert "ForeignRewardCaller" in reasons(decision)


def test_a_third_partys_caller_and_no_key_of_ours_leaves_it_to_them() -> None:
    decision = decided(reward_caller=STRANGER, signers=frozenset(), gone_ppm=600_000)

    assert decision.next is None
    assert named(decision, IntentKind.REWARD).state is IntentState.AWAITING_SIGNATURE


def test_an_evicted_one_redeems_its_tickets_before_the_reward_and_says_so() -> None:
    decision = decided(deactivation_round=ROUND + 1, open_tickets=3)

    waiting = named(decision, IntentKind.REWARD)
    assert decision.next is None
    assert "3 winning tickets are redeemed before" in waiting.message
    assert "void those of the round before" in waiting.why
    assert "LeavingPool" in reasons(decision)


def test_tickets_that_stay_do_not_cost_the_reward_in_the_end() -> None:
    decision = decided(deactivation_round=ROUND + 1, open_tickets=3, gone_ppm=900_000)

    assert kind_of(decision) is IntentKind.REWARD


def test_one_that_stays_in_the_pool_never_waits_for_tickets() -> None:
    assert kind_of(decided(open_tickets=3)) is IntentKind.REWARD


def test_the_start_is_spread_and_then_over() -> None:
    early = decided(gone_ppm=0, start_delay_seconds=100_000)
    late = decided(gone_ppm=100_000, start_delay_seconds=100_000)

    assert early.next is None
    assert kind_of(late) is IntentKind.REWARD


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


def test_gas_above_the_cap_is_told() -> None:
    assert "GasAboveCap" in reasons(decided(base_fee_wei=2 * GWEI))


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


def test_a_late_reward_is_tried_more_often() -> None:
    late = seen(gone_ppm=800_000)
    failed = sent(late, decide(late), state=IntentState.FAILED, hashes=("0x01",))

    assert decide(_later(failed, NOW + 74)).next is None
    assert kind_of(decide(_later(failed, NOW + 75))) is IntentKind.REWARD


def test_an_uninitialised_round_nobody_may_begin_is_said() -> None:
    decision = decided(initialized=False, initialize=InitializePolicy.NEVER)

    assert "initializeRound is Never" in decision.reason
    assert "RoundNotInitialized" in reasons(decision)


def test_a_reward_on_its_way_is_not_begun_again() -> None:
    under_way = sent(OBSERVED, decide(OBSERVED))

    again = decide(under_way)

    assert again.next is not None
    assert again.next == named(again, IntentKind.REWARD)
    assert len(again.intents) == 1


def test_what_was_decided_is_decided_again() -> None:
    first = decide(OBSERVED)

    assert decide(after(OBSERVED, first)) == first


def test_the_terms_of_cases_are_quiet_once_rewarded() -> None:
    decision = decide(rewarded())

    assert decision.next is None
    assert decision.reason == "the chain is as asked"
    assert TERMS.orchestrator == OWN
