"""Endpoints that are dead, slow, behind, lying or elsewhere decide nothing and learn nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest
from tests.chain.soak.faults import CLEAR, Fault, Weather
from tests.chain.soak.proxy import FaultProxy
from tests.chain.wire.world import CHAIN_ID, World, pool_on
from tests.devnet.devnet import Devnet
from tests.support.clock import Clock

from podium_operator.chain.contracts import decoded, eth_call
from podium_operator.chain.rpc.errors import EndpointFault, RpcError
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.texts import is_empty_revert
from podium_operator.chain.rpc.values import Call, Endpoint, Limits

_BALANCE = Call("eth_getBalance", ("0x" + "0" * 40,), is_pinned=True)


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
async def pool(proxy: FaultProxy, clock: Clock) -> AsyncIterator[RpcPool]:
    running = RpcPool(
        [Endpoint(one.name, one.url) for one in proxy.endpoints],
        chain_id=CHAIN_ID,
        limits=Limits(timeout_seconds=4.0, max_lag_blocks=3, first_pause_seconds=10),
        clock=clock,
        draw=lambda: 1.0,
    )
    yield running
    await running.close()


def _faults(pool: RpcPool) -> list[EndpointFault | None]:
    return [one.fault for one in pool.sightings()]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(Fault.REFUSE, EndpointFault.NO_CONNECTION, id="it resets connections"),
        pytest.param(Fault.HANG, EndpointFault.TIMEOUT, id="it never answers"),
        pytest.param(Fault.TOO_MANY, EndpointFault.RATE_LIMIT, id="it limits the rate"),
        pytest.param(Fault.BROKEN, EndpointFault.STATUS, id="its proxy is broken"),
        pytest.param(Fault.GARBAGE, EndpointFault.NO_JSON_RPC, id="it talks about itself"),
        pytest.param(Fault.WRONG_CHAIN, EndpointFault.WRONG_CHAIN, id="it is of another chain"),
    ],
)
async def test_the_others_answer_when_the_first_fails(
    proxy: FaultProxy, pool: RpcPool, fault: Fault, expected: EndpointFault
) -> None:
    proxy.set_weather(Weather(fault), CLEAR)

    reading = await pool.read([_BALANCE])

    assert reading.voters == ("second", "third")
    assert _faults(pool) == [expected, None, None]
    assert (pool.health().healthy, pool.health().total) == (2, 3)


async def test_an_endpoint_that_is_set_aside_is_not_asked_until_its_pause_is_over(
    proxy: FaultProxy, pool: RpcPool, clock: Clock
) -> None:
    proxy.set_weather(Weather(Fault.REFUSE), CLEAR)
    await pool.read([_BALANCE])
    proxy.set_weather(CLEAR)
    proxy.endpoints[0].seen.clear()

    clock.now = 9.0
    await pool.read([_BALANCE])
    before = proxy.endpoints[0].seen.total()
    clock.now = 11.0
    reading = await pool.read([_BALANCE])

    assert before == 0
    assert reading.voters == ("first", "second")


async def test_pauses_double_while_an_endpoint_goes_on_failing(
    proxy: FaultProxy, pool: RpcPool, clock: Clock
) -> None:
    proxy.set_weather(Weather(Fault.REFUSE), CLEAR)
    asked = []
    for now in range(0, 80, 5):
        proxy.endpoints[0].seen.clear()
        clock.now = float(now)
        await pool.read([_BALANCE])
        asked += [now] if proxy.endpoints[0].seen.total() else []

    assert asked == [0, 10, 30, 70]


async def test_who_is_set_aside_is_asked_all_the_same_when_nobody_else_is_left(
    proxy: FaultProxy, pool: RpcPool
) -> None:
    proxy.set_weather(Weather(Fault.REFUSE))
    with pytest.raises(RpcError):
        await pool.read([_BALANCE])
    proxy.set_weather(CLEAR)

    reading = await pool.read([_BALANCE])

    assert len(reading.voters) == 2


async def test_the_error_of_a_dead_pool_names_endpoints_and_faults_alone(
    proxy: FaultProxy, pool: RpcPool
) -> None:
    proxy.set_weather(Weather(Fault.REFUSE), Weather(Fault.TOO_MANY), Weather(Fault.HANG))

    with pytest.raises(RpcError) as raised:
        await pool.read([_BALANCE])

    assert str(raised.value) == (
        "no endpoint answers: first: no-connection, second: rate-limit, third: timeout"
    )


async def test_a_liar_is_outvoted_and_set_aside(
    world: World, proxy: FaultProxy, pool: RpcPool
) -> None:
    proxy.set_weather(Weather(Fault.LIE), CLEAR)
    bonding = world.devnet.contract("BondingManager").address
    call = eth_call("BondingManager", "getTranscoder", bonding, world.account)

    reading = await pool.read([call])

    assert reading.voters == ("second", "third")
    last_reward = decoded("BondingManager", "getTranscoder", reading.answers[0])[0]
    assert last_reward == world.last_reward_round()
    assert _faults(pool)[0] is EndpointFault.CONTRADICTED
    assert pool.health().disagreement == ""


async def test_two_who_contradict_each_other_are_told_about(
    world: World, proxy: FaultProxy, pool: RpcPool
) -> None:
    proxy.set_weather(CLEAR, Weather(Fault.LIE), Weather(Fault.REFUSE))
    bonding = world.devnet.contract("BondingManager").address
    call = eth_call("BondingManager", "getTranscoder", bonding, world.account)

    await pool.read([call])

    head = world.devnet.chain.head
    told = pool.health().disagreement
    assert told == f"first and second at block {head}: BondingManager.getTranscoder"


async def test_reads_are_at_the_highest_block_that_two_endpoints_have(
    devnet: Devnet, proxy: FaultProxy, pool: RpcPool
) -> None:
    head = devnet.chain.mine(10)
    lag = [Weather(Fault.LAG, blocks=blocks) for blocks in (2, 1)]
    proxy.set_weather(CLEAR, *lag)

    reading = await pool.read([_BALANCE])

    assert reading.block.number == head - 1
    assert reading.voters == ("first", "third")


async def test_who_is_too_far_behind_is_not_read_from_and_the_lead_is_told(
    devnet: Devnet, proxy: FaultProxy, pool: RpcPool
) -> None:
    head = devnet.chain.mine(20)
    proxy.set_weather(Weather(Fault.LAG, blocks=9), CLEAR, Weather(Fault.LAG, blocks=8))

    reading = await pool.read([_BALANCE])

    assert (reading.block.number, reading.voters) == (head, ("second",))
    assert [one.lag_blocks for one in pool.sightings()] == [9, 0, 8]
    assert _faults(pool) == [EndpointFault.BEHIND, None, EndpointFault.BEHIND]
    told = pool.health().disagreement
    assert told == f"second is at block {head}, all others are behind {head - 7}"


async def test_a_broadcast_is_put_to_every_endpoint_of_our_chain_once(
    devnet: Devnet, proxy: FaultProxy, pool: RpcPool
) -> None:
    proxy.set_weather(CLEAR, Weather(Fault.WRONG_CHAIN), Weather(Fault.LOST))

    said = await pool.ask_all([Call("eth_sendRawTransaction", ("0x02",))])

    assert [(one.name, one.fault) for one in said] == [
        ("first", None),
        ("third", EndpointFault.NO_CONNECTION),
    ]
    assert proxy.broadcasts == ["0x02", "0x02"]


async def test_reverts_are_answers_and_lose_nothing_else(world: World, pool: RpcPool) -> None:
    bonding = world.devnet.contract("BondingManager").address
    unknown = Call("eth_call", ({"to": bonding, "data": "0x12345678"},), is_pinned=True)

    reading = await pool.read([unknown, _BALANCE])

    assert is_empty_revert(reading.answers[0])
    assert int(str(reading.answers[1]), 16) >= 0
    assert len(reading.voters) == 2


async def test_a_batch_that_is_too_long_for_an_endpoint_is_cut(devnet: Devnet) -> None:
    pool = pool_on(Endpoint("short", devnet.url), batch_calls=7)

    reading = await pool.read([_BALANCE] * 40)

    assert len(reading.answers) == 40
    await pool.close()


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.HANG, Fault.TOO_MANY, Fault.GARBAGE])
async def test_no_token_is_in_any_log_line_error_or_repr(
    proxy: FaultProxy, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint = Endpoint("first", proxy.endpoints[0].url, {"authorization": "Bearer t0ken"})
    pool = pool_on(endpoint, timeout_seconds=2.0)
    proxy.set_weather(CLEAR)
    await pool.read([_BALANCE])
    proxy.set_weather(Weather(fault))
    with pytest.raises(RpcError) as raised:
        await pool.read([_BALANCE])
    await pool.close()

    shown = f"{caplog.text} {raised.value!r} {endpoint!r} {pool!r} {pool.sightings()!r}"
    assert "t0ken" not in shown
    assert proxy.endpoints[0].url not in shown


async def test_reading_stops_at_once_when_it_is_cancelled(
    proxy: FaultProxy, clock: Callable[[], float]
) -> None:
    proxy.set_weather(Weather(Fault.HANG))
    pool = RpcPool([Endpoint("first", proxy.endpoints[0].url)], chain_id=CHAIN_ID, clock=clock)
    task = asyncio.create_task(pool.read([_BALANCE]))
    assert await asyncio.to_thread(proxy.endpoints[0].asked.wait, 20)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await pool.close()
