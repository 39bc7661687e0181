"""The chain is the protocol: rounds, registration, rewards, the pool, unbonding, tickets."""

from typing import Any

import pytest
from tests.devnet.actors import (
    Orchestrator,
    active_orchestrator,
    delegate,
    fill_pool,
    issue_ticket,
    register,
)
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT
from web3.exceptions import ContractLogicError
from web3.logs import DISCARD

_ETH = 10**18
_FOR_EVER = 2**256 - 1
_PPM, _PPB, _PRECISE = 10**6, 10**9, 10**27
# A foreign chain may hold large stakes: whoever must enter its pool brings more than these.
_LARGE = 5_000_000 * LPT


def _call(devnet: Devnet, contract: str, function: str, *arguments: object) -> Any:
    return getattr(devnet.contract(contract).functions, function)(*arguments).call()


def _bonding(devnet: Devnet, function: str, *arguments: object) -> Any:
    return _call(devnet, "BondingManager", function, *arguments)


def _last_reward_round(devnet: Devnet, account: str) -> int:
    return int(_bonding(devnet, "getTranscoder", account)[0])


def test_a_registration_is_active_from_the_next_round_on(devnet: Devnet) -> None:
    orchestrator = devnet.fresh_account(lpt=_LARGE)

    register(devnet, orchestrator, Orchestrator(stake=_LARGE))

    number = devnet.round()
    terms = _bonding(devnet, "getTranscoder", orchestrator)
    uri = _call(devnet, "ServiceRegistry", "getServiceURI", orchestrator)
    assert (terms[1], terms[2], uri) == (100_000, 500_000, "https://127.0.0.1:8935")
    assert (terms[4], terms[5]) == (number + 1, _FOR_EVER)
    assert not _bonding(devnet, "isActiveTranscoder", orchestrator)
    assert devnet.to_next_round() == number + 1
    assert _bonding(devnet, "isActiveTranscoder", orchestrator)


def test_a_bond_without_approval_is_refused(devnet: Devnet) -> None:
    orchestrator = devnet.fresh_account(lpt=LPT)
    bond = devnet.contract("BondingManager").functions.bond(LPT, orchestrator)

    with pytest.raises(ContractLogicError, match=r"ERC20: .*allowance"):
        devnet.chain.send(orchestrator, bond)


def test_a_round_is_initialised_once(devnet: Devnet) -> None:
    number = devnet.to_next_round(initialize=False)
    initialize = devnet.contract("RoundsManager").functions.initializeRound()

    receipt = devnet.chain.send(devnet.accounts["stranger"], initialize)

    event = devnet.contract("RoundsManager").events.NewRound().process_receipt(receipt, DISCARD)
    assert event[0]["args"]["round"] == number
    with pytest.raises(ContractLogicError, match="round already initialized"):
        devnet.chain.send(devnet.accounts["stranger"], initialize)


def test_a_reward_is_exact_to_the_wei(devnet: Devnet) -> None:
    orchestrator = devnet.fresh_account(lpt=1_000 * LPT + _LARGE)
    delegator = devnet.fresh_account(lpt=500 * LPT)
    register(devnet, orchestrator, Orchestrator(stake=1_000 * LPT + _LARGE))
    delegate(devnet, delegator, orchestrator, amount=500 * LPT)
    devnet.to_next_round()
    own, other = (_bonding(devnet, "pendingStake", who, 0) for who in (orchestrator, delegator))
    staked = _bonding(devnet, "transcoderTotalStake", orchestrator)
    mintable = _call(devnet, "Minter", "currentMintableTokens")
    supply = _call(devnet, "Minter", "getGlobalTotalSupply")
    share = staked * _PPB // _bonding(devnet, "getTotalBonded")
    minted = mintable * share // _PPB
    rest = minted - minted * _treasury_rate(devnet) // _PRECISE
    commission = rest * 100_000 // _PPM
    factor = (rest - commission) * _PRECISE // staked

    devnet.chain.send(orchestrator, devnet.contract("BondingManager").functions.reward())

    assert mintable == supply * _call(devnet, "Minter", "inflation") // _PPB
    assert _call(devnet, "Minter", "currentMintedTokens") == minted
    assert _bonding(devnet, "pendingStake", delegator, 0) == other + other * factor // _PRECISE
    grown = _bonding(devnet, "pendingStake", orchestrator, 0)
    assert grown == own + own * factor // _PRECISE + commission
    assert _bonding(devnet, "transcoderTotalStake", orchestrator) == staked + rest
    assert _last_reward_round(devnet, orchestrator) == devnet.round()


def _treasury_rate(devnet: Devnet) -> int:
    try:
        return int(_bonding(devnet, "treasuryRewardCutRate"))
    except ContractLogicError:
        return 0


def _reward_again(devnet: Devnet, orchestrator: str) -> None:
    devnet.chain.send(orchestrator, devnet.contract("BondingManager").functions.reward())


def _reward_in_a_new_round(devnet: Devnet, orchestrator: str) -> None:
    devnet.to_next_round(initialize=False)


def _reward_while_paused(devnet: Devnet, orchestrator: str) -> None:
    devnet.pause()


@pytest.mark.parametrize(
    ("prepare", "text"),
    [
        pytest.param(
            _reward_again,
            "caller has already called reward for the current round",
            id="a second reward in a round is refused",
        ),
        pytest.param(
            _reward_in_a_new_round,
            "current round is not initialized",
            id="a reward before the round is initialised is refused",
        ),
        pytest.param(
            _reward_while_paused, "system is paused", id="a reward while paused is refused"
        ),
    ],
)
def test_a_reward_out_of_season_says_why(devnet: Devnet, prepare: Any, text: str) -> None:
    orchestrator = active_orchestrator(devnet, Orchestrator(stake=_LARGE))
    prepare(devnet, orchestrator)

    with pytest.raises(ContractLogicError, match=text):
        devnet.chain.send(orchestrator, devnet.contract("BondingManager").functions.reward())


def test_a_reward_of_somebody_inactive_is_refused(devnet: Devnet) -> None:
    reward = devnet.contract("BondingManager").functions.reward()

    with pytest.raises(ContractLogicError, match=r"must be (an )?active"):
        devnet.chain.send(devnet.fresh_account(), reward)


def test_a_reward_that_reverts_in_a_block_counts_for_nothing(devnet: Devnet) -> None:
    stranger = devnet.fresh_account()
    reward = devnet.contract("BondingManager").functions.reward()

    receipt = devnet.chain.send(stranger, reward, gas=1_000_000)

    assert receipt["status"] == 0
    assert _last_reward_round(devnet, stranger) == 0


def test_cuts_change_after_the_reward_and_before_the_lock(devnet: Devnet) -> None:
    orchestrator = active_orchestrator(devnet, Orchestrator(stake=_LARGE))
    change = devnet.contract("BondingManager").functions.transcoder(50_000, 600_000)
    with pytest.raises(ContractLogicError, match="must have already called reward"):
        devnet.chain.send(orchestrator, change)
    _reward_again(devnet, orchestrator)
    devnet.chain.send(orchestrator, change)

    devnet.to_lock_window()

    assert _call(devnet, "RoundsManager", "currentRoundLocked")
    with pytest.raises(ContractLogicError, match="current round is locked"):
        devnet.chain.send(orchestrator, change)


def test_a_first_bond_in_the_lock_window_leaves_no_terms(devnet: Devnet) -> None:
    orchestrator = devnet.fresh_account(lpt=_LARGE)
    devnet.to_lock_window()

    delegate(devnet, orchestrator, orchestrator, amount=_LARGE)

    terms = _bonding(devnet, "getTranscoder", orchestrator)
    assert (terms[1], terms[2], terms[4]) == (0, 0, devnet.round() + 1)


def _last_in_pool(devnet: Devnet) -> str:
    found = _bonding(devnet, "getFirstTranscoderInPool")
    for _ in range(_bonding(devnet, "getTranscoderPoolSize") - 1):
        found = _bonding(devnet, "getNextTranscoderInPool", found)
    return str(found)


def test_a_larger_newcomer_evicts_the_last_one_and_an_equal_one_does_not(devnet: Devnet) -> None:
    fill_pool(devnet, stake=_LARGE)
    last = _last_in_pool(devnet)
    stake = _bonding(devnet, "transcoderTotalStake", last)
    equal, larger = (devnet.fresh_account(lpt=stake + extra) for extra in (0, 1))

    delegate(devnet, equal, equal, amount=stake)
    assert _bonding(devnet, "getTranscoder", last)[5] == _FOR_EVER
    delegate(devnet, larger, larger, amount=stake + 1)

    assert _bonding(devnet, "getTranscoder", last)[5] == devnet.round() + 1
    assert _bonding(devnet, "isActiveTranscoder", last)
    _reward_again(devnet, last)
    assert _last_reward_round(devnet, last) == devnet.round()


def test_a_reward_can_bring_an_evicted_one_back_in_another_ones_place(devnet: Devnet) -> None:
    fill_pool(devnet, stake=_LARGE)
    last = _last_in_pool(devnet)
    stake = _bonding(devnet, "transcoderTotalStake", last) + 1
    evictor = devnet.fresh_account(lpt=stake)
    delegate(devnet, evictor, evictor, amount=stake)
    displaced, following = _last_in_pool(devnet), devnet.round() + 1

    _reward_again(devnet, last)

    assert _bonding(devnet, "getTranscoder", last)[4:6] == [following, _FOR_EVER]
    assert not _bonding(devnet, "isActiveTranscoder", last)
    assert _bonding(devnet, "getTranscoder", displaced)[5] == following


def test_stake_leaves_after_the_unbonding_period(devnet: Devnet) -> None:
    orchestrator = active_orchestrator(devnet, Orchestrator(stake=_LARGE))
    bonding = devnet.contract("BondingManager").functions
    devnet.chain.send(orchestrator, bonding.unbond(10 * LPT))
    period = _bonding(devnet, "unbondingPeriod")
    lock = _bonding(devnet, "getDelegatorUnbondingLock", orchestrator, 0)
    assert lock == [10 * LPT, devnet.round() + period]
    with pytest.raises(ContractLogicError, match="withdraw round must be before or equal"):
        devnet.chain.send(orchestrator, bonding.withdrawStake(0))

    for _ in range(period):
        devnet.to_next_round()
    devnet.chain.send(orchestrator, bonding.withdrawStake(0))

    assert _call(devnet, "LivepeerToken", "balanceOf", orchestrator) == 10 * LPT


def test_a_stake_bonded_this_round_cannot_leave_in_it(devnet: Devnet) -> None:
    orchestrator = devnet.fresh_account(lpt=_LARGE)
    delegate(devnet, orchestrator, orchestrator, amount=_LARGE)

    with pytest.raises(ContractLogicError, match="caller must be bonded"):
        devnet.chain.send(orchestrator, devnet.contract("BondingManager").functions.unbond(_LARGE))


def test_a_ticket_is_paid_once_and_the_fees_can_be_withdrawn(devnet: Devnet) -> None:
    orchestrator = active_orchestrator(devnet, Orchestrator(stake=_LARGE))
    sender = devnet.fresh_account()
    broker = devnet.contract("TicketBroker").functions
    devnet.chain.send(sender, broker.fundDepositAndReserve(_ETH, _ETH), value=2 * _ETH)
    ticket = issue_ticket(devnet, sender, orchestrator, face_wei=_ETH // 10)
    redeem = broker.redeemWinningTicket(ticket.fields, ticket.signature, ticket.recipient_rand)

    devnet.chain.send(devnet.accounts["redeemer"], redeem)

    fees = _bonding(devnet, "pendingFees", orchestrator, 0)
    assert _ETH // 10 - 1 <= fees <= _ETH // 10
    with pytest.raises(ContractLogicError, match="ticket is used"):
        devnet.chain.send(devnet.accounts["redeemer"], redeem)
    cold = devnet.fresh_account(eth=0)
    withdraw = devnet.contract("BondingManager").functions.withdrawFees(cold, fees)
    devnet.chain.send(orchestrator, withdraw)
    assert int(devnet.chain.rpc("eth_getBalance", cold, "latest"), 16) == fees
