"""JSON-RPC answers as they come in, checked: a result or a refusal for each call. Pure."""

__all__ = ["NotJsonRpcError", "checked_answers"]

from collections.abc import Mapping
from typing import Any, Final

from podium_operator.chain.rpc.values import Answer, Refusal

_LONGEST_MESSAGE: Final = 300


class NotJsonRpcError(ValueError):
    """The answer fits none of what was asked."""


def checked_answers(found: object, count: int) -> tuple[Answer, ...]:
    """Return the answers of a batch that is sorted by id, as it was asked.

    A lone error object stands for all of them. Raises NotJsonRpcError where one is missing.
    """
    if isinstance(found, dict) and found.get("error") is not None:
        return (_refusal(found["error"]),) * count
    if not isinstance(found, list) or len(found) != count:
        raise NotJsonRpcError("not one answer for each call")
    ids = [one.get("id") for one in found if isinstance(one, dict)]
    if not ids or not isinstance(ids[0], int) or ids != list(range(ids[0], ids[0] + count)):
        raise NotJsonRpcError("answers to other calls")
    return tuple(_answer(one) for one in found)


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
