"""An orchestrator's chain side in a test's hands: the real one, but for stores in memory.

`Stores` counts its writes and can end the pass before or after any of them, as a crash does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eth_account import Account
from tests.devnet.devnet import Devnet

from podium_operator.chain import calls
from podium_operator.chain.model import (
    ChainDecision,
    ChainState,
    Intent,
    IntentKind,
    IntentState,
    RewardStanding,
    Standing,
)
from podium_operator.chain.reading import read_state
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.values import Endpoint, Limits
from podium_operator.chain.sending import Executor
from podium_operator.chain.signers.keystore import KeystoreSigner
from podium_operator.chain.signers.policy import Policy
from podium_operator.chain.signers.signing import Signer

__all__ = ["CHAIN_ID", "Crash", "Stores", "World", "decision_of", "pool_on"]

CHAIN_ID = 31337
_GWEI = 10**9


class Crash(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class Stores:
    """A vault and a log; `die_at` is the write, counted from 1, that the process ends at."""

    raws: dict[str, list[bytes]] = field(default_factory=dict)
    intents: tuple[Intent, ...] = ()
    die_at: int | None = None
    dies_before: bool = True
    writes: int = 0

    async def put(self, intent_id: str, raws: Sequence[bytes]) -> None:
        self._write(lambda: self.raws.__setitem__(intent_id, list(raws)))

    async def get(self, intent_id: str) -> list[bytes]:
        return list(self.raws.get(intent_id, ()))

    async def drop(self, intent_id: str) -> None:
        self._write(lambda: self.raws.pop(intent_id, None))

    async def save(self, intents: Sequence[Intent]) -> None:
        self._write(lambda: setattr(self, "intents", tuple(intents)))

    def _write(self, write: Any) -> None:
        self.writes += 1
        if self.writes == self.die_at and self.dies_before:
            raise Crash
        write()
        if self.writes == self.die_at:
            raise Crash


@dataclass(slots=True)
class World:
    """One orchestrator on a devnet, and what its operator has."""

    devnet: Devnet
    pool: RpcPool
    account: str
    stores: Stores = field(default_factory=Stores)
    signers: Mapping[str, Signer] | None = None
    policy: Policy | None = None

    @property
    def controller(self) -> str:
        return str(self.devnet.contract("Controller").address)

    def signer(self, account: str | None = None) -> KeystoreSigner:
        return KeystoreSigner(Account.from_key(self.devnet.key(account or self.account)))

    def executor(self) -> Executor:
        """A new process: it knows what the stores hold and nothing else."""
        signers = self.signers or {self.account: self.signer()}
        policy = self.policy or Policy(self.account)
        return Executor(
            self.pool,
            signers,
            vault=self.stores,
            log=self.stores,
            policy=policy,
            logged=self.stores.intents,
        )

    async def state(self) -> ChainState:
        return await read_state(
            self.pool, controller=self.controller, orchestrator=self.account, keys=[self.account]
        )

    async def advance(self, wanted: Intent | None = None, *known: Intent) -> Intent:
        """One pass and its blocks; returns the intent that is wanted, or the only one there is."""
        state = await self.state()
        intents = {one.id: one for one in (*self.stores.intents, *known)}
        if wanted is not None:
            intents.setdefault(wanted.id, wanted)
            recorded = intents[wanted.id]
            keeps = recorded.state is not IntentState.PLANNED
            wanted = replace(recorded, max_fee_wei=wanted.max_fee_wei) if keeps else wanted
        decision = decision_of(wanted, tuple(intents.values()))
        after = await self.executor().advance(decision, state)
        assert after == self.stores.intents
        self.devnet.chain.settle()
        return next(one for one in after if wanted is None or one.id == wanted.id)

    async def reward(self, **changes: Any) -> Intent:
        """This round's reward, as a decision asks for it."""
        return await self.intent(IntentKind.REWARD, "BondingManager", calls.reward(), **changes)

    async def intent(self, kind: IntentKind, to: str, data: str, **changes: Any) -> Intent:
        state = await self.state()
        planned = Intent(
            id=f"{kind.lower()}-{state.round.number}",
            kind=kind,
            round=state.round.number,
            goal=f"{kind} in round {state.round.number}",
            why="a test",
            sender=self.account,
            to=state.targets[to].address if to in state.targets else to,
            data=data,
            value_wei=0,
            gas_limit=1_500_000,
            max_fee_wei=20 * _GWEI,
            at=state.at,
        )
        return replace(planned, **changes)

    def last_reward_round(self) -> int:
        bonding = self.devnet.contract("BondingManager").functions
        return int(bonding.getTranscoder(self.account).call()[0])

    def nonce(self, account: str | None = None) -> int:
        return int(self.devnet.w3.eth.get_transaction_count(account or self.account))  # type: ignore[arg-type]  # a checksummed string


def decision_of(wanted: Intent | None, intents: tuple[Intent, ...]) -> ChainDecision:
    return ChainDecision(
        next=wanted,
        intents=intents,
        reason="a test",
        verdicts={},
        reward=RewardStanding(Standing.NONE, 0),
    )


def pool_on(*endpoints: Endpoint, **limits: Any) -> RpcPool:
    """A pool by a clock that stands still unless a test moves it; slow machines may answer too."""
    given = {"timeout_seconds": 30.0, **limits}
    return RpcPool(endpoints, chain_id=CHAIN_ID, limits=Limits(**given), clock=lambda: 0.0)
