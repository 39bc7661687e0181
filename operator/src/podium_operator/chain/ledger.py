"""The books: what a round brought and cost, exact to the wei. Pure accounting, no estimates.

Earnings are what the balances say beyond what was put in and taken out, never recomputed from
rewards or tickets: the contracts round in their own way. Blocks mark the borders: a movement
belongs to the round in whose blocks it lies, opening excluded, closing included.
"""

__all__ = [
    "COLUMNS",
    "Balance",
    "GasPayment",
    "RoundEntry",
    "balance_of",
    "cells_of",
    "entries_of",
    "entry_of",
    "payments_of",
    "total_of",
]

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

from podium_operator.chain.model import ChainState, Intent
from podium_operator.chain.movements import Movement, MovementKind

_WHOLE: Final = 10**18


@dataclass(frozen=True, slots=True)
class Balance:
    """Own stake and fees at the end of a block: pendingStake and pendingFees."""

    round: int
    block: int
    stake: int
    fees_wei: int


@dataclass(frozen=True, slots=True)
class GasPayment:
    """Gas a key paid in a block, reverted transactions too: gasUsed times effectiveGasPrice."""

    key: str
    block: int
    cost_wei: int


@dataclass(frozen=True, slots=True)
class RoundEntry:
    """One round of one orchestrator; LPT in base units, fees, tickets and gas in wei.

    stake_earned: its own share of all rewards. reward: minted for it and its delegators,
    treasury: minted beside. tickets_wei: paid out on tickets, gross; fees_earned_wei: its own
    share. gas_wei: by key.
    """

    round: int
    opening_block: int
    closing_block: int
    opening_stake: int
    bonded: int
    unbonded: int
    stake_earned: int
    closing_stake: int
    stake_withdrawn: int
    reward: int
    treasury: int
    opening_fees_wei: int
    tickets_wei: int
    fees_earned_wei: int
    fees_withdrawn_wei: int
    closing_fees_wei: int
    gas_wei: Mapping[str, int]


_LPT: Final = (
    "opening_stake",
    "bonded",
    "unbonded",
    "stake_earned",
    "closing_stake",
    "stake_withdrawn",
    "reward",
    "treasury",
)
_WEI: Final = (
    "opening_fees_wei",
    "tickets_wei",
    "fees_earned_wei",
    "fees_withdrawn_wei",
    "closing_fees_wei",
)
# Titles of cells_of, in order; money in whole LPT and ether with all its digits.
COLUMNS: Final = (
    "round",
    "opening_block",
    "closing_block",
    *(f"{name}_lpt" for name in _LPT),
    *(f"{name.removesuffix('_wei')}_eth" for name in _WEI),
    "gas_eth",
)


def balance_of(state: ChainState) -> Balance:
    """The balance that a read of the chain shows at its block."""
    own = state.transcoder
    return Balance(state.round.number, state.block, own.pending_stake, own.pending_fees)


def payments_of(intents: Iterable[Intent]) -> tuple[GasPayment, ...]:
    """What intents paid whose receipts are known."""
    return tuple(
        GasPayment(one.sender, one.mined_block, one.cost_wei)
        for one in intents
        if one.mined_block is not None and one.cost_wei > 0
    )


def entries_of(
    balances: Sequence[Balance],
    movements: Sequence[Movement],
    payments: Sequence[GasPayment],
) -> tuple[RoundEntry, ...]:
    """One entry between each two balances: pass one per round's border, in order of blocks."""
    return tuple(
        entry_of(opening, closing, movements=movements, payments=payments)
        for opening, closing in pairwise(balances)
    )


def entry_of(
    opening: Balance,
    closing: Balance,
    *,
    movements: Iterable[Movement],
    payments: Iterable[GasPayment],
) -> RoundEntry:
    """The round that lies between two balances; it carries the opening one's number."""
    moved = _sums(movements, opening.block, closing.block)
    bonded = moved[MovementKind.BONDED] + moved[MovementKind.REBONDED]
    unbonded = moved[MovementKind.UNBONDED]
    taken = moved[MovementKind.FEES_WITHDRAWN]
    return RoundEntry(
        round=opening.round,
        opening_block=opening.block,
        closing_block=closing.block,
        opening_stake=opening.stake,
        bonded=bonded,
        unbonded=unbonded,
        stake_earned=closing.stake - opening.stake - bonded + unbonded,
        closing_stake=closing.stake,
        stake_withdrawn=moved[MovementKind.STAKE_WITHDRAWN],
        reward=moved[MovementKind.REWARD],
        treasury=moved[MovementKind.TREASURY],
        opening_fees_wei=opening.fees_wei,
        tickets_wei=moved[MovementKind.TICKET],
        fees_earned_wei=closing.fees_wei - opening.fees_wei + taken,
        fees_withdrawn_wei=taken,
        closing_fees_wei=closing.fees_wei,
        gas_wei=_gas(payments, opening.block, closing.block),
    )


def total_of(entries: Sequence[RoundEntry]) -> RoundEntry | None:
    """All entries as one, from the first opening to the last closing; None for none."""
    if not entries:
        return None
    first, last = entries[0], entries[-1]
    borders = {
        "round": first.round,
        "opening_block": first.opening_block,
        "closing_block": last.closing_block,
        "opening_stake": first.opening_stake,
        "closing_stake": last.closing_stake,
        "opening_fees_wei": first.opening_fees_wei,
        "closing_fees_wei": last.closing_fees_wei,
    }
    summed = {
        field.name: sum(getattr(entry, field.name) for entry in entries)
        for field in fields(RoundEntry)
        if field.name not in borders and field.name != "gas_wei"
    }
    keys = sorted({key for entry in entries for key in entry.gas_wei})
    gas = {key: sum(entry.gas_wei.get(key, 0) for entry in entries) for key in keys}
    return RoundEntry(**borders, **summed, gas_wei=gas)


def cells_of(entry: RoundEntry) -> tuple[str, ...]:
    """One line of the books, as exact decimals; see COLUMNS."""
    return (
        str(entry.round),
        str(entry.opening_block),
        str(entry.closing_block),
        *(_exact(getattr(entry, name)) for name in (*_LPT, *_WEI)),
        _exact(sum(entry.gas_wei.values())),
    )


def _exact(amount: int) -> str:
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{size // _WHOLE}.{size % _WHOLE:018d}"


def _sums(movements: Iterable[Movement], after: int, until: int) -> dict[MovementKind, int]:
    sums = dict.fromkeys(MovementKind, 0)
    seen: set[tuple[int, int]] = set()
    for one in movements:
        if after < one.block <= until and (one.block, one.index) not in seen:
            seen.add((one.block, one.index))
            sums[one.kind] += one.amount
    return sums


def _gas(payments: Iterable[GasPayment], after: int, until: int) -> dict[str, int]:
    paid: dict[str, int] = {}
    for one in payments:
        if after < one.block <= until:
            paid[one.key] = paid.get(one.key, 0) + one.cost_wei
    return dict(sorted(paid.items()))
