"""What may come between an orchestrator and its reward: callers, people, the pool, an upgrade.

Each on real contracts, or on the stand-in where those are too old. What endpoints, gas, crashes and
reorgs do is in the soak (tests/chain/soak/test_soak.py).
"""

from collections.abc import Callable

import pytest
from tests.chain.decision.desk import Desk, terms_for
from tests.devnet.actors import Orchestrator, active_orchestrator, delegate, fill_pool
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT

from podium_operator.api.names import ACKNOWLEDGE_ANNOTATION
from podium_operator.chain.consent import acknowledged_in
from podium_operator.chain.model import (
    Approval,
    Aspect,
    ChainDecision,
    ChainState,
    Intent,
    IntentKind,
    IntentState,
    RewardTerms,
    Stage,
    Standing,
)
from podium_operator.chain.stages import STAYS

_LARGE = Orchestrator(stake=5_000_000 * LPT)
_NOBODY = "0x" + "0" * 40


def _is_quiet(decision: ChainDecision, _: ChainState) -> bool:
    return decision.next is None


def _is_rewarded(_: ChainDecision, state: ChainState) -> bool:
    return state.transcoder.last_reward_round == state.round.number


def _reward(decision: ChainDecision) -> Intent:
    [found] = [one for one in decision.intents if one.kind is IntentKind.REWARD]
    return found


def _urgent(decision: ChainDecision) -> set[str]:
    return {one.reason for one in decision.alerts if one.urgent}


def _to_the_last(devnet: Devnet, blocks: int) -> None:
    devnet.chain.mine(devnet.blocks_left() - blocks)


def _newer(devnet: Devnet) -> str:
    """An active orchestrator on contracts that know reward callers."""
    account = active_orchestrator(devnet, _LARGE)
    if not devnet.has_reward_caller():
        devnet.install_stand_in(account)
    return account


def _name_caller(devnet: Devnet, account: str, caller: str) -> None:
    bonding = devnet.contract("BondingManager").functions
    devnet.chain.send(account, bonding.setRewardCaller(caller))


def _revoke(devnet: Devnet, account: str, _: str) -> None:
    _name_caller(devnet, account, _NOBODY)


def _impoverish(devnet: Devnet, _: str, caller: str) -> None:
    devnet.chain.set_balance(caller, 0)


def _name_another(devnet: Devnet, account: str, _: str) -> None:
    _name_caller(devnet, account, devnet.accounts["stranger"])
    _to_the_last(devnet, 15)  # its turn is the first half of the round


@pytest.mark.parametrize(
    "mishap",
    [
        pytest.param(_revoke, id="it was revoked"),
        pytest.param(_impoverish, id="it has no ether"),
        pytest.param(_name_another, id="somebody else was named and does nothing"),
    ],
)
async def test_a_caller_that_cannot_leaves_the_reward_to_the_identitys_own_key(
    desk: Desk, mishap: Callable[[Devnet, str, str], None]
) -> None:
    account, caller = _newer(desk.devnet), desk.devnet.accounts["rewardCaller"]
    _name_caller(desk.devnet, account, caller)
    rewards = RewardTerms(caller=caller, start_delay_seconds=0, retry_seconds=1)
    terms = terms_for(account, rewards=rewards, signers=frozenset({account, caller}))
    mishap(desk.devnet, account, caller)

    _, first = await desk.look(terms)
    _, state = await desk.until(terms, _is_rewarded)

    assert state.keys[caller].nonce == first.keys[caller].nonce
    assert state.keys[account].nonce == first.keys[account].nonce + 1


async def test_another_caller_is_left_the_first_half_of_the_round(desk: Desk) -> None:
    account, devnet = _newer(desk.devnet), desk.devnet
    _name_caller(devnet, account, devnet.accounts["stranger"])

    held, _ = await desk.until(terms_for(account), _is_quiet)
    bonding = devnet.contract("BondingManager").functions
    devnet.chain.send(devnet.accounts["stranger"], bonding.rewardForTranscoder(account))
    decision, _ = await desk.until(terms_for(account), _is_quiet)

    assert "our own key steps in from half of the round on" in _reward(held).message
    assert "ForeignRewardCaller" in {one.reason for one in held.alerts}
    assert decision.reward.standing is Standing.OK
    assert desk.done == []


def _evicted(devnet: Devnet) -> str:
    """An orchestrator that leaves the pool with this round, by less than its reward."""
    account, bonding = active_orchestrator(devnet, _LARGE), devnet.contract("BondingManager")
    stake = bonding.functions.transcoderTotalStake(account).call() + LPT
    fill_pool(devnet, stake=stake)
    while bonding.functions.getTranscoder(account).call()[5] == STAYS:
        larger = devnet.fresh_account(lpt=stake)
        delegate(devnet, larger, larger, amount=stake)
    return account


async def test_an_evicted_one_redeems_first_and_its_reward_brings_it_back_into_the_pool(
    desk: Desk,
) -> None:
    terms = terms_for(_evicted(desk.devnet))

    held, before = await desk.until(terms, _is_quiet, open_tickets=1)
    decision, state = await desk.until(terms, _is_rewarded)

    assert held.stage is Stage.LEAVING
    assert "LeavingPool" in _urgent(held)
    assert "1 winning tickets are redeemed before the reward" in _reward(held).message
    assert "the winning tickets come before the reward" in _reward(held).why
    assert before.transcoder.last_reward_round < before.round.number
    assert decision.stage is Stage.ACTIVATING
    assert not state.transcoder.active
    assert state.transcoder.total_stake > before.transcoder.total_stake


async def test_in_the_last_tenth_an_evicted_one_waits_for_no_ticket(desk: Desk) -> None:
    account = _evicted(desk.devnet)
    _to_the_last(desk.devnet, 4)

    await desk.until(terms_for(account), _is_rewarded, open_tickets=1)

    assert desk.stores.intents[-1].kind is IntentKind.REWARD


async def test_a_reward_that_waits_for_a_person_is_late_and_urgent_and_lands_once_allowed(
    desk: Desk,
) -> None:
    terms = terms_for(active_orchestrator(desk.devnet), approval=Approval.MANUAL)
    waiting, _ = await desk.look(terms)
    _to_the_last(desk.devnet, 8)

    late, _ = await desk.look(terms)
    intent = _reward(late)
    _, state = await desk.until(terms, _is_rewarded, approvals=frozenset({intent.id}))

    assert _reward(waiting).state is intent.state is IntentState.AWAITING_APPROVAL
    assert intent.id == _reward(waiting).id
    assert late.reward.standing is Standing.LATE
    said = late.verdicts[Aspect.REWARD_CALLED].message
    assert "waits for a person, and this round's reward is lost without" in said
    assert intent.id in said
    assert {"RewardAwaitsApproval", "RewardDeadlineNear"} <= _urgent(late)
    assert state.transcoder.last_reward_round == state.round.number


async def test_writes_pause_while_a_contract_lacks_what_we_call_until_a_person_accepts_it(
    desk: Desk,
) -> None:
    terms = terms_for(active_orchestrator(desk.devnet))
    _, state = await desk.until(terms, _is_quiet)
    known = {name: target.address for name, target in state.targets.items()}
    desk.devnet.to_next_round()
    desk.devnet.install_lacking("BondingManager", "withdrawFees(address,uint256)")

    paused, _ = await desk.look(terms, acknowledged=known)
    again, _ = await desk.look(terms, acknowledged=known)
    said = paused.reason.rpartition(": ")[2]
    accepted = known | acknowledged_in({ACKNOWLEDGE_ANNOTATION: said})
    _, state = await desk.until(terms, _is_rewarded, acknowledged=accepted)

    assert paused.next is again.next is None
    assert "ContractMismatch" in _urgent(paused)
    assert said == f"BondingManagerTarget={state.targets['BondingManagerTarget'].address}"
