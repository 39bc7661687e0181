"""What an endpoint behind the proxy answers under each kind of weather."""

from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from tests.chain.soak.faults import CLEAR, Fault, Weather
from tests.chain.soak.proxy import FaultProxy
from tests.devnet.devnet import Devnet

_RAW = "0x02"
_PATIENCE_SECONDS = {Fault.HANG: 2.0, Fault.HOLD: 2.0}  # there no answer comes; else one does


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    with FaultProxy(devnet.url, ["first", "second"], token="abc") as running:
        yield running


async def _ask(
    proxy: FaultProxy,
    method: str,
    *params: object,
    batch: bool = False,
    fault: Fault = Fault.NONE,
) -> Any:
    patience = aiohttp.ClientTimeout(total=_PATIENCE_SECONDS.get(fault, 30.0))
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    async with (
        aiohttp.ClientSession(timeout=patience) as client,
        client.post(proxy.endpoints[0].url, json=[call] if batch else call) as answer,
    ):
        answer.raise_for_status()
        return await answer.json()


async def test_in_clear_weather_everything_passes(proxy: FaultProxy, devnet: Devnet) -> None:
    alone = await _ask(proxy, "eth_blockNumber")
    (batched,) = await _ask(proxy, "eth_blockNumber", batch=True)

    assert int(alone["result"], 16) == int(batched["result"], 16) == devnet.chain.head


async def test_each_endpoint_has_a_secret_in_its_address_and_its_own_weather(
    proxy: FaultProxy,
) -> None:
    proxy.set_weather(CLEAR, Weather(Fault.REFUSE))

    assert await _ask(proxy, "eth_blockNumber")
    assert [endpoint.url.endswith("/v2/abc") for endpoint in proxy.endpoints] == [True, True]
    assert proxy.endpoints[0].url != proxy.endpoints[1].url


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(Fault.REFUSE, aiohttp.ClientConnectionError, id="a reset has no answer"),
        pytest.param(Fault.HANG, TimeoutError, id="a hang has no answer in time"),
        pytest.param(Fault.TOO_MANY, aiohttp.ClientResponseError, id="429 is a status"),
        pytest.param(Fault.BROKEN, aiohttp.ClientResponseError, id="502 is a status"),
        pytest.param(Fault.GARBAGE, ValueError, id="garbage is no JSON"),
    ],
)
async def test_a_broken_endpoint_gives_no_answer(
    proxy: FaultProxy, fault: Fault, error: type[Exception]
) -> None:
    proxy.set_weather(Weather(fault))

    with pytest.raises(error):
        await _ask(proxy, "eth_blockNumber", fault=fault)

    proxy.set_weather(CLEAR)
    assert await _ask(proxy, "eth_blockNumber")


async def test_a_lagging_endpoint_knows_only_earlier_blocks(
    proxy: FaultProxy, devnet: Devnet
) -> None:
    receiver = devnet.fresh_account(eth=1)
    head = devnet.chain.mine()
    devnet.chain.mine()
    devnet.chain.set_balance(receiver, 2)
    devnet.chain.mine()
    proxy.set_weather(Weather(Fault.LAG, blocks=2))

    number = await _ask(proxy, "eth_blockNumber")
    balance = await _ask(proxy, "eth_getBalance", receiver, "latest")
    ahead = await _ask(proxy, "eth_getBalance", receiver, hex(head + 1))

    assert int(number["result"], 16) == head
    assert int(balance["result"], 16) == 1
    assert ahead["error"]["message"] == "header not found"


async def test_a_lie_moves_the_last_reward_on(proxy: FaultProxy, devnet: Devnet) -> None:
    bonding = devnet.contract("BondingManager")
    account = devnet.accounts["orchestrator"]
    call = {"to": bonding.address, "data": bonding.encode_abi("getTranscoder", [account])}
    true = await _ask(proxy, "eth_call", call, "latest")
    proxy.set_weather(Weather(Fault.LIE))

    told = await _ask(proxy, "eth_call", call, "latest")

    assert int(told["result"][:66], 16) == int(true["result"][:66], 16) + 1
    assert told["result"][66:] == true["result"][66:]


async def test_another_chain_is_told_by_its_id(proxy: FaultProxy) -> None:
    proxy.set_weather(Weather(Fault.WRONG_CHAIN))

    assert (await _ask(proxy, "eth_chainId"))["result"] == "0x1"


async def test_pool_hints_fail_alone(proxy: FaultProxy, devnet: Devnet) -> None:
    bonding = devnet.contract("BondingManager")
    proxy.set_weather(Weather(Fault.NO_HINTS))

    walk = await _ask(proxy, "eth_call", _call(bonding, "getFirstTranscoderInPool"), "latest")
    size = await _ask(proxy, "eth_call", _call(bonding, "getTranscoderPoolSize"), "latest")

    assert "error" in walk
    assert "result" in size


@pytest.mark.parametrize(
    ("fault", "arrives", "answered"),
    [
        pytest.param(Fault.LOST, True, False, id="passed on, the answer lost"),
        pytest.param(Fault.SWALLOW, False, True, id="answered, never passed on"),
        pytest.param(Fault.HOLD, False, False, id="held back until the weather changes"),
    ],
)
async def test_a_broadcast_may_arrive_without_an_answer_or_the_other_way_round(
    proxy: FaultProxy, devnet: Devnet, *, fault: Fault, arrives: bool, answered: bool
) -> None:
    raw, before = _signed(devnet), _count(devnet)
    proxy.set_weather(Weather(fault))

    try:
        got = bool(await _ask(proxy, "eth_sendRawTransaction", raw, fault=fault))
    except (TimeoutError, aiohttp.ClientError):
        got = False

    assert (_count(devnet) > before, got) == (arrives, answered)
    assert proxy.broadcasts == [raw]


def _call(contract: Any, name: str) -> dict[str, str]:
    return {"to": contract.address, "data": contract.encode_abi(name)}


def _count(devnet: Devnet) -> int:
    """Count what the node has taken; it answers a broadcast before it makes a block."""
    sender = devnet.accounts["stranger"]
    return int(devnet.chain.rpc("eth_getTransactionCount", sender, "pending"), 16)


def _signed(devnet: Devnet) -> str:
    sender, nonce = devnet.accounts["stranger"], hex(_count(devnet))
    words = {"from": sender, "to": sender, "gas": hex(21_000), "nonce": nonce, "value": "0x0"}
    fees = {"maxFeePerGas": hex(10**10), "maxPriorityFeePerGas": "0x0"}
    return str(devnet.chain.rpc("eth_signTransaction", {**words, **fees}))
