"""Takes out of objects and lines what may be a secret, before anybody else reads them. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from podium_operator.logs import redact

__all__ = ["REDACTED", "redacted", "redacted_line"]

REDACTED: Final = "(redacted)"

# Names of fields and environment variables whose values are nobody else's business. References
# (secretRef, secretName, passwordFile) only name where a secret lies.
_SECRET: Final = re.compile(
    r"(pass(word|phrase)?|secret|token|credential|private.?key|api.?key|authorization|mnemonic)$",
    re.IGNORECASE,
)
_DROPPED: Final = {"managedFields", "kubectl.kubernetes.io/last-applied-configuration"}
# Who may call an RPC is often a part of its address: user:password@, a long path, a query.
_ADDRESS: Final = re.compile(r"\b((?:https?|wss?|nats|tls)://)([^\s\"'<>]+)")
_HEX_KEY: Final = re.compile(r"\b(0x)?[0-9a-fA-F]{64}\b")
# What a path may say in the open: a short word, or a version.
_PLAIN_STEP: Final = re.compile(r"[a-z._-]{0,15}|v[0-9]{1,3}")
_KEYS: Final = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]+(\.[\w-]*)?"  # a token of Kubernetes, or another JWT
    r"|\bS[ACNOUX][A-Z2-7]{50,}\b"  # a seed of NATS
    r"|(?<=mnemonic)\W.*|(?<=phrase)\W.*"  # words that are a key, to the line's end
    r"|^\s*[A-Za-z0-9+/]{60,}={0,2}\s*$",  # a line of a PEM file's inside
    re.IGNORECASE,
)


def redacted(value: Any) -> Any:
    """Return a copy of an API object without anything that may be secret."""
    if isinstance(value, Mapping):
        if _is_named_secret(value):
            return {**value, "value": REDACTED}
        return {
            key: REDACTED if isinstance(inner, str) and _SECRET.search(key) else redacted(inner)
            for key, inner in value.items()
            if key not in _DROPPED
        }
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return redacted_line(value) if isinstance(value, str) else value


def redacted_line(text: str) -> str:
    """Return a line without keys, and without the parts of addresses that may be tokens."""
    text = _ADDRESS.sub(_plain_address, redact(text))
    return _HEX_KEY.sub(REDACTED, _KEYS.sub(REDACTED, text))


def _is_named_secret(value: Mapping[str, Any]) -> bool:
    """An environment variable: {name, value}."""
    return isinstance(value.get("value"), str) and bool(_SECRET.search(str(value.get("name", ""))))


def _plain_address(found: re.Match[str]) -> str:
    scheme, rest = found.groups()
    place, slash, path = rest.partition("/")
    host = place.rpartition("@")[2]
    steps = re.split(r"[?#]", path, maxsplit=1)[0].split("/")
    plain = (step if _PLAIN_STEP.fullmatch(step) else REDACTED for step in steps)
    return scheme + re.split(r"[?#]", host, maxsplit=1)[0] + slash + "/".join(plain)
