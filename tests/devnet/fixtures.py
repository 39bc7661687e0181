"""pytest fixtures of the chain, for every folder of tests that needs one.

A `conftest.py` imports them by name. One anvil serves a session and every test starts from the
same snapshot. `PODIUM_DEVNET_STATE` and `PODIUM_DEVNET_ADDRESSES` name another dumped state and
its list, so that the same tests run on newer contracts.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.devnet.devnet import Devnet

__all__ = ["devnet", "devnet_session", "start_from_environment"]


def start_from_environment(environment: Mapping[str, str] = os.environ) -> Devnet:
    """Start on the state that the environment names, else on the one our script deploys."""
    state, addresses = (
        Path(environment[name]) if environment.get(name) else None
        for name in ("PODIUM_DEVNET_STATE", "PODIUM_DEVNET_ADDRESSES")
    )
    return Devnet.start(state=state, addresses=addresses)


@pytest.fixture(scope="session")
def devnet_session() -> Iterator[Devnet]:
    """One chain for the whole session; tests ask for `devnet`."""
    with start_from_environment() as started:
        _open_a_round(started)
        yield started


@pytest.fixture
def devnet(devnet_session: Devnet) -> Iterator[Devnet]:
    """The chain early in an initialised round; whatever a test does to it is undone."""
    snapshot = devnet_session.chain.snapshot()
    yield devnet_session
    devnet_session.chain.revert(snapshot)
    devnet_session.chain.set_automine(enabled=True)


def _open_a_round(devnet: Devnet) -> None:
    """Bring a state that somebody dumped at any moment to where tests can start."""
    if devnet.contract("Controller").functions.paused().call():
        devnet.unpause()
    rounds = devnet.contract("RoundsManager").functions
    is_early = devnet.blocks_left() > rounds.roundLength().call() * 3 // 4
    if not (is_early and rounds.currentRoundInitialized().call()):
        devnet.to_next_round()
