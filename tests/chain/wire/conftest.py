"""Fixtures of the wire's tests: an active orchestrator with its operator's hands."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.chain.soak.proxy import FaultProxy
from tests.chain.wire.world import World, pool_on
from tests.devnet.actors import active_orchestrator
from tests.devnet.devnet import Devnet
from tests.devnet.fixtures import devnet, devnet_session

from podium_operator.chain.rpc.values import Endpoint

__all__ = ["devnet", "devnet_session", "proxy", "world"]


@pytest.fixture
async def world(devnet: Devnet) -> AsyncIterator[World]:
    """An active orchestrator that has not been rewarded yet, on one good endpoint."""
    account = active_orchestrator(devnet)
    pool = pool_on(Endpoint("good", devnet.url))
    yield World(devnet, pool, account)
    await pool.close()


@pytest.fixture
def proxy(devnet: Devnet) -> Iterator[FaultProxy]:
    """Three endpoints before the chain, each with its own weather."""
    with FaultProxy(devnet.url, ["first", "second", "third"], token="t0ken") as running:
        yield running
