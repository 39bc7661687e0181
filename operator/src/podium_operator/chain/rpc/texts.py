"""What endpoints and contracts mean by their errors. Pure: a table of words, tested as one.

Nodes differ in words, in upper and lower case and in codes, so all is matched without case.
"""

__all__ = [
    "SendVerdict",
    "is_empty_revert",
    "is_rate_limit",
    "is_revert",
    "revert_text",
    "send_verdict",
]

from enum import StrEnum
from typing import Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from podium_operator.chain.rpc.values import Answer, Refusal

_ERROR: Final = "0x08c379a0"
_PANIC: Final = "0x4e487b71"
_SELECTOR_LENGTH: Final = 10
# Errors of the newer contracts that have no text: BondingVotes and the governor.
_CUSTOM: Final = {
    "0x7f07449b": "FutureLookup",
    "0x16cece48": "InvalidCaller",
    "0xb986b599": "InvalidStartRound",
    "0x107098b2": "FutureLastClaimRound",
    "0x29af3fdf": "InvalidTotalStakeCheckpointRound",
    "0x92ad5a72": "MissingEarningsPool",
    "0x866cb42d": "MustCallBondingManager",
    "0x28ffde61": "DecreasingValues",
}
_RATE_WORDS: Final = (
    "rate limit",
    "rate-limit",
    "too many requests",
    "limit exceeded",
    "request limit",
    "exceeded its",
    "capacity",
    "quota",
)
_RATE_CODES: Final = frozenset({-32005, -32097, 429})
_REVERT_WORDS: Final = ("revert", "out of gas", "invalid opcode", "bad instruction")
_REVERT_CODE: Final = 3


class SendVerdict(StrEnum):
    """What became of a broadcast at one endpoint.

    TAKEN and KNOWN: it has the bytes. SPENT: the nonce is used, perhaps by these very bytes: only
    the hash tells. EARLY: a nonce before it is missing. UNDERPRICED: other bytes of this nonce
    wait there, at too near a fee. CHEAP: below the base fee. POOR: the sender cannot pay. LOST: no
    answer, so it may have them or not. LIMITED: not now. REFUSED: anything else.
    """

    TAKEN = "taken"
    KNOWN = "known"
    SPENT = "spent"
    EARLY = "early"
    UNDERPRICED = "underpriced"
    CHEAP = "cheap"
    POOR = "poor"
    LOST = "lost"
    LIMITED = "limited"
    REFUSED = "refused"


_SEND_WORDS: Final = (
    (SendVerdict.KNOWN, ("already known", "already imported", "known transaction", "alreadyknown")),
    (SendVerdict.SPENT, ("nonce too low", "nonce is too low", "oldnonce", "already been used")),
    (SendVerdict.EARLY, ("nonce too high", "nonce gap", "nonce is too high")),
    (SendVerdict.UNDERPRICED, ("replacement transaction underpriced", "replacement fee too low")),
    (
        SendVerdict.CHEAP,
        (
            "less than block base fee",
            "below base fee",
            "lower than the current base",
            "underpriced",
        ),
    ),
    (SendVerdict.POOR, ("insufficient funds", "insufficient balance", "exceeds allowance")),
)


def is_rate_limit(refusal: Refusal) -> bool:
    """Whether an endpoint wants to be left alone for a while."""
    return refusal.code in _RATE_CODES or _has(refusal, _RATE_WORDS)


def is_revert(refusal: Refusal) -> bool:
    """Whether the contracts refused, and not the endpoint: every node would answer so."""
    return refusal.code == _REVERT_CODE or bool(refusal.data) or _has(refusal, _REVERT_WORDS)


def is_empty_revert(answer: Answer) -> bool:
    """Whether a contract refused without a word: on Livepeer's proxies, an unknown function."""
    if not isinstance(answer, Refusal) or not is_revert(answer):
        return False
    return answer.data in {"", "0x"} and not answer.message.partition("reverted")[2].strip(" :")


def revert_text(refusal: Refusal) -> str:
    """Return the contract's words; for a revert without any, say so."""
    selector, body = refusal.data[:_SELECTOR_LENGTH], refusal.data[_SELECTOR_LENGTH:]
    if selector == _ERROR:
        return _decoded("string", body) or refusal.message
    if selector == _PANIC:
        return f"Panic({_decoded('uint256', body)})"
    if selector in _CUSTOM:
        return _CUSTOM[selector]
    words = refusal.message.partition("reverted")[2].strip(" :'\"")
    if words:
        return words
    return f"reverted without words {refusal.data}".strip()


def send_verdict(answer: Answer, expected_hash: str) -> SendVerdict:
    """Return what an answer to eth_sendRawTransaction means."""
    if not isinstance(answer, Refusal):
        is_ours = isinstance(answer, str) and answer.lower() == expected_hash.lower()
        return SendVerdict.TAKEN if is_ours else SendVerdict.REFUSED
    for verdict, words in _SEND_WORDS:
        if _has(answer, words):
            return verdict
    return SendVerdict.LIMITED if is_rate_limit(answer) else SendVerdict.REFUSED


def _has(refusal: Refusal, words: tuple[str, ...]) -> bool:
    message = refusal.message.lower()
    return any(word in message for word in words)


def _decoded(kind: str, body: str) -> str:
    try:
        return str(decode([kind], bytes.fromhex(body))[0])
    except (DecodingError, ValueError, OverflowError):
        return ""
