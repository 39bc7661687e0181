"""What a broadcast to all endpoints means for an intent. Pure."""

__all__ = ["Dispatch", "dispatched"]

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from podium_operator.chain.model import Intent, IntentState
from podium_operator.chain.rpc.errors import EndpointFault
from podium_operator.chain.rpc.texts import SendVerdict, send_verdict
from podium_operator.chain.rpc.values import Said

# Somebody has these bytes, or others of this nonce; what became of them the hash tells.
_ARRIVED: Final = frozenset(
    {SendVerdict.TAKEN, SendVerdict.KNOWN, SendVerdict.SPENT, SendVerdict.UNDERPRICED}
)
_WORDS: Final = {
    SendVerdict.EARLY: "a nonce before it is missing",
    SendVerdict.CHEAP: "its fee is below the base fee",
    SendVerdict.POOR: "the key has too little ether for it",
    SendVerdict.LOST: "no answer",
    SendVerdict.LIMITED: "asked for patience",
    SendVerdict.REFUSED: "refused",
}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What each endpoint said of the bytes with this hash. at: chain time."""

    said: Sequence[Said]
    hash: str
    at: int

    def verdicts(self) -> list[SendVerdict]:
        return [_verdict(one, self.hash) for one in self.said]


def dispatched(intent: Intent, dispatch: Dispatch) -> Intent:
    """Return the intent as sent where anybody took it; else say why nobody did."""
    verdicts = dispatch.verdicts()
    sent_at = dispatch.at if intent.sent_at is None else intent.sent_at
    if any(one in _ARRIVED for one in verdicts):
        return replace(intent, state=IntentState.SENT, sent_at=sent_at, message="")
    counted = Counter(_WORDS[one] for one in verdicts)
    said = ", ".join(f"{words} ({count})" for words, count in counted.items())
    return replace(intent, sent_at=sent_at, message=f"not sent yet: {said or 'no endpoint'}")


def _verdict(said: Said, expected_hash: str) -> SendVerdict:
    if said.fault is EndpointFault.RATE_LIMIT:
        return SendVerdict.LIMITED
    if said.fault is not None:
        return SendVerdict.LOST
    return send_verdict(said.answers[0], expected_hash)
