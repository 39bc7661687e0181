"""A transaction from wish to effect. Pure data; see model for the conventions."""

__all__ = [
    "IN_FLIGHT",
    "OPEN",
    "SETTLED_BLOCKS",
    "Intent",
    "IntentKind",
    "IntentState",
]

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class IntentKind(StrEnum):
    """What a transaction is for."""

    INITIALIZE_ROUND = "InitializeRound"
    REWARD = "Reward"
    APPROVE = "Approve"
    BOND = "Bond"
    SET_TRANSCODER = "SetTranscoder"
    SET_SERVICE_URI = "SetServiceURI"
    SET_REWARD_CALLER = "SetRewardCaller"
    UNBOND = "Unbond"
    WITHDRAW_STAKE = "WithdrawStake"
    WITHDRAW_FEES = "WithdrawFees"
    TRANSFER_LPT = "TransferLpt"
    TRANSFER_ETH = "TransferEth"


class IntentState(StrEnum):
    """How far an intent has come.

    Planned: wanted, nothing signed. AwaitingApproval: a person must allow it. AwaitingSignature:
    no key of ours may sign it; its call data is for a person. Signed: bytes are stored and may
    have been sent. Sent: an endpoint took them. Mined: a receipt says it succeeded. Done: the
    chain shows what it was for. Failed: its nonce is spent without effect, or nothing was ever
    broadcast. Superseded: no longer wanted, never sent again.
    """

    PLANNED = "Planned"
    AWAITING_APPROVAL = "AwaitingApproval"
    AWAITING_SIGNATURE = "AwaitingSignature"
    SIGNED = "Signed"
    SENT = "Sent"
    MINED = "Mined"
    DONE = "Done"
    FAILED = "Failed"
    SUPERSEDED = "Superseded"


# The bytes may be on their way: the sender signs nothing else until they are resolved.
IN_FLIGHT: Final = frozenset({IntentState.SIGNED, IntentState.SENT, IntentState.MINED})
# A block so deep is not replaced any more.
SETTLED_BLOCKS: Final = 20
OPEN: Final = IN_FLIGHT | {
    IntentState.PLANNED,
    IntentState.AWAITING_APPROVAL,
    IntentState.AWAITING_SIGNATURE,
}


@dataclass(frozen=True, slots=True)
class Intent:
    """One transaction, from wish to effect; plain values only, so that it can be written down.

    round: the one it is for, moved on while it only waits; since_round: when it was first shown.
    goal: what it brings about, the same for every attempt. amount: what it moves, in base units.
    nonce, hashes (newest last), the moments and costs are the executor's to fill in; gas_limit
    may be lowered by it to a measured need, never raised. max_fee_wei: per gas, of the newest
    bytes. at, sent_at: chain time, unix seconds; sent_at is the first broadcast of the newest
    bytes. cost_wei: gas paid, 0 while unknown.
    """

    id: str
    kind: IntentKind
    round: int
    goal: str
    why: str
    sender: str
    to: str
    data: str
    value_wei: int
    gas_limit: int
    max_fee_wei: int
    at: int
    amount: int = 0
    since_round: int = 0
    state: IntentState = IntentState.PLANNED
    nonce: int | None = None
    hashes: tuple[str, ...] = ()
    sent_at: int | None = None
    mined_block: int | None = None
    cost_wei: int = 0
    message: str = ""
