"""The soak's own tests: small chains for the parts, one world for what needs all of them."""

from collections.abc import Iterator

import pytest
from tests.chain.soak.faults import CLEAR
from tests.chain.soak.world import World, open_world
from tests.devnet.fixtures import devnet, devnet_session

__all__ = ["devnet", "devnet_session"]


@pytest.fixture(scope="session")
def world_session() -> Iterator[World]:
    """One world for the whole session; tests ask for `world`."""
    with open_world() as opened:
        yield opened


@pytest.fixture
def world(world_session: World) -> Iterator[World]:
    """The world early in a round that is begun; whatever a test does to it is undone."""
    snapshot = world_session.devnet.chain.snapshot()
    yield world_session
    world_session.proxy.set_weather(CLEAR)
    world_session.devnet.chain.revert(snapshot)
    world_session.devnet.chain.set_automine(enabled=True)
