"""What makes an alert of the chain side true: one deed on a chain that is thrown away afterwards.

Nothing is taken back, therefore.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chain.soak.faults import CLEAR, Fault, Weather
from tests.devnet.actors import Orchestrator, register
from tests.devnet.terms import LPT
from tests.watch.chain_world import STAKE, ChainWorld

__all__ = [
    "close_rival",
    "dear_gas",
    "emptied",
    "evicted",
    "frozen",
    "half_frozen",
    "lost_round",
    "other_terms",
    "stopped_reward",
]

_FROZEN = Weather(Fault.HANG)
_SEEN_SECONDS = 60.0
_GWEI = 10**9


@asynccontextmanager
async def half_frozen(world: ChainWorld) -> AsyncIterator[None]:
    """Let one endpoint of two hang."""
    world.proxy.set_weather(_FROZEN, CLEAR)
    yield


@asynccontextmanager
async def frozen(world: ChainWorld) -> AsyncIterator[None]:
    """Let every endpoint hang."""
    world.proxy.set_weather(_FROZEN)
    yield


@asynccontextmanager
async def stopped_reward(world: ChainWorld) -> AsyncIterator[None]:
    """Have rewards wait for a word that nobody gives, until the round is nearly over."""
    await world.respec(approval="Manual")
    world.devnet.to_next_round()
    world.devnet.chain.mine(world.devnet.blocks_left() * 4 // 5)
    yield


@asynccontextmanager
async def lost_round(world: ChainWorld) -> AsyncIterator[None]:
    """Let a round end whose reward nobody allowed."""
    await world.respec(approval="Manual")
    world.devnet.to_next_round()
    await world.server.until(
        'podium_tx_intents{kind="Reward",state="AwaitingApproval"} > 0',
        within_seconds=_SEEN_SECONDS,
    )
    world.devnet.to_next_round()
    yield


@asynccontextmanager
async def emptied(world: ChainWorld) -> AsyncIterator[None]:
    """Take the account's ETH."""
    world.devnet.chain.set_balance(world.address, 0)
    world.devnet.chain.mine()
    yield


@asynccontextmanager
async def other_terms(world: ChainWorld) -> AsyncIterator[None]:
    """Change cuts and address on chain, as somebody with the key would."""
    await world.respec(approval="Manual")
    bonding = world.devnet.contract("BondingManager").functions
    world.devnet.chain.send(world.address, bonding.transcoder(500_000, 100_000))
    registry = world.devnet.contract("ServiceRegistry").functions
    world.devnet.chain.send(world.address, registry.setServiceURI("https://127.0.0.2:8935"))
    yield


@asynccontextmanager
async def dear_gas(world: ChainWorld) -> AsyncIterator[None]:
    """Let gas cost far more than may be paid, in a round whose reward is due."""
    await world.respec(gas={"capGwei": "1", "hardCapGwei": "2"})
    world.devnet.to_next_round(initialize=False)
    world.devnet.chain.set_base_fee(50 * _GWEI)
    world.devnet.initialize_round()
    yield


@asynccontextmanager
async def close_rival(world: ChainWorld) -> AsyncIterator[None]:
    """Fill the active set with one who has nearly as much stake."""
    _join(world, STAKE - STAKE // 100)
    world.devnet.to_next_round()
    yield


@asynccontextmanager
async def evicted(world: ChainWorld) -> AsyncIterator[None]:
    """Fill the active set with others who have more."""
    for more in (1, 2):
        _join(world, STAKE * 2 + more * LPT)
    world.devnet.to_next_round()
    yield


def _join(world: ChainWorld, stake: int) -> None:
    account = world.devnet.fresh_account(lpt=stake)
    register(world.devnet, account, Orchestrator(stake=stake))
