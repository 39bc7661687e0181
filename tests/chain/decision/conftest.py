"""Fixtures of the decision's tests on real contracts."""

from collections.abc import AsyncIterator

import pytest
from tests.chain.decision.desk import Desk
from tests.chain.wire.world import pool_on
from tests.devnet.devnet import Devnet
from tests.devnet.fixtures import devnet, devnet_session

from podium_operator.chain.rpc.values import Endpoint

__all__ = ["desk", "devnet", "devnet_session"]


@pytest.fixture
async def desk(devnet: Devnet) -> AsyncIterator[Desk]:
    """An operator's chain side on one good endpoint; its account is for the test to choose."""
    pool = pool_on(Endpoint("good", devnet.url))
    yield Desk(devnet, pool)
    await pool.close()
