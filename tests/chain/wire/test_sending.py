"""One deed, whatever happens: sent once, found again, replaced safely, given up only for good."""

from dataclasses import replace

import pytest
from tests.chain.soak.proxy import FaultProxy
from tests.chain.wire.world import Crash, World, decision_of, pool_on
from tests.devnet.terms import LPT

from podium_operator.chain import calls
from podium_operator.chain.model import SETTLED_BLOCKS, Intent, IntentKind, IntentState
from podium_operator.chain.rpc.values import Endpoint
from podium_operator.chain.signers.policy import Policy

_GWEI = 10**9
_ETHER = 10**18


async def test_a_reward_is_signed_sent_mined_and_seen_on_chain(world: World) -> None:
    wanted = await world.reward()

    sent = await world.advance(wanted)
    mined = await world.advance()

    assert (sent.state, mined.state) == (IntentState.SENT, IntentState.MINED)
    assert world.last_reward_round() == world.devnet.round()
    receipt = world.devnet.w3.eth.get_transaction_receipt(mined.hashes[0])  # type: ignore[arg-type]  # hex
    assert mined.cost_wei == receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert mined.mined_block == receipt["blockNumber"]
    assert mined.gas_limit < wanted.gas_limit


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", range(1, 6))
async def test_a_crash_at_any_write_leaves_exactly_one_deed(
    world: World, write: int, when: str
) -> None:
    wanted = await world.reward()
    nonce = world.nonce()
    world.stores.die_at, world.stores.dies_before = write, when == "before"

    for _ in range(5):
        try:
            await world.advance(None if world.stores.intents else wanted)
            waiting = [one for one in world.stores.intents if one.state is IntentState.PLANNED]
            if waiting:
                await world.advance(waiting[0])
        except Crash:
            world.stores.die_at = None

    assert world.last_reward_round() == world.devnet.round()
    assert world.nonce() == nonce + 1
    assert world.stores.intents[0].state is IntentState.MINED


async def test_bytes_that_were_stored_but_not_logged_are_taken_up_not_signed_again(
    world: World,
) -> None:
    wanted = await world.reward()
    world.stores.die_at, world.stores.dies_before = 2, False
    with pytest.raises(Crash):
        await world.advance(wanted)
    (kept,) = world.stores.raws[wanted.id]
    world.signers = {"0x" + "0" * 40: world.signer()}

    await world.advance(wanted)

    assert world.stores.raws[wanted.id] == [kept]
    assert world.last_reward_round() == world.devnet.round()


async def test_a_dropped_transaction_is_sent_again_with_the_same_bytes(world: World) -> None:
    world.devnet.chain.set_automine(enabled=False)
    sent = await world.advance(await world.reward())
    assert world.devnet.chain.drop_transaction(sent.hashes[0])

    again = await world.advance()
    world.devnet.chain.mine()
    mined = await world.advance()

    assert again.hashes == mined.hashes == sent.hashes
    assert mined.state is IntentState.MINED


async def test_a_stuck_one_is_replaced_at_its_own_nonce_and_both_are_kept(world: World) -> None:
    world.devnet.chain.set_automine(enabled=False)
    wanted = await world.reward(max_fee_wei=2 * _GWEI)
    sent = await world.advance(wanted)

    raised = await world.advance(replace(wanted, max_fee_wei=3 * _GWEI))
    world.devnet.chain.mine()
    mined = await world.advance()

    assert raised.nonce == sent.nonce
    assert raised.max_fee_wei == 3 * _GWEI
    assert len(world.stores.raws[wanted.id]) == 2
    assert mined.hashes == raised.hashes
    assert mined.state is IntentState.MINED
    assert world.nonce() == (sent.nonce or 0) + 1


async def test_a_crash_between_two_bytes_of_one_deed_loses_neither(world: World) -> None:
    world.devnet.chain.set_automine(enabled=False)
    wanted = await world.reward(max_fee_wei=2 * _GWEI)
    await world.advance(wanted)
    world.stores.writes, world.stores.die_at, world.stores.dies_before = 0, 1, False
    with pytest.raises(Crash):
        await world.advance(replace(wanted, max_fee_wei=3 * _GWEI))
    world.stores.die_at = None

    taken_up = await world.advance()
    world.devnet.chain.mine()
    mined = await world.advance()

    assert len(taken_up.hashes) == 2
    assert mined.state is IntentState.MINED
    assert world.last_reward_round() == world.devnet.round()


async def test_a_rise_too_small_for_nodes_to_take_signs_nothing(world: World) -> None:
    world.devnet.chain.set_automine(enabled=False)
    wanted = await world.reward(max_fee_wei=1_000)
    sent = await world.advance(wanted)

    again = await world.advance(replace(wanted, max_fee_wei=1_050))

    assert again.hashes == sent.hashes


async def test_bytes_lost_with_the_vault_are_signed_again_at_the_same_nonce(world: World) -> None:
    world.devnet.chain.set_automine(enabled=False)
    sent = await world.advance(await world.reward())
    world.stores.raws.clear()

    again = await world.advance()
    world.devnet.chain.mine()
    mined = await world.advance()

    assert again.nonce == sent.nonce
    assert mined.state is IntentState.MINED


async def test_what_would_revert_is_not_sent_and_says_why(world: World) -> None:
    world.devnet.chain.send(
        world.account, world.devnet.contract("BondingManager").functions.reward()
    )

    failed = await world.advance(await world.reward())

    assert failed.state is IntentState.FAILED
    assert failed.hashes == ()
    assert "already called reward" in failed.message
    assert not world.stores.raws


async def test_a_mined_revert_fails_only_once_it_lies_deep_enough(world: World) -> None:
    chain = world.devnet.chain
    chain.set_automine(enabled=False)
    sent = await world.advance(await world.reward())
    chain.rpc("anvil_dropTransaction", sent.hashes[0])
    chain.set_automine(enabled=True)
    chain.rpc("anvil_setNonce", world.account, hex(world.nonce()))
    world.devnet.pause()
    chain.rpc("eth_sendRawTransaction", "0x" + world.stores.raws[sent.id][0].hex())
    chain.settle()

    at_first = await world.advance()
    chain.mine(4)
    later = await world.advance()

    assert at_first.state is IntentState.SENT
    assert "reverted in block" in at_first.message
    assert later.state is IntentState.FAILED
    assert "system is paused" in later.message
    assert later.cost_wei > 0


async def test_a_nonce_that_somebody_else_used_fails_the_intent_once_it_is_certain(
    world: World,
) -> None:
    chain = world.devnet.chain
    chain.set_automine(enabled=False)
    sent = await world.advance(await world.reward())
    chain.drop_transaction(sent.hashes[0])
    chain.set_automine(enabled=True)
    words = {"from": world.account, "to": world.account, "value": "0x1"}
    chain.rpc("eth_sendTransaction", words)
    chain.settle()

    at_first = await world.advance()
    chain.mine(4)
    later = await world.advance()

    assert at_first.state is IntentState.SENT
    assert later.state is IntentState.FAILED
    assert "used by another transaction" in later.message
    assert world.last_reward_round() < world.devnet.round()


async def test_a_reorg_that_takes_the_block_brings_the_same_bytes_back(world: World) -> None:
    world.devnet.chain.mine(3)
    await world.advance(await world.reward())
    mined = await world.advance()
    world.devnet.chain.reorg(1)
    assert world.last_reward_round() < world.devnet.round()

    again = await world.advance()
    back = await world.advance()

    assert mined.state is IntentState.MINED
    assert again.state is IntentState.SENT
    assert (back.state, back.hashes) == (IntentState.MINED, mined.hashes)
    assert world.last_reward_round() == world.devnet.round()


async def test_a_finished_deed_that_a_reorg_undid_is_never_done_twice(world: World) -> None:
    cold = world.devnet.accounts["cold"]
    world.policy = Policy(world.account, frozenset({cold}))
    before = world.devnet.w3.eth.get_balance(cold)  # type: ignore[arg-type]  # a checksummed string
    wanted = await world.intent(IntentKind.TRANSFER_ETH, cold, "0x", value_wei=_ETHER)
    world.devnet.chain.mine(3)
    await world.advance(wanted)
    mined = await world.advance()
    await world.stores.save((replace(mined, state=IntentState.DONE),))
    world.devnet.chain.reorg(1)

    second = replace(wanted, id=f"{wanted.id}.2")
    for _ in range(4):
        await world.advance(second if world.nonce() == mined.nonce else None)

    assert world.devnet.w3.eth.get_balance(cold) == before + _ETHER  # type: ignore[arg-type]  # as above
    assert world.stores.intents[0].hashes == mined.hashes


async def test_a_finished_deed_in_another_block_costs_what_it_costs_there(world: World) -> None:
    chain = world.devnet.chain
    chain.mine(3)
    sent = await world.advance(await world.reward())
    mined = await world.advance()
    await world.stores.save((replace(mined, state=IntentState.DONE),))
    chain.reorg(1)
    chain.set_base_fee(3 * _GWEI)
    chain.rpc("eth_sendRawTransaction", "0x" + world.stores.raws[sent.id][0].hex())
    chain.settle()

    moved = await world.advance()

    receipt = world.devnet.w3.eth.get_transaction_receipt(moved.hashes[0])  # type: ignore[arg-type]  # hex
    assert moved.state is IntentState.DONE
    assert moved.cost_wei == receipt["gasUsed"] * receipt["effectiveGasPrice"] > mined.cost_wei
    assert moved.mined_block == receipt["blockNumber"]


async def test_a_finished_deed_that_reverts_in_another_block_fails_there(world: World) -> None:
    chain = world.devnet.chain
    chain.mine(3)
    sent = await world.advance(await world.reward())
    await world.stores.save((replace(await world.advance(), state=IntentState.DONE),))
    chain.reorg(1)
    world.devnet.pause()
    chain.rpc("eth_sendRawTransaction", "0x" + world.stores.raws[sent.id][0].hex())
    chain.settle()

    chain.mine(4)
    failed = await world.advance()

    assert failed.state is IntentState.FAILED
    assert "system is paused" in failed.message


async def test_a_deed_that_lies_deep_is_not_asked_about_again(
    world: World, proxy: FaultProxy
) -> None:
    world.pool = pool_on(Endpoint("seen", proxy.endpoints[0].url))
    await world.advance(await world.reward())
    await world.stores.save((replace(await world.advance(), state=IntentState.DONE),))
    seen = proxy.endpoints[0].seen

    await world.advance()
    while_fresh = seen["eth_getTransactionReceipt"]
    world.devnet.chain.mine(SETTLED_BLOCKS)
    await world.advance()

    assert seen["eth_getTransactionReceipt"] == while_fresh > 1
    await world.pool.close()


async def test_a_key_with_bytes_under_way_begins_nothing_else(world: World) -> None:
    world.devnet.chain.set_automine(enabled=False)
    first = await world.advance(await world.reward())
    other = await world.intent(
        IntentKind.SET_SERVICE_URI, "ServiceRegistry", calls.set_service_uri("https://a.b:1")
    )

    waiting = await world.advance(other)

    assert first.state is IntentState.SENT
    assert (waiting.state, waiting.nonce) == (IntentState.PLANNED, None)


async def test_one_key_sends_deed_after_deed_without_a_gap(world: World) -> None:
    first = world.nonce()
    await world.advance(await world.reward())
    await world.stores.save((replace(await world.advance(), state=IntentState.DONE),))
    uri = calls.set_service_uri("https://a.b:1")
    await world.advance(await world.intent(IntentKind.SET_SERVICE_URI, "ServiceRegistry", uri))
    await world.advance()

    assert [one.nonce for one in world.stores.intents] == [first, first + 1]
    assert world.stores.intents[-1].state is IntentState.MINED


async def test_what_waits_for_a_person_is_left_alone(world: World) -> None:
    wanted = await world.reward(state=IntentState.AWAITING_APPROVAL)

    left = await world.advance(wanted)

    assert left == wanted
    assert not world.stores.raws


async def test_what_the_policy_forbids_is_never_signed(world: World) -> None:
    stranger = world.devnet.accounts["stranger"]
    stolen = await world.intent(
        IntentKind.TRANSFER_LPT, "LivepeerToken", calls.transfer_lpt(stranger, 0)
    )

    failed = await world.advance(stolen)

    assert failed.state is IntentState.FAILED
    assert stranger in failed.message
    assert not world.stores.raws


async def test_bytes_of_forgotten_intents_are_dropped(world: World) -> None:
    await world.advance(await world.reward())
    mined = await world.advance()
    await world.stores.save((replace(mined, state=IntentState.DONE),))
    executor = world.executor()

    await executor.advance(decision_of(None, ()), await world.state())

    assert world.stores.intents == ()
    assert world.stores.raws == {}


async def test_a_poor_key_is_told_and_paid_later(world: World) -> None:
    wanted = await world.reward(max_fee_wei=10 * _GWEI)
    world.devnet.chain.set_balance(world.account, 1000)

    poor = await world.advance(wanted)
    world.devnet.chain.set_balance(world.account, _ETHER)
    await world.advance()
    mined = await world.advance()

    assert "too little ether" in poor.message
    assert mined.state is IntentState.MINED


async def test_registration_goes_through_the_same_hands(world: World) -> None:
    newcomer = world.devnet.fresh_account(lpt=10 * LPT)
    world.account = newcomer
    bonding = world.devnet.contract("BondingManager").address
    steps: list[Intent] = []
    for kind, to, data in (
        (IntentKind.APPROVE, "LivepeerToken", calls.approve(bonding, 10 * LPT)),
        (IntentKind.BOND, "BondingManager", calls.bond(10 * LPT, newcomer)),
        (IntentKind.SET_TRANSCODER, "BondingManager", calls.set_terms(100_000, 500_000)),
    ):
        await world.advance(await world.intent(kind, to, data))
        mined = replace(await world.advance(world.stores.intents[-1]), state=IntentState.DONE)
        steps.append(mined)
        await world.stores.save(tuple(steps))

    state = await world.state()

    assert [one.mined_block is not None for one in steps] == [True] * 3
    assert state.transcoder.registered
    assert (state.transcoder.reward_cut_ppm, state.transcoder.fee_share_ppm) == (100_000, 500_000)
