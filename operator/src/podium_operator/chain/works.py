"""What the chain's keeper works with: reading and sending, as values that tests can replace."""

__all__ = ["Works", "real_works"]

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from podium_operator.api.chain import Chain
from podium_operator.chain.material import Material
from podium_operator.chain.model import ChainState, ChainTerms
from podium_operator.chain.ports import Advance, Vault
from podium_operator.chain.reading import read_state
from podium_operator.chain.sending import Executor
from podium_operator.chain.shelf import StatusLog
from podium_operator.chain.signers.policy import Policy
from podium_operator.chain.terms import ARBITRUM_CONTROLLER
from podium_operator.chain.wiring import Wire, connect
from podium_operator.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Works:
    """connect: opens endpoints and signers. read: the state at one block. hand: who sends."""

    connect: Callable[[Chain, ChainTerms, Material, Surroundings], Awaitable[Wire]]
    read: Callable[[Wire, Chain, ChainTerms], Awaitable[ChainState]]
    hand: Callable[[Wire, ChainTerms, Vault, StatusLog], Advance]


def real_works() -> Works:
    """Return what works on a real chain."""
    return Works(connect=connect, read=_read, hand=_hand)


async def _read(wire: Wire, chain: Chain, terms: ChainTerms) -> ChainState:
    return await read_state(
        wire.pool,
        controller=chain.controller or ARBITRUM_CONTROLLER,
        orchestrator=terms.orchestrator,
        keys=_keys(terms),
        memory=wire.memory,
    )


def _keys(terms: ChainTerms) -> Sequence[str]:
    caller = terms.rewards.caller if terms.rewards is not None else ""
    return sorted({terms.orchestrator, *terms.signers} | ({caller} if caller else set()))


def _hand(wire: Wire, terms: ChainTerms, vault: Vault, log: StatusLog) -> Executor:
    cold = frozenset({terms.sweep.to}) if terms.sweep is not None else frozenset[str]()
    policy = Policy(orchestrator=terms.orchestrator, cold=cold)
    return Executor(
        wire.pool,
        signers=wire.signers,
        vault=vault,
        log=log,
        policy=policy,
        logged=log.intents,
    )
