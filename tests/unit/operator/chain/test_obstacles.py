"""What stops every transaction, and what it leaves standing."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    CALLER,
    COLD,
    NOW,
    OBSERVED,
    OWN,
    STRANGER,
    after,
    decided,
    kind_of,
    named,
    reasons,
    rewarded,
    seen,
    sent,
)

from podium_operator.api.conditions import Status
from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Aspect,
    Health,
    IntentKind,
    IntentState,
    Role,
    Standing,
    Target,
)

_MOVED = {"BondingManagerTarget": Target(STRANGER, "0x" + "22" * 20)}


def _upgraded(**changes: Any) -> dict[str, Any]:
    state = OBSERVED.state
    assert state is not None
    return {"targets": dict(state.targets) | _MOVED} | changes


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"role": Role.ENDPOINT}, "another cluster acts", id="role Endpoint"),
        pytest.param({"chain_id": 1}, "answer for chain", id="an endpoint of another chain"),
        pytest.param({"paused": True}, "protocol is paused", id="the protocol is paused"),
        pytest.param({"health": Health(1, 2, 61.0)}, "last read 61 s ago", id="the state is stale"),
        pytest.param(
            _upgraded(mismatched=frozenset({"BondingManagerTarget"})),
            "no longer has what we call",
            id="a contract changed under our feet",
        ),
        pytest.param({"address": STRANGER}, "what was read is of", id="the state of somebody else"),
        pytest.param({"elder": "media/first"}, "media/first is older", id="an older one acts"),
        pytest.param(
            {"strange": "Minter.paused reverts"},
            "until the contracts are understood again",
            id="contracts that are not understood",
        ),
    ],
)
def test_nothing_is_begun_while_this_holds(changes: dict[str, Any], reason: str) -> None:
    own_chain = {"chain_id": 42161} if "chain_id" in changes else {}
    observed = seen(**changes)
    if own_chain:
        observed = replace(observed, terms=replace(observed.terms, chain_id=5))

    decision = decide(observed)

    assert decision.next is None
    assert decision.intents == ()
    assert reason in decision.reason


def test_before_the_first_answer_nothing_is_said_but_that() -> None:
    decision = decide(replace(OBSERVED, state=None, health=Health(0, 2, 0.0)))

    assert decision.next is None
    assert decision.verdicts[Aspect.REGISTERED].status is Status.UNKNOWN
    assert decision.verdicts[Aspect.RPC_HEALTHY].reason == "NoEndpoint"
    assert decision.reward.standing is Standing.NONE


def test_known_intents_outlive_a_silent_chain() -> None:
    under_way = sent(OBSERVED, decide(OBSERVED))

    decision = decide(replace(under_way, state=None, health=Health(0, 2, 900.0)))

    assert decision.intents == under_way.intents
    assert decision.next is None


def test_what_waits_survives_an_obstacle() -> None:
    waiting = seen(signers=frozenset())
    known = decide(waiting).intents

    decision = decide(seen(waiting, intents=known, paused=True))

    assert decision.intents == known


def test_an_endpoint_gives_up_what_it_had_planned() -> None:
    planned = decide(OBSERVED).intents

    decision = decided(intents=planned, role=Role.ENDPOINT)

    assert [one.state for one in decision.intents] == [IntentState.SUPERSEDED]
    assert decision.stage is not None
    assert decision.verdicts[Aspect.ACTIVE].status is Status.TRUE


def test_who_finds_an_older_one_gives_up_what_it_had_planned() -> None:
    planned = decide(OBSERVED).intents

    decision = decided(intents=planned, elder="media/first")

    assert [one.state for one in decision.intents] == [IntentState.SUPERSEDED]
    assert decision.verdicts[Aspect.INTENT_PENDING].reason == "IdentityTaken"
    assert "IdentityTaken" in reasons(decision)


def test_a_key_that_another_uses_is_waited_for_and_near_the_end_gone_around() -> None:
    both = {"signers": frozenset({OWN, CALLER}), "reward_caller": CALLER, "caller": CALLER}
    busy = {"busy_keys": {CALLER: "media/other"}}

    early = decided(**both, **busy)
    late = decided(**both, **busy, gone_ppm=800_000)

    assert early.next is None
    assert "media/other is under way from the same key" in early.reason
    assert late.next is not None
    assert late.next.sender == OWN


def test_endpoints_that_contradict_each_other_spare_the_reward_alone() -> None:
    health = Health(2, 3, 1.0, disagreement="block 9000")

    due = decided(health=health, service_uri="x")
    taken = decide(rewarded(health=health, service_uri="x"))

    assert kind_of(due) is IntentKind.REWARD
    assert taken.next is None
    assert taken.verdicts[Aspect.RPC_HEALTHY].reason == "Disagreement"


def test_an_upgrade_that_keeps_our_calls_is_told_and_nothing_stops() -> None:
    decision = decided(**_upgraded())

    assert kind_of(decision) is IntentKind.REWARD
    assert "ContractUpgraded" in reasons(decision)


def test_an_accepted_upgrade_is_no_longer_told() -> None:
    accepted = dict(OBSERVED.acknowledged) | {"BondingManagerTarget": STRANGER.lower()}

    decision = decided(**_upgraded(acknowledged=accepted))

    assert "ContractUpgraded" not in reasons(decision)


def test_an_accepted_mismatch_lets_writes_go_on() -> None:
    mismatched = frozenset({"BondingManagerTarget"})
    accepted = dict(OBSERVED.acknowledged) | {"BondingManagerTarget": STRANGER}
    refused = decided(**_upgraded(mismatched=mismatched))

    decision = decided(**_upgraded(mismatched=mismatched, acknowledged=accepted))

    assert f"acknowledge-contracts: BondingManagerTarget={STRANGER}" in refused.reason
    assert any(one.reason == "ContractMismatch" and one.urgent for one in refused.alerts)
    assert kind_of(decision) is IntentKind.REWARD


def test_a_mismatch_at_first_sight_is_not_taken_for_normal() -> None:
    decision = decided(mismatched=frozenset({"TicketBrokerTarget"}), acknowledged={})

    assert decision.next is None
    assert "TicketBrokerTarget" in decision.reason


@pytest.mark.parametrize(
    "skew", [pytest.param(-7200, id="our clock is behind"), pytest.param(7200, id="it is ahead")]
)
def test_a_wrong_clock_is_told_and_changes_no_decision(skew: int) -> None:
    decision = decided(at=NOW + skew)

    assert "ClockOrHeadWrong" in reasons(decision)
    assert decision.next == decide(OBSERVED).next


def test_a_contract_that_the_controller_does_not_name_is_not_called() -> None:
    state = OBSERVED.state
    assert state is not None
    fewer = {name: one for name, one in state.targets.items() if name != "BondingManager"}

    decision = decided(targets=fewer)

    assert decision.next is None
    assert "does not name all of BondingManager" in named(decision, IntentKind.REWARD).message


def test_an_allowance_for_nobody_is_not_given() -> None:
    state = OBSERVED.state
    assert state is not None
    fewer = {name: one for name, one in state.targets.items() if name != "BondingManager"}
    short = rewarded(targets=fewer, pending_stake=0, lpt_balance=10**21)

    waiting = named(decide(short), IntentKind.APPROVE)

    assert decide(short).next is None
    assert waiting.data == ""


def test_the_sweep_goes_nowhere_while_the_protocol_is_paused() -> None:
    decision = decide(rewarded(paused=True, lpt_balance=10**24))

    assert decision.next is None
    assert COLD not in str(decision.intents)


def test_a_healthy_pool_is_said_to_be() -> None:
    assert decide(OBSERVED).verdicts[Aspect.RPC_HEALTHY].message == "2 of 2 endpoints answer"
    assert decide(after(OBSERVED, decide(OBSERVED))).verdicts[Aspect.INTENT_PENDING].status is (
        Status.TRUE
    )
