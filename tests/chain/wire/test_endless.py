"""Who answers without end is cut off: an endpoint, and a remote signer."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import web
from tests.chain.wire.world import World, pool_on
from tests.support.loopback import answering

from podium_operator.chain.model import IntentKind
from podium_operator.chain.rpc.errors import EndpointFault
from podium_operator.chain.rpc.values import Call, Endpoint
from podium_operator.chain.signers.signing import SigningError, Unsigned
from podium_operator.chain.signers.web3signer import Web3Signer

_BALANCE = Call("eth_getBalance", ("0x" + "0" * 40,), is_pinned=True)
_MIB = 2**20
_FAR_MORE = 4_096 * _MIB


class _Endless:
    """Answers every request with digits that never stop, as long as anybody takes them."""

    def __init__(self, *, is_compressed: bool) -> None:
        self.url = ""
        self.given_bytes = 0
        self._is_compressed = is_compressed

    async def answer(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"content-type": "application/json"})
        if self._is_compressed:
            stream.enable_compression()
        await stream.prepare(request)
        with suppress(ConnectionResetError):
            while self.given_bytes < _FAR_MORE:
                await stream.write(b"1" * _MIB)
                self.given_bytes += _MIB
        return stream


@pytest.fixture(params=[False, True], ids=["plain", "compressed"])
async def endless(request: pytest.FixtureRequest) -> AsyncIterator[_Endless]:
    server = _Endless(is_compressed=request.param)
    async with answering(server.answer) as server.url:
        yield server


async def test_an_endpoint_that_answers_without_end_is_set_aside_and_the_others_are_read(
    world: World, endless: _Endless
) -> None:
    pool = pool_on(Endpoint("endless", endless.url), Endpoint("good", world.devnet.url))

    reading = await pool.read([_BALANCE])

    assert reading.voters == ("good",)
    assert [one.fault for one in pool.sightings()] == [EndpointFault.TOO_LONG, None]
    assert endless.given_bytes < _FAR_MORE
    await pool.close()


async def test_a_remote_signer_that_answers_without_end_signs_nothing(
    world: World, endless: _Endless
) -> None:
    wanted = await world.reward()
    assert wanted.kind is IntentKind.REWARD
    unsigned = Unsigned(31337, wanted.sender, wanted.to, wanted.data, 0, 0, 21_000, 1)
    signer = Web3Signer(endless.url, address=world.account)

    with pytest.raises(SigningError, match="does not stop answering"):
        await signer.sign(unsigned)

    assert endless.given_bytes < _FAR_MORE
    await signer.close()
