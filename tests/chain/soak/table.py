"""The soak's findings as a table, a ledger and gates (pure)."""

from collections import Counter
from collections.abc import Iterable, Sequence

from tests.chain.soak.books import Difference
from tests.chain.soak.killing import Death
from tests.chain.soak.ordeals import Ordeal
from tests.chain.soak.rounds import Outcome
from tests.support.gates import Gate

from podium_operator.chain.ledger import COLUMNS, RoundEntry, cells_of, total_of

__all__ = [
    "death_gates",
    "death_lines",
    "ledger_gates",
    "ledger_lines",
    "outcome_gates",
    "outcome_table",
]

_PARTS = 10


def outcome_table(outcomes: Sequence[Outcome]) -> list[str]:
    """Count by ordeal: rounds, rewards, misses that could be had, rewards nobody could have."""
    head = ("ordeal", "rounds", "rewarded", "missed", "not to be had")
    rows = [head, *(_row(ordeal, outcomes) for ordeal in Ordeal)]
    return ["  ".join([row[0].ljust(34), *(word.rjust(13) for word in row[1:])]) for row in rows]


def outcome_gates(outcomes: Sequence[Outcome]) -> list[Gate]:
    """Nothing that could be had is missed, nothing is sent twice."""
    missed = sum(one.is_missed for one in outcomes)
    doubles = sum(len(one.doubles) for one in outcomes)
    return [_none("chain-rewards-missed", missed), _none("chain-double-sends", doubles)]


def death_lines(deaths: Iterable[Death]) -> list[str]:
    """Count by errand: runs, deaths, runs with a fault, lines that there are."""
    by_errand: dict[str, list[Death]] = {}
    for death in deaths:
        by_errand.setdefault(death.errand, []).append(death)
    return [
        f"{errand}: {len(runs)} runs, {sum(one.died_at is not None for one in runs)} deaths in"
        f" {max(one.lines for one in runs)} lines, {sum(bool(one.faults) for one in runs)} faulty"
        for errand, runs in by_errand.items()
    ]


def death_gates(deaths: Sequence[Death], *, wanted: int) -> list[Gate]:
    """So many deaths, each with its errand done exactly once."""
    died = sum(one.died_at is not None for one in deaths)
    faulty = sum(bool(one.faults) for one in deaths)
    return [
        Gate("chain-kill-points", str(died), f">={wanted}", died >= wanted),
        _none("chain-kill-faults", faulty),
    ]


def ledger_lines(entries: Sequence[RoundEntry]) -> list[str]:
    """Return the ledger as CSV, ten lines that sum equal parts of it and one that sums all."""
    size = max(1, -(-len(entries) // _PARTS))
    parts = [entries[place : place + size] for place in range(0, len(entries), size)]
    sums = [total_of(part) for part in (*parts, entries)]
    return [",".join(COLUMNS), *(",".join(cells_of(one)) for one in sums if one is not None)]


def ledger_gates(difference: Difference) -> list[Gate]:
    """The books agree with the chain to the wei."""
    return [
        _none("chain-ledger-rewards-off", difference.rewards),
        _none("chain-ledger-gas-off", difference.gas_wei),
        _none("chain-ledger-stake-off", difference.stake),
    ]


def _row(ordeal: Ordeal, outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    met = [one for one in outcomes if ordeal in one.plan.ordeals]
    counts = Counter(
        "rewarded" if one.is_rewarded else "missed" if one.is_missed else "impossible"
        for one in met
    )
    words = (len(met), counts["rewarded"], counts["missed"], counts["impossible"])
    return (ordeal.value, *(str(word) for word in words))


def _none(name: str, found: int) -> Gate:
    return Gate(name, str(found), "0", found == 0)
