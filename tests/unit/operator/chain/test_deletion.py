"""A deleted Orchestrator: the chain stays as it is unless the policy says otherwise, twice."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import (
    LPT,
    NOW,
    OBSERVED,
    OWN,
    ROUND,
    SWEEP,
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
from podium_operator.chain.deletion import WAY_OUT
from podium_operator.chain.model import (
    Approval,
    ChainObserved,
    DeletionPolicy,
    Health,
    IntentKind,
    IntentState,
    Role,
)

_UNBOND: dict[str, Any] = {"deleting": True, "deletion": DeletionPolicy.UNBOND}
_CONFIRMED: dict[str, Any] = _UNBOND | {"unbond_confirmed": True}
_QUIT: dict[str, Any] = {"deleting": True, "deletion": DeletionPolicy.DEACTIVATE}
_RESIGNED: dict[str, Any] = {"registered": False, "delegate": "", "bonded_amount": 0}


@pytest.mark.parametrize(
    ("observed", "kind", "done"),
    [
        pytest.param(rewarded(deleting=True), None, True, id="Retain sends nothing and is done"),
        pytest.param(
            rewarded(deleting=True, sweep=SWEEP, lpt_balance=5000 * LPT, service_uri="x"),
            None,
            True,
            id="a deleted one neither registers nor sweeps",
        ),
        pytest.param(
            rewarded(**_QUIT), IntentKind.SET_SERVICE_URI, False, id="Deactivate takes the URI off"
        ),
        pytest.param(rewarded(**_QUIT, service_uri=""), None, True, id="and is done without one"),
        pytest.param(rewarded(**_UNBOND), None, False, id="Unbond alone is refused"),
        pytest.param(rewarded(**_CONFIRMED), IntentKind.UNBOND, False, id="confirmed it unbonds"),
        pytest.param(
            rewarded(**_CONFIRMED, approval=Approval.MANUAL),
            IntentKind.UNBOND,
            False,
            id="the confirmation is the approval",
        ),
        pytest.param(seen(**_CONFIRMED), IntentKind.REWARD, False, id="the round's reward first"),
        pytest.param(
            seen(**_CONFIRMED, gone_ppm=900_000, base_fee_wei=10**12),
            None,
            False,
            id="gas above every cap stops even that",
        ),
        pytest.param(rewarded(**_CONFIRMED, open_tickets=2), None, False, id="its tickets first"),
        pytest.param(
            rewarded(**_CONFIRMED, start_round=ROUND + 1), None, False, id="fresh stake is bound"
        ),
        pytest.param(rewarded(**_CONFIRMED, initialized=False), None, False, id="not begun"),
        pytest.param(rewarded(**_CONFIRMED, **_RESIGNED), None, True, id="resigned: done"),
        pytest.param(
            rewarded(**_UNBOND, **_RESIGNED), None, True, id="nothing bonded: nothing to confirm"
        ),
        pytest.param(
            rewarded(**_CONFIRMED, role=Role.ENDPOINT), None, True, id="an endpoint just goes"
        ),
        pytest.param(
            rewarded(**_CONFIRMED, signers=frozenset()), None, False, id="no key: a person unbonds"
        ),
    ],
)
def test_what_a_deletion_does(
    observed: ChainObserved, kind: IntentKind | None, *, done: bool
) -> None:
    decision = decide(observed)

    assert kind_of(decision) is kind
    assert decision.deletion_done is done


def test_all_of_the_stake_is_unbonded_with_its_earnings() -> None:
    chosen = decide(rewarded(**_CONFIRMED, pending_stake=1234 * LPT)).next

    assert chosen is not None
    assert chosen.data == calls.unbond(1234 * LPT)
    assert f"from round {ROUND + 7}" in chosen.why


def test_a_refused_unbonding_says_how_to_allow_it_and_how_to_leave() -> None:
    decision = decide(rewarded(**_UNBOND))

    assert "UnbondNotConfirmed" in reasons(decision)
    assert f"podium.video/confirm-unbond={OWN}" in decision.reason
    assert decision.reason.count("Retain") == 1


def test_a_reward_that_cannot_be_had_does_not_hold_the_stake_for_ever() -> None:
    failed = seen(**_CONFIRMED, gone_ppm=900_000)
    decision = decide(failed)
    failing = sent(failed, decision, state=IntentState.FAILED, hashes=("0x01",), at=NOW)

    assert kind_of(decide(failing)) is IntentKind.UNBOND


def test_a_deletion_without_the_chain_waits_and_says_so() -> None:
    unread = replace(seen(**_CONFIRMED), state=None, health=Health(0, 2, 0.0))

    decision = decide(unread)

    assert not decision.deletion_done
    assert decision.reason.endswith(WAY_OUT)


def test_a_deletion_that_keeps_everything_needs_no_chain() -> None:
    unread = replace(OBSERVED, state=None, deleting=True, health=Health(0, 2, 0.0))

    assert decide(unread).deletion_done


def test_bytes_under_way_are_seen_through() -> None:
    begun = sent(rewarded(**_QUIT), decide(rewarded(**_QUIT)))

    decision = decide(replace(begun, state=rewarded(service_uri="").state))

    assert not decision.deletion_done


def test_what_waited_for_approval_is_dropped_when_the_object_goes() -> None:
    waiting = decide(rewarded(service_uri="x", approval=Approval.MANUAL))

    decision = decided(deleting=True, last_reward_round=ROUND, intents=waiting.intents)

    assert named(decision, IntentKind.SET_SERVICE_URI).state is IntentState.SUPERSEDED


def test_what_is_not_deleted_is_never_done() -> None:
    assert not decided().deletion_done
    assert not decided(deletion=DeletionPolicy.UNBOND, unbond_confirmed=True).deletion_done
