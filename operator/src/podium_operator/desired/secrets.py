"""The Secrets the operator generates once: which there are, what they hold, how they rotate.

A Secret's state goes in and the state it should have comes out; what is there and whole is never
touched. Rotation happens when the Orchestrator's annotation differs from the one the Secret
carries: the present credentials become the previous ones, and the queue accepts both, so that
clients change over whenever they next connect. Rotating twice ends the first ones.
"""

__all__ = ["SecretState", "build", "content_hash", "ensure", "names_of"]

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from podium_operator.api import names
from podium_operator.api.names import Component
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import objects
from podium_operator.desired.certificates import Pair, issue_authority, issue_server
from podium_operator.desired.objects import Object, child

_AUTH_SECRET_BYTES: Final = 32
_PASSWORD_BYTES: Final = 24
_USERNAME_BYTES: Final = 4
_NODE_KEYS: Final = ("auth-secret",)
_LOGIN_KEYS: Final = ("username", "password")
_PREVIOUS_KEYS: Final = ("previous-username", "previous-password")
_TLS_KEYS: Final = ("ca.crt", "ca.key", "tls.crt", "tls.key")

Token = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class SecretState:
    """A Secret's decoded data and its annotations; never shows the data in a repr."""

    data: Mapping[str, bytes] = field(repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict)


def names_of(orchestrator: Orchestrator) -> tuple[str, ...]:
    """The names of the Secrets that must exist and are ours to write: read these by name."""
    node = names.node_name(orchestrator.name)
    if not orchestrator.spec.queue.embedded_replicas:
        return (node,)
    return (names.queue_name(orchestrator.name), node)


def ensure(
    orchestrator: Orchestrator,
    *,
    existing: Mapping[str, SecretState],
    now: datetime,
    token: Token,
) -> dict[str, SecretState]:
    """What each Secret should hold: equal to what it holds where nothing is to be changed.

    Keys and annotations that are not ours are left out, and so not claimed.

    existing: by name, absent ones left out. token: that many unguessable bytes
    (`secrets.token_bytes`). Raises InvalidSecretError when a half-written Secret cannot be mended.
    """
    node, queue = names.node_name(orchestrator.name), names.queue_name(orchestrator.name)
    wanted = {node: _node(existing.get(node), token)}
    if orchestrator.spec.queue.embedded_replicas:
        wanted[queue] = _queue(orchestrator, existing.get(queue), now=now, token=token)
    return wanted


def build(orchestrator: Orchestrator, *, states: Mapping[str, SecretState]) -> list[Object]:
    """The Secret objects to apply; owned by the Orchestrator only under deletionPolicy Delete."""
    components = {
        names.queue_name(orchestrator.name): Component.QUEUE,
        names.node_name(orchestrator.name): Component.NODE,
    }
    return [
        _secret(orchestrator, components[name], name, state)
        for name, state in sorted(states.items())
    ]


def content_hash(state: SecretState) -> str:
    """A short hash for pod templates: changes when, and only when, the content does."""
    return objects.content_hash({key: value.hex() for key, value in state.data.items()})


def _secret(
    orchestrator: Orchestrator, component: Component, name: str, state: SecretState
) -> Object:
    secret = child(orchestrator, component, kind=("v1", "Secret"), name=name)
    if orchestrator.spec.deletion_policy != "Delete":
        del secret["metadata"]["ownerReferences"]
    if state.annotations:
        secret["metadata"]["annotations"] = dict(state.annotations)
    return secret | {
        "type": "Opaque",
        "data": {key: b64encode(value).decode() for key, value in sorted(state.data.items())},
    }


def _node(existing: SecretState | None, token: Token) -> SecretState:
    held = _held(existing, _NODE_KEYS)
    return SecretState(held or {"auth-secret": token(_AUTH_SECRET_BYTES)})


def _queue(
    orchestrator: Orchestrator, existing: SecretState | None, *, now: datetime, token: Token
) -> SecretState:
    held = _held(existing, (*_LOGIN_KEYS, *_PREVIOUS_KEYS, *_TLS_KEYS))
    handled = {} if existing is None else _ours(existing.annotations)
    asked = _ours(orchestrator.metadata.annotations) or handled
    rotating = handled != asked and _has(held, _LOGIN_KEYS)
    data = _logins(held, token, rotating=rotating)
    data |= _certificates(orchestrator, held, now, renewing=rotating)
    data["auth.conf"] = _auth_conf(data)
    return SecretState(data, asked)


def _ours(annotations: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in annotations.items() if key == names.ROTATE_ANNOTATION}


def _logins(held: Mapping[str, bytes], token: Token, *, rotating: bool) -> dict[str, bytes]:
    kept = {key: held[key] for key in (*_LOGIN_KEYS, *_PREVIOUS_KEYS) if key in held}
    if _has(held, _LOGIN_KEYS) and not rotating:
        return kept
    fresh = {
        "username": b"podium-" + token(_USERNAME_BYTES).hex().encode(),
        "password": token(_PASSWORD_BYTES).hex().encode(),
    }
    if not rotating:
        return fresh
    previous = zip(_PREVIOUS_KEYS, (held[key] for key in _LOGIN_KEYS), strict=True)
    return {**fresh, **dict(previous)}


def _certificates(
    orchestrator: Orchestrator, held: Mapping[str, bytes], now: datetime, *, renewing: bool
) -> dict[str, bytes]:
    if _has(held, _TLS_KEYS) and not renewing:
        return {key: held[key] for key in _TLS_KEYS}
    if _has(held, ("ca.crt", "ca.key")):
        authority = Pair(held["ca.crt"], held["ca.key"])
    else:
        authority = issue_authority(f"podium queue of {orchestrator.name}", now=now)
    server = issue_server(_hosts(orchestrator), authority=authority, now=now)
    return {
        "ca.crt": authority.certificate,
        "ca.key": authority.key,
        "tls.crt": server.certificate,
        "tls.key": server.key,
    }


def _hosts(orchestrator: Orchestrator) -> list[str]:
    service, namespace = names.queue_name(orchestrator.name), orchestrator.namespace
    full = [f"{service}.{namespace}.svc", f"{service}.{namespace}.svc.cluster.local"]
    return [service, f"{service}.{namespace}", *full, *(f"*.{host}" for host in full), "localhost"]


def _auth_conf(data: Mapping[str, bytes]) -> bytes:
    """The users the queue accepts, in the server's own notation."""
    pairs = [keys for keys in (_LOGIN_KEYS, _PREVIOUS_KEYS) if _has(data, keys)]
    users = (
        f'    {{user: "{data[user].decode()}", password: "{data[password].decode()}"}}\n'
        for user, password in pairs
    )
    return f"authorization {{\n  users: [\n{''.join(users)}  ]\n}}\n".encode()


def _held(existing: SecretState | None, keys: tuple[str, ...]) -> dict[str, bytes]:
    data = {} if existing is None else existing.data
    return {key: data[key] for key in keys if data.get(key)}


def _has(data: Mapping[str, bytes], keys: tuple[str, ...]) -> bool:
    return all(data.get(key) for key in keys)
