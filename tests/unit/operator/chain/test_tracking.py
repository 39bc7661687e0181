"""Intents under way: done when the chain says so, replaced at most in price, never sent twice."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    ETHER,
    GWEI,
    LPT,
    NOW,
    OBSERVED,
    OWN,
    ROUND,
    STATE,
    SWEEP,
    at_time,
    decided,
    kind_of,
    named,
    rewarded,
    seen,
    sent,
)

from podium_operator.chain.decide import decide
from podium_operator.chain.model import ChainObserved, Intent, IntentKind, IntentState, KeyState
from podium_operator.chain.tracking import remembered, tracked

_SPENT = {OWN: KeyState(OWN, ETHER, 8)}


def _reward(**changes: Any) -> Intent:
    decision = decide(OBSERVED)
    return replace(sent(OBSERVED, decision).intents[0], **changes)


def _bond(**changes: Any) -> Intent:
    short = rewarded(pending_stake=900 * LPT, lpt_balance=100 * LPT, allowance=100 * LPT)
    return replace(sent(short, decide(short)).intents[0], **changes)


@pytest.mark.parametrize(
    ("intent", "changes", "state"),
    [
        pytest.param(
            _reward(state=IntentState.MINED, mined_block=9000),
            {"last_reward_round": ROUND},
            IntentState.DONE,
            id="a mined reward that the chain shows is done",
        ),
        pytest.param(
            _reward(state=IntentState.MINED, mined_block=9000),
            {},
            IntentState.MINED,
            id="a mined reward that the chain does not show yet is not",
        ),
        pytest.param(
            _reward(state=IntentState.MINED, mined_block=9000),
            {"block": 9020},
            IntentState.FAILED,
            id="a mined reward that never shows has failed",
        ),
        pytest.param(
            _reward(),
            {"last_reward_round": ROUND},
            IntentState.SUPERSEDED,
            id="somebody else took the reward: not sent again",
        ),
        pytest.param(
            _reward(),
            {"last_reward_round": ROUND, "keys": _SPENT},
            IntentState.SENT,
            id="its nonce is spent: the receipt is still to be seen",
        ),
        pytest.param(
            _reward(),
            {"number": ROUND + 1},
            IntentState.SUPERSEDED,
            id="its round is over: not sent again",
        ),
        pytest.param(
            _reward(state=IntentState.DONE),
            {},
            IntentState.SENT,
            id="a reorganisation undid it: the same bytes again",
        ),
        pytest.param(
            _reward(state=IntentState.DONE),
            {"number": ROUND + 1},
            IntentState.DONE,
            id="a closed round stays closed",
        ),
        pytest.param(
            _bond(state=IntentState.MINED, mined_block=9000),
            {},
            IntentState.DONE,
            id="a mined bond is done at its block",
        ),
        pytest.param(
            _bond(state=IntentState.MINED, mined_block=9001),
            {},
            IntentState.MINED,
            id="a state from before its block cannot say",
        ),
        pytest.param(
            _bond(),
            {"number": ROUND + 5},
            IntentState.SENT,
            id="bytes that move value are never given up",
        ),
        pytest.param(
            _reward(state=IntentState.FAILED), {}, IntentState.FAILED, id="what failed has failed"
        ),
        pytest.param(
            replace(_reward(), kind=IntentKind.INITIALIZE_ROUND, state=IntentState.MINED),
            {},
            IntentState.DONE,
            id="a round that is begun is begun",
        ),
        pytest.param(
            replace(_reward(), kind=IntentKind.INITIALIZE_ROUND),
            {"initialized": False},
            IntentState.SENT,
            id="a round that is not begun is awaited",
        ),
    ],
)
def test_the_chain_says_how_far_an_intent_is(
    intent: Intent, changes: dict[str, Any], state: IntentState
) -> None:
    read = seen(**changes).state
    assert read is not None

    assert tracked([intent], read)[0].state is state


def test_a_reward_undone_by_a_reorganisation_is_sent_again_as_it_was() -> None:
    done = _reward(state=IntentState.DONE)

    decision = decided(intents=(done,))

    assert decision.next is not None
    assert (decision.next.id, decision.next.nonce, decision.next.hashes) == (
        done.id,
        done.nonce,
        done.hashes,
    )


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        pytest.param({}, False, id="just sent"),
        pytest.param({"at": NOW + 299}, False, id="not long enough"),
        pytest.param({"at": NOW + 300}, True, id="stuck for the pause between tries"),
        pytest.param({"base_fee_wei": GWEI // 10}, True, id="priced out by the base fee"),
        pytest.param({"at": NOW - 60}, False, id="the chain's time went back"),
        pytest.param(
            {"base_fee_wei": 2 * GWEI}, False, id="the base fee is above the cap this early"
        ),
        pytest.param({"at": NOW + 300, "balance_wei": 1}, False, id="no ether for more"),
    ],
)
def test_stuck_bytes_are_replaced_by_the_same_deed_at_a_higher_price(
    changes: dict[str, Any], *, raised: bool
) -> None:
    under_way = sent(OBSERVED, decide(OBSERVED))
    record = under_way.intents[0]
    state_changes = {name: changes[name] for name in changes if name != "at"}
    observed = seen(under_way, **state_changes)
    if "at" in changes:
        observed = at_time(observed, changes["at"])

    chosen = decide(observed).next

    assert chosen is not None
    assert (chosen.max_fee_wei > record.max_fee_wei) is raised
    assert not raised or chosen.max_fee_wei * 10 >= record.max_fee_wei * 11
    assert replace(chosen, max_fee_wei=record.max_fee_wei) == record


def test_the_record_keeps_the_price_that_was_signed() -> None:
    under_way = at_time(sent(OBSERVED, decide(OBSERVED)), NOW + 300)

    decision = decide(under_way)

    assert decision.intents == under_way.intents
    assert decide(under_way) == decision


def test_replacements_end() -> None:
    observed = sent(OBSERVED, decide(OBSERVED))
    for _ in range(20):
        observed = at_time(observed, _time(observed) + 300)
        observed = sent(observed, decide(observed)) if _raises(observed) else observed

    assert len(observed.intents[0].hashes) == 7


def test_bytes_that_were_never_made_are_not_replaced() -> None:
    unsigned = sent(OBSERVED, decide(OBSERVED), state=IntentState.SIGNED, nonce=None)

    assert not _raises(at_time(unsigned, NOW + 10_000))


def test_a_mined_one_is_never_replaced() -> None:
    mined = sent(OBSERVED, decide(OBSERVED), state=IntentState.MINED, mined_block=9001)

    assert not _raises(at_time(mined, NOW + 10_000))


def test_a_stuck_transfer_gets_a_better_price_before_the_reward_needs_its_key() -> None:
    stuck = at_time(seen(intents=(_bond(),), gone_ppm=600_000, base_fee_wei=2 * GWEI), NOW + 300)

    decision = decide(stuck)

    assert kind_of(decision) is IntentKind.BOND
    assert decision.next is not None
    assert decision.next.max_fee_wei > named(decision, IntentKind.BOND).max_fee_wei
    assert "under way from the same key" in named(decision, IntentKind.REWARD).message


def test_a_stuck_transfer_never_passes_the_budget() -> None:
    costly = _bond(gas_limit=2_000_000, max_fee_wei=GWEI // 2)
    observed = rewarded(intents=(costly,), budget_wei_per_day=costly.gas_limit * GWEI // 2)

    assert not _raises(at_time(observed, NOW + 300))


@pytest.mark.parametrize(
    ("gone_ppm", "raised"),
    [
        pytest.param(700_000, False, id="there is time yet"),
        pytest.param(750_000, True, id="past the deadline the reward counts more"),
    ],
)
def test_a_stuck_transfer_that_costs_the_reward_may_pass_the_budget(
    gone_ppm: int, *, raised: bool
) -> None:
    stuck = seen(intents=(_bond(),), gone_ppm=gone_ppm, budget_wei_per_day=1)

    assert _raises(at_time(stuck, NOW + 300)) is raised


@pytest.mark.parametrize(
    ("since", "tries", "kind"),
    [
        pytest.param(299, 1, None, id="not at once"),
        pytest.param(300, 1, IntentKind.SET_SERVICE_URI, id="after the pause"),
        pytest.param(300, 4, IntentKind.SET_SERVICE_URI, id="four paid attempts are not enough"),
        pytest.param(9000, 5, None, id="five are: no gas is burnt for nothing"),
    ],
)
def test_what_failed_is_left_alone_for_a_while(
    since: int, tries: int, kind: IntentKind | None
) -> None:
    drifted = rewarded(service_uri="x")
    failed = sent(drifted, decide(drifted), state=IntentState.FAILED).intents[0]
    past = tuple(replace(failed, id=f"{failed.id}.{n + 2}") for n in range(tries))

    assert kind_of(decide(at_time(seen(drifted, intents=past), NOW + since))) is kind


def test_finished_intents_are_forgotten_but_not_what_counts() -> None:
    free = [_reward(id=f"f{n}", state=IntentState.FAILED, hashes=()) for n in range(30)]
    paid = [_reward(id=f"p{n}", state=IntentState.FAILED) for n in range(5)]
    old = [_reward(id="old", state=IntentState.DONE, round=ROUND - 3)]
    open_ones = [_bond(id="open", round=ROUND - 50)]

    kept = [one.id for one in remembered([*old, *open_ones, *paid, *free], ROUND)]

    assert kept == ["open", *(f"p{n}" for n in range(5)), *(f"f{n}" for n in range(20, 30))]


def test_two_keys_may_work_at_once_and_one_key_never_twice() -> None:
    busy = rewarded(intents=(_bond(),), sweep=SWEEP, pending_fees=2 * ETHER, lpt_balance=5000 * LPT)

    decision = decide(busy)

    assert kind_of(decision) is IntentKind.BOND
    assert named(decision, IntentKind.WITHDRAW_FEES).state is IntentState.PLANNED
    assert "under way from the same key" in named(decision, IntentKind.WITHDRAW_FEES).message


def _time(observed: ChainObserved) -> int:
    return observed.state.at if observed.state is not None else STATE.at


def _raises(observed: ChainObserved) -> bool:
    decision = decide(observed)
    record = {one.id: one.max_fee_wei for one in decision.intents}
    chosen = decision.next
    return chosen is not None and chosen.max_fee_wei > record[chosen.id]
