"""What became of bytes that were sent, from what endpoints say of their hashes and nonce. Pure.

An intent fails only when that can no longer change: its receipt, or the use of its nonce by
another transaction, lies some blocks deep. Until then its bytes might still land, and a second
attempt beside them would do the deed twice.
"""

__all__ = ["Evidence", "Receipt", "evidence_calls", "evidence_of", "resolved", "revived"]

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from podium_operator.chain.model import ChainState, Intent, IntentState
from podium_operator.chain.rpc.values import Answer, Call, Refusal, Said

_FINISHED: Final = frozenset({IntentState.DONE, IntentState.FAILED})


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction in a block. cost_wei: gas times its price."""

    hash: str
    block: int
    succeeded: bool
    cost_wei: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What endpoints know of an intent.

    is_known_spent: every endpoint that answers says that the nonce was used, deep enough, and
    none knows a receipt. is_spent: the state that was read says so. heard: how many answered.
    """

    receipt: Receipt | None
    is_spent: bool
    is_known_spent: bool
    heard: int

    @property
    def is_open(self) -> bool:
        """Whether the bytes may still land: nothing has used their nonce yet."""
        return self.receipt is None and not self.is_spent


def evidence_calls(intent: Intent, state: ChainState, *, settled_blocks: int) -> list[Call]:
    """Return what to ask every endpoint: each hash's receipt, and the nonce some blocks ago."""
    block = hex(max(0, state.block - settled_blocks))
    receipts = [Call("eth_getTransactionReceipt", (one,)) for one in intent.hashes]
    return [*receipts, Call("eth_getTransactionCount", (intent.sender, block))]


def evidence_of(intent: Intent, state: ChainState, said: Iterable[Said]) -> Evidence:
    """Weigh the answers: a receipt from any endpoint counts, a used nonce needs all of them."""
    heard = [one.answers for one in said if one.fault is None]
    receipts = [_receipt(answer) for answers in heard for answer in answers[:-1]]
    found = max((one for one in receipts if one is not None), key=_weight, default=None)
    counts = [_count(answers[-1]) for answers in heard]
    known = [count for count in counts if count is not None]
    nonce = intent.nonce if intent.nonce is not None else 0
    key = state.keys.get(intent.sender)
    return Evidence(
        receipt=found,
        is_spent=key is not None and key.nonce > nonce,
        is_known_spent=found is None and bool(known) and all(one > nonce for one in known),
        heard=len(heard),
    )


def resolved(
    intent: Intent, evidence: Evidence, state: ChainState, *, settled_blocks: int
) -> Intent:
    """Return the intent as the evidence shows it."""
    receipt = evidence.receipt
    if receipt is not None:
        return _with_receipt(intent, receipt, state, settled_blocks=settled_blocks)
    if intent.state in _FINISHED:
        return intent
    if evidence.is_spent and evidence.is_known_spent:
        return replace(
            intent,
            state=_ended(intent, IntentState.FAILED),
            mined_block=state.block,
            message=f"nonce {intent.nonce} was used by another transaction of {intent.sender}",
        )
    if intent.state is IntentState.MINED and evidence.heard and not evidence.is_spent:
        gone = "its block was replaced: the same bytes again"
        return replace(intent, state=IntentState.SENT, mined_block=None, cost_wei=0, message=gone)
    return intent


def revived(intent: Intent, state: ChainState) -> Intent:
    """Return a finished intent as sent again where its nonce is free once more.

    Blocks were replaced, and its bytes are valid again: whoever kept them may send them.
    """
    key = state.keys.get(intent.sender)
    if intent.state not in _FINISHED or intent.nonce is None or not intent.hashes or key is None:
        return intent
    if key.nonce > intent.nonce or state.block < (intent.mined_block or 0):
        return intent
    return replace(
        intent,
        state=IntentState.SENT,
        mined_block=None,
        cost_wei=0,
        message="blocks were replaced and its nonce is free again: the same bytes again",
    )


def _with_receipt(
    intent: Intent, receipt: Receipt, state: ChainState, *, settled_blocks: int
) -> Intent:
    seen = replace(intent, cost_wei=receipt.cost_wei)
    if receipt.succeeded:
        ended = _ended(intent, IntentState.MINED)
        return replace(seen, state=ended, mined_block=receipt.block, message="")
    if state.block - receipt.block >= settled_blocks:
        return replace(
            seen,
            state=_ended(intent, IntentState.FAILED),
            mined_block=receipt.block,
            message="mined and reverted",
        )
    return replace(
        intent,
        state=_ended(intent, IntentState.SENT),
        message=f"reverted in block {receipt.block}: final {settled_blocks} blocks later",
    )


def _ended(intent: Intent, state: IntentState) -> IntentState:
    """What was given up stays so, and what is done; only its cost is taken down."""
    if intent.state is IntentState.SUPERSEDED:
        return intent.state
    is_done = intent.state is IntentState.DONE and state is IntentState.MINED
    return intent.state if is_done else state


def _weight(receipt: Receipt) -> tuple[bool, int]:
    return receipt.succeeded, receipt.block


def _receipt(answer: Answer) -> Receipt | None:
    if not isinstance(answer, Mapping):
        return None
    try:
        return Receipt(
            hash=str(answer["transactionHash"]),
            block=_number(answer["blockNumber"]),
            succeeded=_number(answer["status"]) == 1,
            cost_wei=_number(answer["gasUsed"]) * _number(answer["effectiveGasPrice"]),
        )
    except (LookupError, TypeError, ValueError):
        return None


def _count(answer: Answer) -> int | None:
    try:
        return None if isinstance(answer, Refusal) else _number(answer)
    except (TypeError, ValueError):
        return None


def _number(text: Any) -> int:
    return int(text, 16)
