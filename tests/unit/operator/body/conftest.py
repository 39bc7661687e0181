"""The world in which a chain's keeper is tested."""

import pytest
from tests.unit.operator.body.chain_world import ChainWorld


@pytest.fixture
def world() -> ChainWorld:
    """A chain that answers, and no Orchestrator yet."""
    return ChainWorld()
