"""Keeps the books of a soak by the product's own ledger, and holds them against the chain."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.chain.soak.judging import mined_by
from tests.chain.soak.world import World

from podium_operator.chain.ledger import (
    Balance,
    RoundEntry,
    entries_of,
    payments_of,
    total_of,
)
from podium_operator.chain.model import Intent
from podium_operator.chain.movements import TOPICS, Log, movement_of

__all__ = ["Books", "Difference"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the ledger says less what the chain says: base units and wei, best all 0."""

    rewards: int
    gas_wei: int
    stake: int


@dataclass(slots=True)
class Books:
    """Balances at the rounds' borders, and every intent that was ever reported."""

    world: World
    balances: list[Balance] = field(default_factory=list)
    intents: dict[str, Intent] = field(default_factory=dict)
    _opening: tuple[int, int] | None = None

    def border(self) -> None:
        """Note the balance at the border of two rounds, which is the present block."""
        own = self.world.orchestrator
        bonding = self.world.devnet.contract("BondingManager").functions
        stake, fees = bonding.pendingStake(own, 0).call(), bonding.pendingFees(own, 0).call()
        block = self.world.devnet.chain.head
        self.balances.append(Balance(self.world.devnet.round(), block, stake, fees))
        if self._opening is None:
            self._opening = self._supply_and_ether()

    def note(self, intents: Iterable[Intent]) -> None:
        """Note intents as they stand now."""
        self.intents |= {one.id: one for one in intents}

    def entries(self) -> tuple[RoundEntry, ...]:
        """Return the ledger, a line a round."""
        first, last = self.balances[0].block, self.balances[-1].block
        found = [movement_of(log, self.world.orchestrator) for log in self._logs(first, last)]
        movements = [one for one in found if one is not None]
        return entries_of(self.balances, movements, payments_of(self.intents.values()))

    def difference(self) -> Difference:
        """Compare with the growth of LPT's supply, the key's ether and the stake itself.

        Nobody else is rewarded, and the key pays for nothing but gas.
        """
        total = total_of(self.entries())
        if total is None or self._opening is None:
            return Difference(0, 0, 0)
        supply, ether = self._supply_and_ether()
        own_stake = total.opening_stake + total.bonded + total.stake_earned - total.unbonded
        return Difference(
            rewards=total.reward + total.treasury - (supply - self._opening[0]),
            gas_wei=sum(total.gas_wei.values()) - (self._opening[1] - ether),
            stake=own_stake - self.balances[-1].stake,
        )

    def gas_faults(self) -> list[str]:
        """Name every transaction whose gas an intent has otherwise than the chain."""
        first, last = self.balances[0].block, self.balances[-1].block
        mined = mined_by(self.world.devnet.chain, self.world.orchestrator, range(first, last + 1))
        paid = {one.deed.nonce: f"{one.paid_wei} wei in block {one.block}" for one in mined}
        booked = {
            one.nonce: f"{one.cost_wei} wei in block {one.mined_block}"
            for one in self.intents.values()
            if one.nonce is not None and one.cost_wei
        }
        return [
            f"nonce {nonce}: paid {paid.get(nonce)}, booked {booked.get(nonce)}"
            f" ({', '.join(f'{one.id} {one.state}' for one in self._of_nonce(nonce))})"
            for nonce in sorted(paid.keys() | booked.keys())
            if paid.get(nonce) != booked.get(nonce)
        ]

    def _of_nonce(self, nonce: int) -> list[Intent]:
        return [one for one in self.intents.values() if one.nonce == nonce]

    def _supply_and_ether(self) -> tuple[int, int]:
        token = self.world.devnet.contract("LivepeerToken").functions
        ether = self.world.devnet.chain.rpc("eth_getBalance", self.world.orchestrator, "latest")
        return int(token.totalSupply().call()), int(ether, 16)

    def _logs(self, first: int, last: int) -> list[Log]:
        contracts = ("BondingManager", "TicketBroker")
        addresses = [self.world.devnet.contract(name).address for name in contracts]
        words: dict[str, Any] = {"address": addresses, "topics": [list(TOPICS)]}
        words |= {"fromBlock": hex(first), "toBlock": hex(last)}
        return [
            Log(
                block=int(one["blockNumber"], 16),
                index=int(one["logIndex"], 16),
                topics=one["topics"],
                data=one["data"],
            )
            for one in self.world.devnet.chain.rpc("eth_getLogs", words)
        ]
