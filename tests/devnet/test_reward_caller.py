"""Newer BondingManagers: the reward caller of LIP-118, its order of checks, the newer refusals.

On the chain that our script deploys these run against our stand-in; on a foreign chain that knows
LIP-118 they run against that chain's own contract, which is how the stand-in is kept honest.
"""

from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from tests.devnet.actors import (
    Orchestrator,
    active_orchestrator,
    delegate,
    fill_pool,
    issue_ticket,
)
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT
from web3.exceptions import ContractLogicError
from web3.logs import DISCARD

_ETH = 10**18
_LARGE = 5_000_000 * LPT
_FOR_EVER = 2**256 - 1
_NOBODY = "0x" + "0" * 40


def _bonding(devnet: Devnet) -> Any:
    return devnet.contract("BondingManager").functions


@pytest.fixture
def orchestrator(devnet: Devnet) -> str:
    """An active orchestrator on a chain that knows LIP-118."""
    account = active_orchestrator(devnet, Orchestrator(stake=_LARGE))
    if not devnet.has_reward_caller():
        devnet.install_stand_in(account)
    return account


@pytest.fixture
def caller(devnet: Devnet, orchestrator: str) -> str:
    """The account that may call reward for it."""
    found = devnet.accounts["rewardCaller"]
    devnet.chain.send(orchestrator, _bonding(devnet).setRewardCaller(found))
    return found


def test_a_target_tells_whether_it_knows_the_reward_caller(devnet: Devnet) -> None:
    before = devnet.has_reward_caller()
    older = devnet.install_stand_in()
    assert devnet.has_reward_caller()

    newer = devnet.replace_target("BondingManager", older)

    assert devnet.has_reward_caller() is before
    devnet.replace_target("BondingManager", newer)
    assert devnet.has_reward_caller()


def test_the_reward_caller_survives_a_target_that_does_not_know_it(
    devnet: Devnet, orchestrator: str, caller: str
) -> None:
    older = devnet.install_stand_in(orchestrator)
    devnet.replace_target("BondingManager", devnet.replace_target("BondingManager", older))

    assert _bonding(devnet).transcoderToRewardCaller(orchestrator).call() == caller


def test_a_reward_through_the_caller_pays_what_an_own_one_pays(
    devnet: Devnet, orchestrator: str, caller: str
) -> None:
    def stake() -> int:
        return int(_bonding(devnet).pendingStake(orchestrator, 0).call())

    snapshot = devnet.chain.snapshot()
    devnet.chain.send(orchestrator, _bonding(devnet).reward())
    own = stake()
    devnet.chain.revert(snapshot)

    receipt = devnet.chain.send(caller, _bonding(devnet).rewardForTranscoder(orchestrator))

    events = devnet.contract("BondingManager").events.Reward().process_receipt(receipt, DISCARD)
    assert [event["args"]["transcoder"] for event in events] == [orchestrator]
    assert stake() == own
    assert _bonding(devnet).getTranscoder(orchestrator).call()[0] == devnet.round()


def test_setting_and_unsetting_the_caller_says_so(
    devnet: Devnet, orchestrator: str, caller: str
) -> None:
    receipt = devnet.chain.send(orchestrator, _bonding(devnet).setRewardCaller(_NOBODY))

    spoken = devnet.contract("BondingManager").events.RewardCallerSet()
    event = spoken.process_receipt(receipt, DISCARD)[0]
    assert dict(event["args"]) == {"transcoder": orchestrator, "rewardCaller": _NOBODY}
    assert _bonding(devnet).transcoderToRewardCaller(orchestrator).call() == _NOBODY


def test_anybody_may_name_a_caller_before_the_round_is_initialised(
    devnet: Devnet, orchestrator: str
) -> None:
    stranger = devnet.fresh_account()
    devnet.to_next_round(initialize=False)

    devnet.chain.send(stranger, _bonding(devnet).setRewardCaller(orchestrator))

    assert _bonding(devnet).transcoderToRewardCaller(stranger).call() == orchestrator


def _stranger(devnet: Devnet) -> str:
    return devnet.accounts["stranger"]


def _named(devnet: Devnet) -> str:
    return devnet.accounts["rewardCaller"]


def _already_called(devnet: Devnet, orchestrator: str) -> None:
    devnet.chain.send(orchestrator, _bonding(devnet).reward())


def _leave_the_pool(devnet: Devnet, orchestrator: str) -> None:
    """Unbond everything; from the next round on it is inactive."""
    _already_called(devnet, orchestrator)
    stake = _bonding(devnet).pendingStake(orchestrator, 0).call()
    devnet.chain.send(orchestrator, _bonding(devnet).unbond(stake))
    devnet.to_next_round()


def _uninitialised(devnet: Devnet, orchestrator: str) -> None:
    devnet.to_next_round(initialize=False)


def _inactive_uninitialised_and_paused(devnet: Devnet, orchestrator: str) -> None:
    _inactive_and_uninitialised(devnet, orchestrator)
    devnet.pause()


def _inactive_and_uninitialised(devnet: Devnet, orchestrator: str) -> None:
    _leave_the_pool(devnet, orchestrator)
    _uninitialised(devnet, orchestrator)


_NOT_NAMED = "caller must be a reward caller set by the transcoder"


@pytest.mark.parametrize(
    ("prepare", "sender", "text"),
    [
        pytest.param(
            _inactive_uninitialised_and_paused,
            _stranger,
            _NOT_NAMED,
            id="who is not named is refused before anything else is looked at",
        ),
        pytest.param(
            _inactive_uninitialised_and_paused,
            _named,
            "system is paused",
            id="the pause comes second",
        ),
        pytest.param(
            _inactive_and_uninitialised,
            _named,
            "current round is not initialized",
            id="the round comes third",
        ),
        pytest.param(
            _leave_the_pool,
            _named,
            "transcoder must be active",
            id="activity comes fourth",
        ),
        pytest.param(
            _already_called,
            _named,
            "caller has already called reward for the current round",
            id="the reward already called comes last",
        ),
    ],
)
def test_refusals_of_a_delegated_reward_come_in_order(
    devnet: Devnet,
    orchestrator: str,
    *,
    caller: str,
    prepare: Callable[[Devnet, str], None],
    sender: Callable[[Devnet], str],
    text: str,
) -> None:
    prepare(devnet, orchestrator)
    reward = _bonding(devnet).rewardForTranscoder(orchestrator)

    with pytest.raises(ContractLogicError, match=text):
        devnet.chain.send(sender(devnet), reward)


def test_the_orchestrator_itself_is_no_caller_unless_named(
    devnet: Devnet, orchestrator: str
) -> None:
    reward = _bonding(devnet).rewardForTranscoder(orchestrator)

    with pytest.raises(ContractLogicError, match=_NOT_NAMED):
        devnet.chain.send(orchestrator, reward)


def test_a_question_without_a_sender_passes_for_nobody(devnet: Devnet, orchestrator: str) -> None:
    data = devnet.contract("BondingManager").encode_abi("rewardForTranscoder", [orchestrator])
    to = devnet.contract("BondingManager").address

    assert devnet.chain.rpc("eth_call", {"to": to, "data": data}, "latest") == "0x"


def test_an_orchestrator_signs_as_before_while_it_lends_a_relay(
    devnet: Devnet, orchestrator: str, caller: str
) -> None:
    call = _bonding(devnet).reward()
    count = devnet.chain.rpc("eth_getTransactionCount", orchestrator, "latest")
    transaction = call.build_transaction({"from": orchestrator, "nonce": int(count, 16)})
    signed = Account.sign_transaction(transaction, devnet.key(orchestrator))

    sent = devnet.w3.eth.send_raw_transaction(signed.raw_transaction)

    assert devnet.w3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    assert _bonding(devnet).getTranscoder(orchestrator).call()[0] == devnet.round()


@pytest.fixture
def evicted(devnet: Devnet, orchestrator: str) -> str:
    """The orchestrator, marked for leaving the pool and not yet rewarded in this round."""
    stake = _bonding(devnet).transcoderTotalStake(orchestrator).call() + LPT
    fill_pool(devnet, stake=stake)
    while _bonding(devnet).getTranscoder(orchestrator).call()[5] == _FOR_EVER:
        larger = devnet.fresh_account(lpt=stake)
        delegate(devnet, larger, larger, amount=stake)
    assert _bonding(devnet).getTranscoder(orchestrator).call()[5] == devnet.round() + 1
    return orchestrator


def test_an_evicted_orchestrator_gains_no_stake_before_its_reward(
    devnet: Devnet, evicted: str
) -> None:
    friend = devnet.fresh_account(lpt=2 * LPT)
    with pytest.raises(ContractLogicError, match="has not yet called reward for the current"):
        delegate(devnet, friend, evicted, amount=LPT)
    devnet.chain.send(evicted, _bonding(devnet).reward())

    delegate(devnet, friend, evicted, amount=LPT)

    assert _bonding(devnet).pendingStake(friend, 0).call() == LPT


def test_a_ticket_of_an_inactive_recipient_is_refused(devnet: Devnet, evicted: str) -> None:
    sender = devnet.fresh_account()
    broker = devnet.contract("TicketBroker").functions
    devnet.chain.send(sender, broker.fundDepositAndReserve(_ETH, _ETH), value=2 * _ETH)
    ticket = issue_ticket(devnet, sender, evicted, face_wei=_ETH // 10)
    redeem = broker.redeemWinningTicket(ticket.fields, ticket.signature, ticket.recipient_rand)
    redeem.call({"from": devnet.accounts["redeemer"]})
    devnet.to_next_round()

    with pytest.raises(ContractLogicError, match="transcoder must be active"):
        devnet.chain.send(devnet.accounts["redeemer"], redeem)


def test_an_evicted_one_that_its_reward_brings_back_is_paid_no_ticket(
    devnet: Devnet, evicted: str
) -> None:
    """Redeem first, then reward: who re-enters the pool is inactive until the next round."""
    stake = _bonding(devnet).transcoderTotalStake(evicted).call()
    sender = devnet.fresh_account()
    broker = devnet.contract("TicketBroker").functions
    devnet.chain.send(sender, broker.fundDepositAndReserve(_ETH, _ETH), value=2 * _ETH)
    ticket = issue_ticket(devnet, sender, evicted, face_wei=_ETH // 10)
    redeem = broker.redeemWinningTicket(ticket.fields, ticket.signature, ticket.recipient_rand)

    devnet.chain.send(evicted, _bonding(devnet).reward())

    assert _bonding(devnet).transcoderTotalStake(evicted).call() > stake
    assert not _bonding(devnet).isActiveTranscoder(evicted).call()
    with pytest.raises(ContractLogicError, match="transcoder must be active"):
        devnet.chain.send(devnet.accounts["redeemer"], redeem)
