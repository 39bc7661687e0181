"""The world that most tests of the shell begin in."""

import pytest
from tests.unit.operator.shell.world import World


@pytest.fixture
async def world() -> World:
    """One Orchestrator whose keeper has not looked yet."""
    world = World()
    await world.begin()
    return world
