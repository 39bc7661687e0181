"""What is decided does on real contracts what it is meant to do, in the order they demand."""

from dataclasses import replace
from typing import Any

from tests.chain.decision.desk import Desk, terms_for
from tests.devnet.actors import Orchestrator, active_orchestrator
from tests.devnet.terms import LPT

from podium_operator.chain.model import (
    ChainDecision,
    ChainState,
    CutChange,
    DeletionPolicy,
    IntentKind,
    Registration,
    RewardTerms,
    Stage,
    Sweep,
)

_ETHER = 10**18
_FREELY = CutChange(max_increase_ppm=10_000, announce_rounds=0, requires_approval=False)
_URI = "https://node.example:8935"


def _is_quiet(decision: ChainDecision, _: ChainState) -> bool:
    return decision.next is None


def _asked(state: ChainState, **changes: Any) -> Registration:
    """What the chain shows already, but for the changes."""
    own = state.transcoder
    same = Registration(
        reward_cut_ppm=own.reward_cut_ppm,
        fee_share_ppm=own.fee_share_ppm,
        service_uri=own.service_uri,
        self_bond=0,
        cut_change=_FREELY,
    )
    return replace(same, **changes)


async def test_terms_change_after_the_reward_one_step_a_round(desk: Desk) -> None:
    account = active_orchestrator(desk.devnet)
    _, state = await desk.until(terms_for(account), _is_quiet)
    cut = state.transcoder.reward_cut_ppm
    terms = terms_for(account, registration=_asked(state, reward_cut_ppm=cut + 15_000))
    cuts = []

    for _ in range(2):
        desk.devnet.to_next_round()
        _, state = await desk.until(terms, _is_quiet)
        cuts.append(state.transcoder.reward_cut_ppm - cut)

    assert cuts == [10_000, 15_000]
    each_round = [IntentKind.REWARD, IntentKind.SET_TRANSCODER]
    assert desk.done == [IntentKind.REWARD, *each_round, *each_round]


async def test_a_newcomer_in_the_lock_window_joins_in_the_next_round_with_its_terms(
    desk: Desk,
) -> None:
    account = desk.devnet.fresh_account(lpt=100 * LPT)
    registration = Registration(120_000, 300_000, _URI, 100 * LPT, _FREELY)
    terms = terms_for(account, registration=registration)
    desk.devnet.to_lock_window()

    _, locked = await desk.until(terms, _is_quiet)
    desk.devnet.to_next_round()
    decision, joined = await desk.until(terms, _is_quiet)

    assert not locked.transcoder.registered
    assert decision.stage is Stage.ACTIVATING
    own = joined.transcoder
    assert (own.reward_cut_ppm, own.fee_share_ppm) == (120_000, 300_000)
    assert (own.service_uri, own.pending_stake) == (_URI, 100 * LPT)
    assert desk.done[-2:] == [IntentKind.BOND, IntentKind.SET_TRANSCODER]


async def test_the_named_caller_is_set_and_then_calls_the_reward(desk: Desk) -> None:
    account = active_orchestrator(desk.devnet, Orchestrator(stake=5_000_000 * LPT))
    if not desk.devnet.has_reward_caller():
        desk.devnet.install_stand_in(account)
    caller = desk.devnet.accounts["rewardCaller"]
    rewards = RewardTerms(caller=caller, start_delay_seconds=0, retry_seconds=1)
    terms = terms_for(account, rewards=rewards, signers=frozenset({account, caller}))
    _, state = await desk.until(terms, _is_quiet)
    own_nonce = state.keys[account].nonce

    desk.devnet.to_next_round()
    _, state = await desk.until(terms, _is_quiet)

    assert state.transcoder.reward_caller == caller
    assert state.transcoder.last_reward_round == state.round.number
    assert state.keys[account].nonce == own_nonce
    assert desk.done == [IntentKind.REWARD, IntentKind.SET_REWARD_CALLER, IntentKind.REWARD]


async def test_the_sweep_brings_all_that_is_free_to_the_cold_address(desk: Desk) -> None:
    account, cold = active_orchestrator(desk.devnet), desk.devnet.accounts["cold"]
    desk.devnet.give_lpt(account, 200 * LPT)
    sweep = Sweep(to=cold, lpt_above=100 * LPT, eth_above_wei=50 * _ETHER, keep_wei=10 * _ETHER)
    token = desk.devnet.contract("LivepeerToken").functions
    free = token.balanceOf(account).call()
    before = token.balanceOf(cold).call(), _ether(desk, cold)

    await desk.until(terms_for(account, sweep=sweep), _is_quiet)

    assert token.balanceOf(cold).call() - before[0] == free
    assert _ether(desk, cold) > before[1]
    assert 10 * _ETHER <= _ether(desk, account) < 11 * _ETHER


async def test_stake_leaves_only_by_a_confirmed_deletion(desk: Desk) -> None:
    account = active_orchestrator(desk.devnet)
    refused = terms_for(account, deletion=DeletionPolicy.UNBOND)
    asked, state = await desk.until(refused, _is_quiet, deleting=True)
    confirmed = replace(refused, unbond_confirmed=True)

    decision, left = await desk.until(
        confirmed, lambda decision, _: decision.deletion_done, deleting=True
    )

    assert not asked.deletion_done
    assert state.transcoder.bonded_amount > 0
    assert left.transcoder.bonded_amount == 0
    assert sum(lock.amount for lock in left.transcoder.unbonding_locks) == (
        state.transcoder.pending_stake
    )
    assert decision.stage is Stage.LEAVING


def _ether(desk: Desk, address: Any) -> int:
    return int(desk.devnet.w3.eth.get_balance(address))
