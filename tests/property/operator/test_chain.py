"""What holds for every chain, every spec and every past of the chain decision."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings, strategies as st
from tests.property.operator.chain_scenes import SCENES, checked_scenes, observations
from tests.unit.operator.chain.cases import COLD, CONTRACTS, address_of

from podium_operator.chain import calls
from podium_operator.chain.decide import decide
from podium_operator.chain.gas import worst_wei
from podium_operator.chain.model import (
    IN_FLIGHT,
    OPEN,
    Approval,
    Aspect,
    ChainDecision,
    ChainObserved,
    DeletionPolicy,
    Intent,
    IntentKind,
    IntentState,
    Role,
)

_DRAWN = 60
Claim = Callable[..., None]
_OURS = {address_of(name) for name in CONTRACTS}
_REWARDS = {IntentKind.REWARD, IntentKind.INITIALIZE_ROUND}
_TAKES_OUT = {
    IntentKind.TRANSFER_ETH,
    IntentKind.TRANSFER_LPT,
    IntentKind.WITHDRAW_FEES,
    IntentKind.WITHDRAW_STAKE,
}


def _claimed(**others: st.SearchStrategy[Any]) -> Callable[[Claim], Claim]:
    """Hold a claim to every scene with every check, and to what is drawn."""

    def decorated(claim: Claim) -> Claim:
        held = settings(max_examples=_DRAWN)(given(observed=observations, **others)(claim))
        for scene in () if others else checked_scenes():
            held = example(observed=scene)(held)
        return held

    return decorated


def test_every_kind_of_intent_is_begun_in_a_scene_that_is_drawn() -> None:
    begun = [decide(scene).next for scene in SCENES.values()]

    assert {one.kind for one in begun if one is not None} == set(IntentKind)


@_claimed()
def test_every_observation_has_a_decision(observed: ChainObserved) -> None:
    decision = decide(observed)

    assert set(decision.verdicts) == set(Aspect)
    assert decision.reason
    assert all(verdict.reason and verdict.message for verdict in decision.verdicts.values())
    assert all(count == 1 for count in Counter(one.id for one in decision.intents).values())


@_claimed()
def test_the_same_observation_gives_the_same_decision(observed: ChainObserved) -> None:
    assert decide(observed) == decide(observed)


@_claimed()
def test_a_decision_remembered_is_decided_again(observed: ChainObserved) -> None:
    first = decide(observed)

    again = decide(replace(observed, intents=first.intents))

    assert again.next == first.next
    assert again.intents == first.intents


@_claimed(steps=st.integers(1, 4))
def test_no_key_ever_has_two_intents_under_way(observed: ChainObserved, steps: int) -> None:
    for _ in range(steps):
        decision = decide(observed)
        observed = replace(observed, intents=_carried_out(decision))

        senders = Counter(one.sender for one in observed.intents if one.state in IN_FLIGHT)
        assert all(count == 1 for count in senders.values())


@_claimed()
def test_value_leaves_for_the_cold_address_alone(observed: ChainObserved) -> None:
    for one in _new(observed, decide(observed)):
        if one.value_wei or one.kind is IntentKind.TRANSFER_ETH:
            assert (one.kind, one.to, one.data) == (IntentKind.TRANSFER_ETH, COLD, "0x")
        else:
            assert one.to in _OURS
        if one.kind is IntentKind.TRANSFER_LPT:
            assert one.data == calls.transfer_lpt(COLD, one.amount)
        if one.kind is IntentKind.WITHDRAW_FEES:
            assert one.data == calls.withdraw_fees(COLD, one.amount)


@_claimed()
def test_nothing_but_the_rounds_own_passes_the_budget(observed: ChainObserved) -> None:
    decision = decide(observed)

    budget = observed.terms.gas.budget_wei_per_day
    chosen = decision.next
    if chosen is None or budget is None or chosen.kind in _REWARDS or _is_as_sent(decision):
        return
    if chosen.state in IN_FLIGHT and _is_reward_due(observed):
        return
    others = worst_wei(one for one in decision.intents if one.id != chosen.id)
    worst = observed.spent_today_wei + others + chosen.gas_limit * chosen.max_fee_wei
    assert worst <= budget


@_claimed()
def test_no_price_passes_the_hard_cap_or_what_the_key_holds(observed: ChainObserved) -> None:
    decision = decide(observed)

    chosen, state, gas = decision.next, observed.state, observed.terms.gas
    if chosen is None or state is None or _is_as_sent(decision):
        return
    hard = gas.hard_cap_wei if gas.hard_cap_wei is not None or gas.cap_wei is None else None
    ceiling = hard if hard is not None or gas.cap_wei is None else gas.cap_wei * 10
    assert ceiling is None or chosen.max_fee_wei <= ceiling
    cost = chosen.gas_limit * chosen.max_fee_wei + chosen.value_wei
    assert cost <= state.keys[chosen.sender].balance_wei
    assert chosen.max_fee_wei >= state.base_fee_wei


@_claimed()
def test_only_what_may_be_signed_is_begun(observed: ChainObserved) -> None:
    chosen = decide(observed).next
    if chosen is None or chosen.state in IN_FLIGHT:
        return

    assert chosen.state is IntentState.PLANNED
    assert chosen.sender in observed.terms.signers
    assert observed.terms.role is Role.PRIMARY
    is_confirmed = chosen.kind in {IntentKind.UNBOND, IntentKind.SET_TRANSCODER}
    is_approved = chosen.id in observed.approvals
    assert observed.terms.approval is Approval.AUTO or is_approved or is_confirmed


@_claimed()
def test_stake_is_unbonded_only_by_a_deletion_confirmed(observed: ChainObserved) -> None:
    if any(one.kind is IntentKind.UNBOND for one in _new(observed, decide(observed))):
        assert observed.deleting
        assert observed.terms.deletion is DeletionPolicy.UNBOND
        assert observed.terms.unbond_confirmed


@_claimed()
def test_a_deletion_that_retains_begins_nothing_but_the_reward(observed: ChainObserved) -> None:
    leaving = replace(observed, deleting=True)
    leaving = replace(leaving, terms=replace(leaving.terms, deletion=DeletionPolicy.RETAIN))

    decision = decide(leaving)

    assert decision.deletion_done
    assert {one.kind for one in _new(leaving, decision)} <= _REWARDS


@_claimed()
def test_bytes_that_may_be_under_way_are_never_forgotten_nor_changed(
    observed: ChainObserved,
) -> None:
    decision = decide(observed)

    known = {one.id: one for one in decision.intents}
    for one in observed.intents:
        if one.state in IN_FLIGHT and one.kind not in _REWARDS:
            found = known.get(one.id)
            assert found is None or _bytes_of(found) == _bytes_of(one)
            assert found is not None or observed.state is not None
            assert found is None or found.state in IN_FLIGHT | {IntentState.DONE}
    if decision.next is not None and decision.next.state in IN_FLIGHT:
        recorded = known[decision.next.id]
        assert _bytes_of(decision.next) == _bytes_of(recorded)
        assert decision.next.max_fee_wei >= recorded.max_fee_wei


@_claimed()
def test_what_the_clock_says_never_changes_what_is_done(observed: ChainObserved) -> None:
    elsewhen = replace(observed, at=observed.at + 1e8)

    assert decide(elsewhen).next == decide(observed).next
    assert decide(elsewhen).intents == decide(observed).intents


@_claimed()
def test_nothing_that_takes_out_is_planned_while_deleting(observed: ChainObserved) -> None:
    leaving = replace(observed, deleting=True)

    kinds = {one.kind for one in _new(leaving, decide(leaving))}

    assert not kinds & _TAKES_OUT


def _new(observed: ChainObserved, decision: ChainDecision) -> list[Intent]:
    known = {one.id for one in observed.intents}
    return [one for one in decision.intents if one.id not in known and one.state in OPEN]


def _is_reward_due(observed: ChainObserved) -> bool:
    """Whether a key that is held up may cost the reward: then its rules hold for the key."""
    state = observed.state
    if state is None:
        return False
    return state.transcoder.active and state.transcoder.last_reward_round < state.round.number


def _carried_out(decision: ChainDecision) -> tuple[Intent, ...]:
    """The decision's next step taken, and its receipt not seen."""
    chosen = decision.next
    if chosen is None:
        return decision.intents
    moved = replace(chosen, state=IntentState.SENT, nonce=9, hashes=(*chosen.hashes, "0x02"))
    return tuple(moved if one.id == moved.id else one for one in decision.intents)


def _is_as_sent(decision: ChainDecision) -> bool:
    """Whether the next step only sends again what was signed before."""
    return any(one == decision.next and one.state in IN_FLIGHT for one in decision.intents)


def _bytes_of(intent: Intent) -> tuple[object, ...]:
    return (intent.sender, intent.nonce, intent.to, intent.data, intent.value_wei, intent.gas_limit)
