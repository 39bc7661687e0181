"""JSON-RPC 2.0 as bytes: batches out, answers in. Pure; what comes in is not trusted."""

__all__ = ["NotJsonRpcError", "parse_answers", "request_body"]

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from podium_operator.chain.rpc.values import Answer, Call, Refusal

_LONGEST_MESSAGE: Final = 300


class NotJsonRpcError(ValueError):
    """The body answers none of what was asked."""


def request_body(calls: Sequence[Call]) -> bytes:
    """Return one batch; ids are the places of the calls."""
    batch = [
        {"jsonrpc": "2.0", "id": place, "method": call.method, "params": list(call.params)}
        for place, call in enumerate(calls)
    ]
    return json.dumps(batch, separators=(",", ":")).encode()


def parse_answers(body: bytes, count: int) -> tuple[Answer, ...]:
    """Return the answers in the order of the calls, whatever order they came in.

    A lone error object stands for all of them. Raises NotJsonRpcError where one is missing.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJsonRpcError("no JSON") from error
    if isinstance(found, dict) and "error" in found:
        return (_refusal(found["error"]),) * count
    if not isinstance(found, list):
        raise NotJsonRpcError("no batch")
    answers = {
        one["id"]: _answer(one)
        for one in found
        if isinstance(one, dict) and isinstance(one.get("id"), int)
    }
    if set(answers) != set(range(count)):
        raise NotJsonRpcError("not one answer for each call")
    return tuple(answers[place] for place in range(count))


def _answer(one: Mapping[str, Any]) -> Answer:
    if one.get("error") is not None:
        return _refusal(one["error"])
    if "result" not in one:
        raise NotJsonRpcError("neither result nor error")
    return one["result"]


def _refusal(error: object) -> Refusal:
    if not isinstance(error, dict):
        return Refusal(0, str(error)[:_LONGEST_MESSAGE])
    code = error.get("code")
    message = str(error.get("message") or "")[:_LONGEST_MESSAGE]
    return Refusal(code if isinstance(code, int) else 0, message, _hex_in(error.get("data")))


def _hex_in(data: object) -> str:
    """Find a revert's bytes: endpoints give them bare, behind a word, or one object deeper."""
    if isinstance(data, dict):
        return _hex_in(data.get("data") or data.get("result"))
    if not isinstance(data, str):
        return ""
    words = [word for word in data.split() if word.startswith("0x")]
    return words[-1] if words else ""
