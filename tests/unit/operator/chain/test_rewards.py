"""The reward of the round: taken once, from a key that can, whenever any path allows it."""

from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    CALLER,
    ETHER,
    OBSERVED,
    OWN,
    ROUND,
    STRANGER,
    TERMS,
    after,
    decided,
    kind_of,
    named,
    reasons,
    rewarded,
)

from podium_operator.chain import calls
from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Approval,
    InitializePolicy,
    IntentKind,
    IntentState,
    KeyState,
)

_BOTH = frozenset({OWN, CALLER})
_POOR = {OWN: KeyState(OWN, ETHER, 7), CALLER: KeyState(CALLER, 0, 3)}


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


def test_what_was_decided_is_decided_again() -> None:
    first = decide(OBSERVED)

    assert decide(after(OBSERVED, first)) == first


def test_the_terms_of_cases_are_quiet_once_rewarded() -> None:
    decision = decide(rewarded())

    assert decision.next is None
    assert decision.reason == "the chain is as asked"
    assert TERMS.orchestrator == OWN
