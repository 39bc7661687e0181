"""What can be wrong with an RPC endpoint, as rewrites of single JSON-RPC calls (pure).

The proxy asks these functions; they know no socket. Selectors and words are those of the
protocol's interface.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = [
    "CLEAR",
    "Fault",
    "Weather",
    "as_of",
    "asks_beyond",
    "is_broadcast",
    "is_hint",
    "lied",
    "pinned_hash",
]

Call = Mapping[str, Any]

# Which parameter of a method names the block it is asked at.
_BLOCK_PARAMETER = {
    "eth_call": 1,
    "eth_estimateGas": 1,
    "eth_getBalance": 1,
    "eth_getBlockByNumber": 0,
    "eth_getCode": 1,
    "eth_getStorageAt": 2,
    "eth_getTransactionCount": 1,
}
_MOVING = frozenset({"latest", "pending", "safe", "finalized"})
_GET_TRANSCODER = "0x5dce9948"
_POOL_WALK = ("0x88a6c749", "0x235c9603")  # getFirst- and getNextTranscoderInPool
_WORD = 64


class Fault(StrEnum):
    """One way in which an endpoint fails; the values stand in the soak's table."""

    NONE = "none"
    REFUSE = "refuse"  # the connection is reset before an answer
    HANG = "hang"  # never an answer, until the weather changes
    TOO_MANY = "429"
    BROKEN = "502"
    GARBAGE = "garbage"  # status 200 with a body that is no JSON
    LAG = "lag"  # everything as it was some blocks ago
    WRONG_CHAIN = "wrong-chain"
    LIE = "lie"  # claims the reward to be called
    LOST = "lost-answer"  # a broadcast is passed on and its answer lost
    SWALLOW = "swallow"  # a broadcast is answered and never passed on
    HOLD = "hold"  # a broadcast is passed on only when the weather changes
    NO_HINTS = "no-hints"  # the pool cannot be walked


@dataclass(frozen=True, slots=True)
class Weather:
    """A fault, the chance (0 to 1) that it meets a request, and how many blocks a lag has."""

    fault: Fault = Fault.NONE
    chance: float = 1.0
    blocks: int = 0


CLEAR = Weather()


def is_broadcast(call: Call) -> bool:
    """Tell whether a call sends a signed transaction."""
    return call.get("method") in {"eth_sendRawTransaction", "eth_sendRawTransactionSync"}


def is_hint(call: Call) -> bool:
    """Tell whether a call walks the pool of orchestrators."""
    return _calldata(call).startswith(_POOL_WALK)


def as_of(call: Call, head: int) -> Call:
    """Return the call as an endpoint answers it whose last block is `head`."""
    at = _BLOCK_PARAMETER.get(str(call.get("method")))
    parameters = list(call.get("params") or ())
    if at is None or len(parameters) < at:
        return call
    if len(parameters) == at:
        parameters.append("latest")
    if parameters[at] in _MOVING:
        parameters[at] = hex(head)
    return {**call, "params": parameters}


def asks_beyond(call: Call, head: int) -> bool:
    """Tell whether a call names a block that an endpoint at `head` does not have yet."""
    at = _BLOCK_PARAMETER.get(str(call.get("method")))
    parameters = call.get("params") or ()
    if at is None or len(parameters) <= at:
        return False
    block = parameters[at]
    return isinstance(block, str) and block.startswith("0x") and int(block, 16) > head


def pinned_hash(call: Call) -> str:
    """Return the hash of the block that a call is pinned to, "" where it is not."""
    at = _BLOCK_PARAMETER.get(str(call.get("method")))
    parameters = call.get("params") or ()
    if at is None or len(parameters) <= at or not isinstance(parameters[at], Mapping):
        return ""
    return str(parameters[at].get("blockHash") or "")


def lied(call: Call, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answer with the orchestrator's last reward one round later than it was."""
    result = answer.get("result")
    is_asked = call.get("method") == "eth_call" and _calldata(call).startswith(_GET_TRANSCODER)
    if not is_asked or not isinstance(result, str) or len(result) < 2 + _WORD:
        return answer
    later = int(result[2 : 2 + _WORD], 16) + 1
    return {**answer, "result": f"0x{later:064x}{result[2 + _WORD :]}"}


def _calldata(call: Call) -> str:
    parameters: Sequence[Any] = call.get("params") or ({},)
    words = parameters[0] if isinstance(parameters[0], Mapping) else {}
    return str(words.get("data") or words.get("input") or "")
