"""A reward through endpoints that fail while it is sent: it lands once, and is found again."""

from collections.abc import AsyncIterator

import pytest
from tests.chain.soak.faults import CLEAR, Fault, Weather
from tests.chain.soak.proxy import FaultProxy
from tests.chain.wire.world import World, decision_of, pool_on

from podium_operator.chain.model import IntentState
from podium_operator.chain.rpc.values import Endpoint


@pytest.fixture
async def proxied(world: World, proxy: FaultProxy) -> AsyncIterator[World]:
    """The world seen through the three endpoints."""
    endpoints = [Endpoint(one.name, one.url) for one in proxy.endpoints]
    await world.pool.close()
    world.pool = pool_on(*endpoints, timeout_seconds=3.0, first_pause_seconds=0.0)
    yield world
    await world.pool.close()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault.LOST, id="answers to broadcasts are lost"),
        pytest.param(Fault.SWALLOW, id="broadcasts are swallowed"),
        pytest.param(Fault.HOLD, id="broadcasts arrive late"),
    ],
)
async def test_bytes_whose_fate_nobody_told_are_found_by_their_hash(
    proxied: World, proxy: FaultProxy, fault: Fault
) -> None:
    nonce = proxied.nonce()
    proxy.set_weather(Weather(fault))

    unsure = await proxied.advance(await proxied.reward())
    proxy.set_weather(CLEAR)
    await proxied.advance()
    mined = await proxied.advance()

    assert unsure.state in {IntentState.SIGNED, IntentState.SENT}
    assert mined.state is IntentState.MINED
    assert len(set(proxy.broadcasts)) == 1
    assert proxied.nonce() == nonce + 1


@pytest.mark.parametrize(
    "fault", [Fault.REFUSE, Fault.HANG, Fault.TOO_MANY, Fault.BROKEN, Fault.GARBAGE, Fault.LIE]
)
async def test_one_bad_endpoint_of_three_costs_nothing(
    proxied: World, proxy: FaultProxy, fault: Fault
) -> None:
    proxy.set_weather(Weather(fault), CLEAR)
    await proxied.pool.close()
    endpoints = [Endpoint(one.name, one.url) for one in proxy.endpoints]
    proxied.pool = pool_on(*endpoints, timeout_seconds=3.0)  # who hangs is set aside, as it is

    await proxied.advance(await proxied.reward())
    mined = await proxied.advance()

    assert mined.state is IntentState.MINED
    assert proxied.last_reward_round() == proxied.devnet.round()


async def test_all_endpoints_flapping_delay_the_reward_and_lose_nothing(
    proxied: World, proxy: FaultProxy
) -> None:
    nonce, wanted = proxied.nonce(), await proxied.reward()
    known, state = wanted, await proxied.state()
    proxy.set_weather(Weather(Fault.REFUSE, chance=0.5))
    for _ in range(30):
        executor = proxied.executor()
        [known] = await executor.advance(decision_of(known, (known,)), state)
        if known.state is IntentState.MINED:
            break

    assert known.state is IntentState.MINED
    assert proxied.nonce() == nonce + 1
    assert proxied.last_reward_round() == proxied.devnet.round()


async def test_while_all_endpoints_are_dead_the_plan_waits_and_says_why(
    proxied: World, proxy: FaultProxy
) -> None:
    wanted, state = await proxied.reward(), await proxied.state()
    proxy.set_weather(Weather(Fault.REFUSE))

    [waiting] = await proxied.executor().advance(decision_of(wanted, (wanted,)), state)

    assert waiting.state is IntentState.PLANNED
    assert "no endpoint answers: first: no-connection" in waiting.message
    assert proxied.stores.raws == {}
