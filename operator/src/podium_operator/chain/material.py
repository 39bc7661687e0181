"""The secrets behind spec.chain: read by name, held only here, never shown.

What is missing or wrong is told by the Secret's name and key; a value never gets into a message.
"""

__all__ = ["Material", "named_in", "read_material"]

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from podium_operator.api.chain import Chain
from podium_operator.api.chain_access import ChainSigner, SecretKey
from podium_operator.errors import InvalidSecretError
from podium_operator.kube.client import Kube
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import kind_named


@dataclass(frozen=True, slots=True)
class Material:
    """The Secrets' contents by name and key. A repr never shows them."""

    data: Mapping[str, Mapping[str, bytes]] = field(repr=False)

    def value(self, ref: SecretKey) -> bytes:
        """Return one value. Raises InvalidSecretError naming what is missing."""
        held = self.data.get(ref.name)
        if held is None:
            raise InvalidSecretError(f"Secret {ref.name} is missing: create it with {ref.key}")
        if not held.get(ref.key):
            raise InvalidSecretError(f"Secret {ref.name} lacks {ref.key}: add it")
        return held[ref.key]

    def text(self, ref: SecretKey) -> str:
        """Return one value as text, without the newline that editors leave."""
        try:
            return self.value(ref).decode("utf-8").strip()
        except UnicodeDecodeError:
            raise InvalidSecretError(f"Secret {ref.name}: {ref.key} is not text") from None


def named_in(chain: Chain) -> frozenset[str]:
    """Return the names of all Secrets that are needed."""
    callers = [] if chain.rewards.caller is None else [chain.rewards.caller.signer]
    names = {ref.name for ref in _endpoint_refs(chain)}
    for signer in (chain.signer, *callers):
        names |= set(_signer_names(signer))
    return frozenset(names)


async def read_material(kube: Kube, namespace: str, chain: Chain) -> Material:
    """Read them all; what is not there is told when it is used. Raises KubeError."""
    found: dict[str, Mapping[str, bytes]] = {}
    for name in sorted(named_in(chain)):
        try:
            body = await kube.get(kind_named("Secret"), namespace, name)
        except NotFoundError:
            continue
        data = body.get("data") or {}
        found[name] = {key: b64decode(value or "") for key, value in data.items()}
    return Material(found)


def _endpoint_refs(chain: Chain) -> Iterator[SecretKey]:
    for endpoint in chain.rpc.endpoints:
        yield from (
            ref for ref in (endpoint.url_secret_ref, endpoint.bearer_secret_ref) if ref is not None
        )


def _signer_names(signer: ChainSigner) -> Iterator[str]:
    if signer.keystore is not None:
        yield signer.keystore.secret_ref.name
        yield signer.keystore.password_secret_ref.name
    if signer.remote is not None and signer.remote.tls_secret_name is not None:
        yield signer.remote.tls_secret_name
