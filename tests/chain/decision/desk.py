"""Read, decide, carry out, look again: the chain side on real contracts, without a cluster."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from eth_account import Account
from tests.chain.wire.world import CHAIN_ID, Stores
from tests.devnet.devnet import Devnet

from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Approval,
    ChainDecision,
    ChainObserved,
    ChainState,
    ChainTerms,
    Health,
    IntentKind,
    IntentState,
    RewardTerms,
)
from podium_operator.chain.reading import read_state
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.sending import Executor
from podium_operator.chain.signers.keystore import KeystoreSigner
from podium_operator.chain.signers.policy import Policy

__all__ = ["Desk", "terms_for"]


def terms_for(account: str, **changes: Any) -> ChainTerms:
    """Rewards and nothing else, at once, from the account's own key."""
    quiet = ChainTerms(
        chain_id=CHAIN_ID,
        orchestrator=account,
        signers=frozenset({account}),
        approval=Approval.AUTO,
        rewards=RewardTerms(start_delay_seconds=0, retry_seconds=1),
        block_seconds=1.0,
    )
    return replace(quiet, **changes)


@dataclass(slots=True)
class Desk:
    """done: the kinds that are done, in the order in which the chain showed it."""

    devnet: Devnet
    pool: RpcPool
    stores: Stores = field(default_factory=Stores)
    done: list[IntentKind] = field(default_factory=list)

    async def look(self, terms: ChainTerms, **observed: Any) -> tuple[ChainDecision, ChainState]:
        """One pass, by a process that knows only what was stored."""
        state = await read_state(
            self.pool,
            controller=str(self.devnet.contract("Controller").address),
            orchestrator=terms.orchestrator,
            keys=sorted({terms.orchestrator, *terms.signers}),
        )
        seen = ChainObserved(
            state=state,
            health=Health(healthy=1, total=1, age_seconds=0.0),
            terms=terms,
            intents=self.stores.intents,
            at=float(state.at),
        )
        decision = decide(replace(seen, **observed))
        self._take_down(decision)
        await self._executor(terms).advance(decision, state)
        return decision, state

    async def until(
        self,
        terms: ChainTerms,
        is_there: Callable[[ChainDecision, ChainState], bool],
        *,
        looks: int = 20,
        **observed: Any,
    ) -> tuple[ChainDecision, ChainState]:
        """Look until it is; every look that sends something also makes a block."""
        for _ in range(looks):
            decision, state = await self.look(terms, **observed)
            if is_there(decision, state):
                return decision, state
        said = [(one.id, one.state.value, one.message) for one in self.stores.intents]
        raise AssertionError(f"not within {looks} looks: {said}")

    def _executor(self, terms: ChainTerms) -> Executor:
        signers = {
            address: KeystoreSigner(Account.from_key(self.devnet.key(address)))
            for address in terms.signers
        }
        cold = frozenset({terms.sweep.to}) if terms.sweep is not None else frozenset[str]()
        policy = Policy(terms.orchestrator, cold)
        return Executor(
            self.pool,
            signers,
            vault=self.stores,
            log=self.stores,
            policy=policy,
            logged=self.stores.intents,
        )

    def _take_down(self, decision: ChainDecision) -> None:
        before = {one.id: one.state for one in self.stores.intents}
        self.done += [
            one.kind
            for one in decision.intents
            if one.state is IntentState.DONE and before.get(one.id) is not IntentState.DONE
        ]
