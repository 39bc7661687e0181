"""Becoming registered, staying as asked, and never standing in the pool with terms 0/0."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    CALLER,
    COLD,
    ETHER,
    GWEI,
    LPT,
    NOW,
    OWN,
    REGISTRATION,
    ROUND,
    STATE,
    STRANGER,
    URI,
    address_of,
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
    IntentKind,
    IntentState,
    PoolPlace,
    Stage,
)

_NEW: dict[str, Any] = {
    "registered": False,
    "active": False,
    "delegate": "",
    "bonded_amount": 0,
    "pending_stake": 0,
    "total_stake": 0,
    "activation_round": 0,
    "deactivation_round": 0,
    "reward_cut_ppm": 0,
    "fee_share_ppm": 0,
    "last_reward_round": 0,
    "place": None,
    "lpt_balance": 1000 * LPT,
    "allowance": 1000 * LPT,
}
_JOINED: dict[str, Any] = _NEW | {
    "registered": True,
    "delegate": OWN,
    "bonded_amount": 1000 * LPT,
    "pending_stake": 1000 * LPT,
    "activation_round": ROUND + 1,
    "deactivation_round": 2**256 - 1,
    "lpt_balance": 0,
    "allowance": 0,
}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param(_NEW | {"service_uri": ""}, IntentKind.SET_SERVICE_URI, id="first the URI"),
        pytest.param(_NEW | {"allowance": 0}, IntentKind.APPROVE, id="then the allowance"),
        pytest.param(_NEW, IntentKind.BOND, id="then the stake"),
        pytest.param(_JOINED, IntentKind.SET_TRANSCODER, id="then the terms, in the same round"),
        pytest.param(
            _JOINED | {"reward_cut_ppm": 100_000, "fee_share_ppm": 50_000}, None, id="then nothing"
        ),
        pytest.param(_NEW | {"lpt_balance": 0}, None, id="no LPT to bond: it says so"),
        pytest.param(
            _NEW | {"initialized": False}, IntentKind.INITIALIZE_ROUND, id="the round begins first"
        ),
        pytest.param(
            _NEW | {"initialized": False, "rewards": None}, None, id="no bond before that"
        ),
        pytest.param(
            _NEW | {"initialized": False, "balance_wei": ETHER // 100},
            None,
            id="a round is begun below the floor for its reward alone",
        ),
        pytest.param(_NEW | {"gone_ppm": 885_000}, None, id="no first bond just before the lock"),
        pytest.param(_NEW | {"gone_ppm": 950_000}, None, id="no first bond in the lock window"),
        pytest.param(_JOINED | {"gone_ppm": 950_000}, None, id="no terms in the lock window"),
        pytest.param(_NEW | {"registration": None}, None, id="registration is not ours"),
    ],
)
def test_registration_goes_step_by_step(changes: dict[str, Any], kind: IntentKind | None) -> None:
    assert kind_of(decided(**changes)) is kind


def test_a_bond_in_the_lock_window_would_stand_with_terms_of_zero() -> None:
    decision = decided(**_NEW, gone_ppm=950_000)

    assert "too near for the terms" in named(decision, IntentKind.BOND).message


def test_whoever_fell_into_the_trap_is_told() -> None:
    decision = decided(**_JOINED, gone_ppm=950_000)

    assert "TermsTrap" in reasons(decision)
    assert f"all of round {ROUND + 1}" in decision.reason


def test_first_terms_need_no_second_approval_after_the_bond_was_approved() -> None:
    new = seen(**_NEW, approval=Approval.MANUAL)
    waiting = decide(new)
    bond = named(waiting, IntentKind.BOND)
    approved = seen(new, intents=waiting.intents, approvals=frozenset({bond.id}))
    begun = sent(approved, decide(approved), state=IntentState.DONE)

    decision = decide(seen(begun, **_JOINED))

    assert bond.state is IntentState.AWAITING_APPROVAL
    assert "reward cut 100000 ppm" in bond.why
    assert kind_of(decision) is IntentKind.SET_TRANSCODER


def test_first_terms_may_cost_more_than_the_cap_when_the_round_runs_out() -> None:
    decision = decided(**_JOINED, gone_ppm=800_000, base_fee_wei=4 * GWEI, budget_wei_per_day=None)

    assert kind_of(decision) is IntentKind.SET_TRANSCODER


def test_a_first_bond_leaves_budget_for_its_terms() -> None:
    fee = STATE.base_fee_wei
    for_bond_alone, for_both = 2_500_000 * fee, 3_000_000 * fee

    assert decided(**_NEW, budget_wei_per_day=for_bond_alone).next is None
    assert kind_of(decided(**_NEW, budget_wei_per_day=for_both)) is IntentKind.BOND


@pytest.mark.parametrize(
    ("balance", "asked", "amount"),
    [
        pytest.param(5000 * LPT, 1000 * LPT, 1000 * LPT, id="no more than asked"),
        pytest.param(300 * LPT, 1000 * LPT, 300 * LPT, id="no more than there is"),
    ],
)
def test_stake_is_bonded_up_to_what_is_asked(balance: int, asked: int, amount: int) -> None:
    registration = replace(REGISTRATION, self_bond=asked)

    decision = decided(
        **_NEW | {"lpt_balance": balance, "allowance": balance}, registration=registration
    )

    assert named(decision, IntentKind.BOND).amount == amount
    assert named(decision, IntentKind.BOND).data == calls.bond(amount, OWN)


def test_the_allowance_is_no_more_than_the_bond() -> None:
    chosen = decided(**_NEW | {"allowance": 5}).next

    assert chosen is not None
    assert chosen.to == address_of("LivepeerToken")
    assert chosen.data == calls.approve(address_of("BondingManager"), 1000 * LPT)


def test_rewards_count_towards_the_self_bond() -> None:
    grown = rewarded(pending_stake=1001 * LPT, lpt_balance=50 * LPT, allowance=50 * LPT)

    assert decide(grown).next is None


def test_dust_is_not_bonded() -> None:
    nearly = rewarded(pending_stake=1000 * LPT - 1, lpt_balance=LPT // 2, allowance=LPT)
    short = rewarded(pending_stake=900 * LPT, lpt_balance=LPT // 2, allowance=LPT)

    assert kind_of(decide(nearly)) is IntentKind.BOND
    assert decide(short).next is None


def test_a_full_pool_that_the_stake_cannot_enter_takes_no_stake() -> None:
    decision = decided(**_NEW | {"place": PoolPlace(rank=None, last_stake=1000 * LPT)})

    assert decision.next is None
    assert "PoolFull" in reasons(decision)
    assert "1 base units of LPT more" in decision.reason


def test_stake_that_serves_somebody_else_moves_only_with_a_persons_consent() -> None:
    elsewhere = _NEW | {
        "delegate": STRANGER,
        "bonded_amount": 10 * LPT,
        "pending_stake": 10 * LPT,
        "lpt_balance": 0,
    }

    decision = decided(**elsewhere)

    bond = named(decision, IntentKind.BOND)
    assert decision.stage is Stage.DELEGATED_ELSEWHERE
    assert bond.state is IntentState.AWAITING_APPROVAL
    assert f"moves stake away from {STRANGER}" in bond.why
    assert bond.data == calls.bond(0, OWN)


_SHORT: dict[str, Any] = {
    "pending_stake": 900 * LPT,
    "lpt_balance": 100 * LPT,
    "allowance": 100 * LPT,
    "deactivation_round": ROUND + 1,
}


def test_one_that_leaves_the_pool_rewards_before_it_tops_up() -> None:
    due, taken = seen(**_SHORT), rewarded(**_SHORT)

    assert kind_of(decide(due)) is IntentKind.REWARD
    assert "reward first" in named(decide(due), IntentKind.BOND).message
    assert kind_of(decide(taken)) is IntentKind.BOND


def test_one_that_leaves_the_pool_redeems_before_it_tops_up() -> None:
    decision = decide(rewarded(**_SHORT, open_tickets=1))

    assert decision.next is None
    assert "winning tickets first" in named(decision, IntentKind.BOND).message


def test_a_first_bond_leaves_ether_for_its_terms() -> None:
    floor, fee = 20_000_000_000_000_000, STATE.base_fee_wei
    scarce, enough = floor + 8_000_000 * fee, floor + 9_000_000 * fee

    assert decided(**_NEW, balance_wei=scarce).next is None
    assert kind_of(decided(**_NEW, balance_wei=enough)) is IntentKind.BOND


def test_drift_of_the_service_uri_is_shown_and_repaired() -> None:
    decision = decide(rewarded(service_uri="https://old.example:8935"))

    assert decision.verdicts[Aspect.CUT_IN_SYNC].reason == "ServiceUriDrift"
    assert decision.next is not None
    assert decision.next.data == calls.set_service_uri(URI)
    assert decision.next.sender == OWN


def test_repair_waits_for_approval_where_the_spec_wants_it() -> None:
    decision = decide(rewarded(service_uri="https://old.example:8935", approval=Approval.MANUAL))

    assert decision.next is None
    assert decision.verdicts[Aspect.INTENT_PENDING].reason == "AwaitingApproval"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        pytest.param({}, IntentKind.SET_REWARD_CALLER, id="nobody is named yet"),
        pytest.param({"reward_caller": STRANGER}, IntentKind.SET_REWARD_CALLER, id="another is"),
        pytest.param({"reward_caller": CALLER}, None, id="the right one is"),
        pytest.param({"caller": ""}, None, id="the spec names nobody: nothing changes"),
        pytest.param({"caller": OWN}, None, id="the identity needs no naming"),
        pytest.param(
            {"protocol": replace(STATE.protocol, has_reward_caller=False)},
            None,
            id="the protocol has no such thing",
        ),
        pytest.param(
            _NEW | {"registration": None, "lpt_balance": 0}, None, id="not registered: not yet"
        ),
    ],
)
def test_the_reward_caller_becomes_the_one_in_the_spec(
    changes: dict[str, Any], kind: IntentKind | None
) -> None:
    decision = decide(rewarded(**{"caller": CALLER, "service_uri": URI} | changes))

    assert kind_of(decision) is kind


def test_an_older_protocol_says_who_must_call() -> None:
    older = replace(STATE.protocol, has_reward_caller=False)

    assert "NoRewardCaller" in reasons(decide(rewarded(caller=CALLER, protocol=older)))


def test_without_a_key_everything_is_call_data_for_a_person() -> None:
    decision = decided(**_NEW | {"service_uri": "", "allowance": 0}, signers=frozenset())

    assert decision.next is None
    assert {one.state for one in decision.intents} == {IntentState.AWAITING_SIGNATURE}
    assert all(one.data.startswith("0x") and one.to for one in decision.intents)


def test_what_a_person_did_by_hand_is_taken_off_the_list() -> None:
    new = seen(**_NEW, signers=frozenset())
    waiting = decide(new)

    decision = decide(seen(new, intents=waiting.intents, **_JOINED))

    assert named(decision, IntentKind.BOND).state is IntentState.SUPERSEDED
    assert named(decision, IntentKind.SET_TRANSCODER).state is IntentState.AWAITING_SIGNATURE


def test_a_key_under_the_floor_registers_nothing() -> None:
    decision = decided(**_NEW, balance_wei=ETHER // 100)

    assert decision.next is None
    assert "rewards only" in named(decision, IntentKind.BOND).message


def test_approved_stake_is_the_stake_that_moves() -> None:
    new = seen(**_NEW, approval=Approval.MANUAL)
    waiting = decide(new)
    approved = named(waiting, IntentKind.BOND)

    richer = seen(
        new,
        intents=waiting.intents,
        approvals=frozenset({approved.id}),
        registration=replace(REGISTRATION),
        lpt_balance=5000 * LPT,
        at=NOW + 60,
    )

    chosen = decide(richer).next
    assert chosen is not None
    assert (chosen.id, chosen.data) == (approved.id, approved.data)
    assert COLD not in chosen.data
