"""Intents in status: nothing is lost on the way there and back, and nothing else is in it."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.unit.operator.body.intents import REWARD
from tests.unit.operator.chain.cases import OWN, STRANGER

from podium_operator.api.chain_status import IntentStatus
from podium_operator.chain.consent import Consenter, acknowledged_in, approvals_in, consenter_of
from podium_operator.chain.model import Intent, IntentKind, IntentState
from podium_operator.chain.records import LogUnreadableError, intents_in, shown_intent
from podium_operator.chain.safe import safe_transaction
from podium_operator.chain.turns import notes_of

_WIDE = st.integers(min_value=0, max_value=2**256 - 1)
_INTENTS = st.builds(
    Intent,
    id=st.text(min_size=1, max_size=40),
    kind=st.sampled_from(IntentKind),
    round=st.integers(min_value=0, max_value=10**6),
    goal=st.text(max_size=40),
    why=st.text(max_size=40),
    sender=st.just(OWN),
    to=st.just(STRANGER),
    data=st.just("0x228cb733"),
    value_wei=_WIDE,
    gas_limit=st.integers(min_value=0, max_value=10**8),
    max_fee_wei=_WIDE,
    at=st.integers(min_value=0, max_value=2**40),
    amount=_WIDE,
    since_round=st.integers(min_value=0, max_value=10**6),
    state=st.sampled_from(IntentState),
    nonce=st.none() | st.integers(min_value=0, max_value=2**40),
    hashes=st.lists(st.just("0x" + "ab" * 32), max_size=5).map(tuple),
    sent_at=st.none() | st.integers(min_value=0, max_value=2**40),
    mined_block=st.none() | st.integers(min_value=0, max_value=2**40),
    cost_wei=_WIDE,
    message=st.text(max_size=80),
)


def _in(state: IntentState, **changes: Any) -> Intent:
    return replace(REWARD, state=state, **changes)


@given(st.lists(_INTENTS, max_size=4))
def test_a_log_read_back_is_what_was_written(intents: list[Intent]) -> None:
    written = [
        shown_intent(one).model_dump(mode="json", by_alias=True, exclude_none=True)
        for one in intents
    ]

    assert list(intents_in(json.loads(json.dumps(written)))) == intents


def test_every_field_of_an_intent_is_written_down() -> None:
    assert {field.name for field in fields(Intent)} == set(IntentStatus.model_fields)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"state": "Almost"}, id="a state that is none"),
        pytest.param({"nonce": -1}, id="a nonce below zero"),
        pytest.param({"valueWei": "1e18"}, id="an amount that is no whole number"),
    ],
)
def test_a_log_that_somebody_changed_stops_everything(change: dict[str, Any]) -> None:
    written = shown_intent(REWARD).model_dump(mode="json", by_alias=True, exclude_none=True)

    with pytest.raises(LogUnreadableError, match="nothing is sent"):
        intents_in([written | change])


def test_approvals_are_read_by_commas_and_blanks() -> None:
    annotations = {"podium.video/approve": " a-1, b-2\nc-3,"}

    assert approvals_in(annotations) == {"a-1", "b-2", "c-3"}
    assert approvals_in({}) == frozenset()


def test_accepted_contracts_are_pairs() -> None:
    annotations = {"podium.video/acknowledge-contracts": "BondingManagerTarget=0x1,nonsense"}

    assert acknowledged_in(annotations) == {"BondingManagerTarget": "0x1"}


def test_who_approved_is_who_the_api_server_names() -> None:
    written: dict[str, Any] = {"f:metadata": {"f:annotations": {"f:podium.video/approve": {}}}}
    body = {
        "metadata": {
            "managedFields": [
                {"manager": "helm", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:spec": {}}},
                {"manager": "alice", "time": "2026-01-02T00:00:00Z", "fieldsV1": written},
            ]
        }
    }

    assert str(consenter_of(body, "podium.video/approve")) == "alice at 2026-01-02T00:00:00Z"
    assert consenter_of({"metadata": {}}, "podium.video/approve").who == "somebody"


def test_a_safe_gets_what_awaits_a_signature_and_nothing_else() -> None:
    waiting = _in(IntentState.AWAITING_SIGNATURE, value_wei=2**200)

    body = json.loads(safe_transaction([REWARD, waiting], chain_id=42161))

    assert body["chainId"] == "42161"
    assert body["transactions"] == [
        {
            "to": STRANGER,
            "value": str(2**200),
            "data": "0x228cb733",
            "contractMethod": None,
            "contractInputsValues": None,
        }
    ]
    assert safe_transaction([REWARD], chain_id=42161) == ""


def _notes(before: list[Intent], after: list[Intent]) -> list[tuple[str, str]]:
    told = notes_of(before, after, lambda: Consenter("alice", "noon"))
    return [(reason, text) for _, reason, text in told]


def test_an_approval_is_told_with_who_and_when() -> None:
    waiting, sent = _in(IntentState.AWAITING_APPROVAL), _in(IntentState.SENT, hashes=("0xab",))

    told = _notes([waiting], [sent])

    assert told[0] == ("IntentApproved", "reward-100-aa approved by alice at noon")
    assert told[1][0] == "IntentSent"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        pytest.param(IntentState.AWAITING_APPROVAL, "IntentAwaitsApproval", id="to be approved"),
        pytest.param(IntentState.AWAITING_SIGNATURE, "IntentAwaitsSignature", id="to be signed"),
        pytest.param(IntentState.DONE, "RewardCalled", id="a reward done"),
        pytest.param(IntentState.FAILED, "IntentFailed", id="a failure"),
    ],
)
def test_each_turn_is_told_once(state: IntentState, reason: str) -> None:
    turned = _in(state)

    assert [told for told, _ in _notes([], [turned])] == [reason]
    assert _notes([turned], [turned]) == []


def test_an_approval_withdrawn_by_itself_is_no_approval() -> None:
    waiting = _in(IntentState.AWAITING_APPROVAL)

    assert _notes([waiting], [_in(IntentState.SUPERSEDED)]) == []
