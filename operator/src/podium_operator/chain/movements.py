"""The contracts' log lines that move an orchestrator's stake, fees or rewards. Pure.

Signatures are the protocol's interface. A line that concerns somebody else, or nothing that is
accounted for, is no movement.
"""

__all__ = ["TOPICS", "Log", "Movement", "MovementKind", "movement_of"]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from eth_utils.crypto import keccak

_WORD_BYTES: Final = 32


class MovementKind(StrEnum):
    """What moved. A transfer of bonded stake shows as Unbonded here and Rebonded there."""

    REWARD = "Reward"
    TREASURY = "Treasury"
    BONDED = "Bonded"
    UNBONDED = "Unbonded"
    REBONDED = "Rebonded"
    STAKE_WITHDRAWN = "StakeWithdrawn"
    TICKET = "Ticket"
    FEES_WITHDRAWN = "FeesWithdrawn"


@dataclass(frozen=True, slots=True)
class Log:
    """One line as an endpoint gives it: topics and data 0x-hex, index its place in the block."""

    block: int
    index: int
    topics: Sequence[str]
    data: str


@dataclass(frozen=True, slots=True)
class Movement:
    """amount: LPT base units, or wei for tickets and fees."""

    kind: MovementKind
    amount: int
    block: int
    index: int


@dataclass(frozen=True, slots=True)
class _Shape:
    """whose: which topic names the account; word: which word of the data is the amount."""

    kind: MovementKind
    whose: int
    word: int


# Bond(newDelegate*, oldDelegate*, delegator*, additional, bonded) and so on: * is a topic.
_SHAPES: Final[Mapping[str, _Shape]] = {
    f"0x{keccak(text=signature).hex()}": shape
    for signature, shape in {
        "Reward(address,uint256)": _Shape(MovementKind.REWARD, 1, 0),
        "TreasuryReward(address,address,uint256)": _Shape(MovementKind.TREASURY, 1, 1),
        "Bond(address,address,address,uint256,uint256)": _Shape(MovementKind.BONDED, 3, 0),
        "Unbond(address,address,uint256,uint256,uint256)": _Shape(MovementKind.UNBONDED, 2, 1),
        "Rebond(address,address,uint256,uint256)": _Shape(MovementKind.REBONDED, 2, 1),
        "WithdrawStake(address,uint256,uint256,uint256)": _Shape(
            MovementKind.STAKE_WITHDRAWN, 1, 1
        ),
        "WinningTicketTransfer(address,address,uint256)": _Shape(MovementKind.TICKET, 2, 0),
        "WithdrawFees(address,address,uint256)": _Shape(MovementKind.FEES_WITHDRAWN, 1, 1),
    }.items()
}
# What to ask an endpoint for.
TOPICS: Final = tuple(_SHAPES)


def movement_of(log: Log, orchestrator: str) -> Movement | None:
    """What a line moved for this orchestrator; None for every other line and for broken ones."""
    shape = _SHAPES.get(log.topics[0].lower()) if log.topics else None
    if shape is None or len(log.topics) <= shape.whose:
        return None
    if log.topics[shape.whose][-40:].lower() != orchestrator[-40:].lower():
        return None
    amount = _word(log.data, shape.word)
    if amount is None:
        return None
    return Movement(kind=shape.kind, amount=amount, block=log.block, index=log.index)


def _word(data: str, place: int) -> int | None:
    try:
        raw = bytes.fromhex(data.removeprefix("0x"))
    except ValueError:
        return None
    word = raw[place * _WORD_BYTES : (place + 1) * _WORD_BYTES]
    return int.from_bytes(word) if len(word) == _WORD_BYTES else None
