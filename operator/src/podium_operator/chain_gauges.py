"""Gauges and counters of the chain: one set per Orchestrator that has a spec.chain.

A number that is not known has no series; zero always means zero. Accounts are named by their role
and endpoints by their name in the spec, so that no address and no URL is a label.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge

__all__ = ["ChainGauges"]

_OWNER: Final = ("namespace", "name")
_NUMBERS: Final = {
    "last_reward_round": "The newest round whose reward was called.",
    "current_round": "The round that runs.",
    "round_seconds_left": "Until it ends, as its blocks tell.",
    "round_progress_ratio": "The share of its blocks that is gone.",
    "round_locked": "1 in the last part of a round, when terms cannot change.",
    "registered": "1 while stake of its own is bonded to it.",
    "active": "1 while it is in the active set.",
    "rank": "Its place in the pool, from 1.",
    "stake_gap_to_eviction_lpt": "Its stake over that of the pool's last place.",
    "pending_fees_eth": "Fees to withdraw.",
    "reward_cut_percent": "Of rewards, what it keeps.",
    "fee_share_percent": "Of fees, what delegators get.",
    "cut_drift": "1 while the cuts on chain are others than the spec's.",
    "service_uri_drift": "1 while the service URI on chain is another than the spec's.",
    "gas_price_wei": "The chain's base fee.",
    "gas_cap_wei": "The most that is paid in normal times.",
    "rpc_healthy_endpoints": "Endpoints that answer.",
    "rpc_endpoints": "Endpoints in the spec.",
    "chain_state_age_seconds": "Since the chain was last read.",
}
_LABELLED: Final = {
    "reward_state": ("0 pending, 1 called, 2 late, 3 missed, 4 skipped.", ("round",)),
    "lpt_stake": ("Stake on it.", ("kind",)),
    "eth_balance": ("What a key holds.", ("account",)),
    "eth_days_left": ("How long that lasts, above the floor.", ("account",)),
    "rpc_up": ("1 while an endpoint answers.", ("endpoint",)),
    "rpc_block_lag": ("Blocks it is behind the best.", ("endpoint",)),
    "tx_intents": ("Transactions by how far they have come.", ("kind", "state")),
    "intent_oldest_seconds": ("Age of the oldest of them.", ("kind", "state")),
}


class ChainGauges:
    """podium_… series of everything that is known of one Orchestrator's chain side."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._numbers = {
            name: Gauge(f"podium_{name}", text, _OWNER, registry=registry)
            for name, text in _NUMBERS.items()
        }
        self._labelled = {
            name: Gauge(f"podium_{name}", text, (*_OWNER, *labels), registry=registry)
            for name, (text, labels) in _LABELLED.items()
        }
        self._spent = Counter(
            "podium_gas_spent_eth", "Gas paid.", (*_OWNER, "kind"), registry=registry
        )
        self._missed = Counter(
            "podium_rewards_missed", "Rounds whose reward was lost.", _OWNER, registry=registry
        )
        self._counted: dict[tuple[str, str], set[str]] = {}

    def show(self, owner: tuple[str, str], numbers: Mapping[str, float | None]) -> None:
        """Set the plain gauges; None takes a series away."""
        for name, value in numbers.items():
            gauge = self._numbers[name]
            if value is None:
                gauge.remove_by_labels(dict(zip(_OWNER, owner, strict=True)))
            else:
                gauge.labels(*owner).set(value)

    def spread(
        self, owner: tuple[str, str], name: str, values: Mapping[tuple[str, ...], float]
    ) -> None:
        """Set one labelled gauge to exactly these series."""
        gauge = self._labelled[name]
        gauge.remove_by_labels(dict(zip(_OWNER, owner, strict=True)))
        for labels, value in values.items():
            gauge.labels(*owner, *labels).set(value)

    def intents(self, owner: tuple[str, str], shown: Iterable[Any], *, at: int) -> None:
        """Count intents by kind and state, and what each has cost once."""
        listed = list(shown)
        tally = Tally((one.kind.value, one.state.value) for one in listed)
        self.spread(owner, "tx_intents", dict(tally))
        oldest: dict[tuple[str, ...], float] = {}
        for one in listed:
            key = (one.kind.value, one.state.value)
            oldest[key] = max(oldest.get(key, 0.0), float(max(0, at - one.at)))
        self.spread(owner, "intent_oldest_seconds", oldest)
        for one in listed:
            if one.cost_wei and self._first(owner, f"cost {one.id}"):
                self._spent.labels(*owner, one.kind.value).inc(one.cost_wei / 1e18)

    def met(self, owner: tuple[str, str], shown: Iterable[Any], missed: Iterable[int]) -> None:
        """Take what an earlier process has counted as counted."""
        for one in shown:
            if one.cost_wei:
                self._first(owner, f"cost {one.id}")
        for number in missed:
            self._first(owner, f"missed {number}")

    def missed(self, owner: tuple[str, str], rounds: Iterable[int]) -> None:
        """Count each lost round once; the series begins at zero."""
        series = self._missed.labels(*owner)
        for number in rounds:
            if self._first(owner, f"missed {number}"):
                series.inc()

    def forget(self, namespace: str, name: str) -> None:
        """Drop the series of an Orchestrator that is gone or off-chain."""
        labels = {"namespace": namespace, "name": name}
        for gauge in (*self._numbers.values(), *self._labelled.values()):
            gauge.remove_by_labels(labels)
        for counter in (self._spent, self._missed):
            counter.remove_by_labels(labels)
        self._counted.pop((namespace, name), None)

    def _first(self, owner: tuple[str, str], what: str) -> bool:
        counted = self._counted.setdefault(owner, set())
        is_first = what not in counted
        counted.add(what)
        return is_first
