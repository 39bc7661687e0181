"""What is read equals what the contracts say, and names what is not as it should be."""

from dataclasses import replace

import pytest
from tests.chain.wire.world import World
from tests.devnet.actors import Orchestrator, delegate, register
from tests.devnet.terms import LPT

from podium_operator.chain.contracts import ContractsError
from podium_operator.chain.model import PoolPlace, UnbondingLock
from podium_operator.chain.reading import Memory, read_state


async def test_the_round_is_the_contracts_round(world: World) -> None:
    rounds = world.devnet.contract("RoundsManager").functions

    seen = (await world.state()).round

    assert seen.number == rounds.currentRound().call()
    assert seen.start_block == rounds.currentRoundStartBlock().call()
    assert seen.block_number == rounds.blockNum().call()
    assert (seen.length, seen.lock_amount_ppm) == (
        rounds.roundLength().call(),
        rounds.roundLockAmount().call(),
    )
    assert (seen.initialized, seen.locked) == (True, False)


async def test_a_round_that_nobody_began_and_its_lock_window_are_seen(world: World) -> None:
    world.devnet.to_next_round(initialize=False)
    before = (await world.state()).round
    world.devnet.initialize_round()
    world.devnet.to_lock_window()
    after = (await world.state()).round

    assert (before.initialized, before.locked) == (False, False)
    assert (after.initialized, after.locked) == (True, True)


async def test_the_orchestrator_is_what_the_contracts_say(world: World) -> None:
    bonding = world.devnet.contract("BondingManager").functions
    delegator = world.devnet.fresh_account(lpt=50 * LPT)
    delegate(world.devnet, delegator, world.account, amount=50 * LPT)

    state = await world.state()

    own = state.transcoder
    words = bonding.getTranscoder(world.account).call()
    assert (own.last_reward_round, own.reward_cut_ppm, own.fee_share_ppm) == tuple(words[:3])
    assert (own.activation_round, own.deactivation_round) == tuple(words[4:6])
    assert own.total_stake == bonding.transcoderTotalStake(world.account).call()
    assert own.total_stake == own.pending_stake + 50 * LPT
    assert own.round_stake == own.pending_stake
    assert (own.registered, own.active, own.delegate) == (True, True, world.account)
    assert own.service_uri == "https://127.0.0.1:8935"
    assert state.protocol.pool_size == bonding.getTranscoderPoolSize().call()
    assert state.protocol.total_active_stake == bonding.getTotalBonded().call()


async def test_stake_of_a_round_that_changed_nothing_is_that_of_an_earlier_one(
    world: World,
) -> None:
    world.devnet.to_next_round()
    world.devnet.to_next_round()

    own = (await world.state()).transcoder

    assert own.round_stake == own.total_stake > 0


async def test_unbonding_is_shown_until_it_is_withdrawn(world: World) -> None:
    bonding, send = world.devnet.contract("BondingManager").functions, world.devnet.chain.send
    world.devnet.to_next_round()
    send(world.account, bonding.unbond(3 * LPT))
    send(world.account, bonding.unbond(4 * LPT))
    send(world.account, bonding.rebond(0))
    memory = Memory()

    states = [
        await read_state(
            world.pool,
            controller=world.controller,
            orchestrator=world.account,
            keys=[],
            memory=memory,
        )
        for _ in range(2)
    ]

    end = states[0].round.number + states[0].protocol.unbonding_period_rounds
    for state in states:
        assert state.transcoder.unbonding_locks == (UnbondingLock(1, 4 * LPT, end),)
    assert memory.empty_locks == {0}


async def test_accounts_have_their_ether_nonce_and_lpt(world: World) -> None:
    token = world.devnet.contract("LivepeerToken").functions
    bonding = world.devnet.contract("BondingManager").address
    world.devnet.give_lpt(world.account, 7)
    world.devnet.chain.send(world.account, token.approve(bonding, 5))

    state = await world.state()

    key = state.keys[world.account]
    assert key.balance_wei == world.devnet.w3.eth.get_balance(world.account)  # type: ignore[arg-type]  # a checksummed string
    assert key.nonce == world.nonce()
    assert (state.lpt_balance, state.allowance) == (7, 5)


async def test_a_stranger_is_nobody_yet(world: World) -> None:
    world.account = world.devnet.fresh_account()

    own = (await world.state()).transcoder

    assert (own.registered, own.active, own.delegate, own.total_stake) == (False, False, "", 0)


async def test_the_reward_caller_is_there_only_where_the_protocol_has_it(world: World) -> None:
    before, had_it = await world.state(), world.devnet.has_reward_caller()
    world.devnet.install_stand_in(world.account)
    caller = world.devnet.accounts["rewardCaller"]
    functions = world.devnet.contract("BondingManager").functions
    world.devnet.chain.send(world.account, functions.setRewardCaller(caller))

    after = await world.state()

    assert before.protocol.has_reward_caller == had_it
    assert after.protocol.has_reward_caller
    assert after.protocol.has_treasury
    assert (before.transcoder.reward_caller, after.transcoder.reward_caller) == (None, caller)


async def test_an_upgrade_shows_as_another_target_that_still_fits(world: World) -> None:
    before = await world.state()
    world.devnet.install_stand_in(world.account)

    after = await world.state()

    name = "BondingManagerTarget"
    assert before.targets[name].address != after.targets[name].address
    assert after.mismatched == frozenset()


async def test_a_target_that_lacks_what_we_call_is_named(world: World) -> None:
    world.devnet.replace_target("ServiceRegistry", world.devnet.target("RoundsManager"))

    with pytest.raises(ContractsError, match="ServiceRegistry"):
        await world.state()


async def test_a_pause_is_seen(world: World) -> None:
    world.devnet.pause()

    state = await world.state()

    assert state.paused
    assert state.mismatched == frozenset()


async def test_what_is_no_controller_is_named(world: World) -> None:
    with pytest.raises(ContractsError, match="is this the Controller"):
        await read_state(world.pool, controller=world.account, orchestrator=world.account, keys=[])


async def test_the_state_is_of_one_block(world: World) -> None:
    state = await world.state()

    block = world.devnet.w3.eth.get_block(state.block)
    assert state.block_hash == block["hash"].to_0x_hex()
    assert (state.at, state.base_fee_wei) == (block["timestamp"], block["baseFeePerGas"])


async def test_memory_changes_nothing_that_is_read(world: World) -> None:
    memory = Memory()
    register(world.devnet, world.devnet.fresh_account(lpt=2_000 * LPT))
    read = [
        await read_state(
            world.pool,
            controller=world.controller,
            orchestrator=world.account,
            keys=[world.account],
            memory=one,
        )
        for one in (memory, memory, None)
    ]

    assert read[0] == read[1] == replace(read[2])


async def test_the_place_in_the_pool_is_found_once_no_reward_is_due(world: World) -> None:
    memory = Memory()
    bonding = world.devnet.contract("BondingManager").functions
    rival = world.devnet.fresh_account(lpt=2_000 * LPT)
    register(world.devnet, rival, Orchestrator(stake=2_000 * LPT))

    async def place() -> PoolPlace | None:
        state = await read_state(
            world.pool,
            controller=world.controller,
            orchestrator=world.account,
            keys=[],
            memory=memory,
        )
        return state.transcoder.place

    while_due = await place()
    world.devnet.chain.send(world.account, bonding.reward())
    afterwards = await place()

    assert while_due is None
    assert afterwards is not None
    assert afterwards.rank == 2
    assert afterwards.last_stake == bonding.transcoderTotalStake(world.account).call()
    assert memory.order.seen == (rival, world.account)
