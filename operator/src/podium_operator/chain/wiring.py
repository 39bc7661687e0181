"""From spec.chain and its Secrets to endpoints and signers that work.

A signer that cannot be had is a fault to be told, not an end: reading goes on, and what it should
sign waits.
"""

__all__ = ["Wire", "connect"]

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from podium_operator.api.chain import Chain
from podium_operator.api.chain_access import ChainSigner, Keystore, RemoteSigner, RpcEndpoint
from podium_operator.chain.material import Material
from podium_operator.chain.model import ChainTerms
from podium_operator.chain.reading import Memory
from podium_operator.chain.rpc.pool import RpcPool
from podium_operator.chain.rpc.values import Endpoint, Limits
from podium_operator.chain.signers.keystore import open_keystore
from podium_operator.chain.signers.signing import Signer
from podium_operator.chain.signers.web3signer import Web3Signer, client_context
from podium_operator.errors import InvalidSecretError, PodiumError
from podium_operator.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Wire:
    """Endpoints and signers of one Orchestrator.

    faults: why something asked for is not there. memory: what spares calls at the next read.
    """

    pool: RpcPool
    signers: Mapping[str, Signer] = field(repr=False)
    faults: tuple[str, ...] = ()
    memory: Memory = field(default_factory=Memory)

    async def close(self) -> None:
        """Let every connection go."""
        await self.pool.close()
        for signer in self.signers.values():
            if isinstance(signer, Web3Signer):
                await signer.close()


async def connect(
    chain: Chain, terms: ChainTerms, material: Material, around: Surroundings
) -> Wire:
    """Open everything that can be opened. Raises InvalidSecretError without a single endpoint."""
    endpoints, faults = _endpoints(chain, material)
    pool = RpcPool(
        endpoints,
        chain_id=terms.chain_id,
        limits=Limits(
            timeout_seconds=float(chain.rpc.timeout_seconds),
            max_lag_blocks=chain.rpc.max_block_lag,
        ),
        clock=around.clock,
        draw=around.draw,
    )
    signers: dict[str, Signer] = {}
    for address, asked in _signing(chain, terms):
        try:
            signers[address] = await _signer(asked, address, material)
        except PodiumError as error:
            faults.append(f"{address} cannot sign: {error}")
    return Wire(pool, signers, tuple(faults))


def _endpoints(chain: Chain, material: Material) -> tuple[list[Endpoint], list[str]]:
    endpoints: list[Endpoint] = []
    faults: list[str] = []
    for asked in chain.rpc.endpoints:
        try:
            endpoints.append(_endpoint(asked, material))
        except InvalidSecretError as error:
            faults.append(f"endpoint {asked.name}: {error}")
    if not endpoints:
        raise InvalidSecretError("; ".join(faults))
    return endpoints, faults


def _endpoint(asked: RpcEndpoint, material: Material) -> Endpoint:
    ref, headers = asked.url_secret_ref, {}
    url = asked.url or (material.text(ref) if ref is not None else "")
    if not url.startswith(("http://", "https://")):
        where = f"Secret {ref.name}: {ref.key}" if ref is not None else "url"
        raise InvalidSecretError(f"{where} is no URL: write http(s)://…")
    if asked.bearer_secret_ref is not None:
        headers["Authorization"] = f"Bearer {material.text(asked.bearer_secret_ref)}"
    return Endpoint(asked.name, url, headers)


def _signing(chain: Chain, terms: ChainTerms) -> Iterator[tuple[str, ChainSigner]]:
    if terms.orchestrator in terms.signers:
        yield terms.orchestrator, chain.signer
    caller = chain.rewards.caller
    address = terms.rewards.caller if terms.rewards is not None else ""
    if caller is not None and address in terms.signers:
        yield address, caller.signer


async def _signer(asked: ChainSigner, address: str, material: Material) -> Signer:
    if asked.keystore is not None:
        return await _from_keystore(asked.keystore, address, material)
    if asked.remote is not None:
        return _remote(asked.remote, address, material)
    raise InvalidSecretError("the spec names no signer for it")


async def _from_keystore(asked: Keystore, address: str, material: Material) -> Signer:
    password = material.text(asked.password_secret_ref)
    signer = await open_keystore(material.text(asked.secret_ref), password)
    if signer.address != address:
        ref = asked.secret_ref
        raise InvalidSecretError(
            f"Secret {ref.name}: {ref.key} is the key of {signer.address}: name the right one"
        )
    return signer


def _remote(asked: RemoteSigner, address: str, material: Material) -> Signer:
    if asked.tls_secret_name is None:
        return Web3Signer(url=asked.url, address=address, tls=None)
    held = material.data.get(asked.tls_secret_name) or {}
    lacking = [key for key in ("tls.crt", "tls.key", "ca.crt") if not held.get(key)]
    if lacking:
        raise InvalidSecretError(
            f"Secret {asked.tls_secret_name} lacks {', '.join(lacking)}: add what mutual TLS needs"
        )
    context = client_context(
        certificate=held["tls.crt"], key=held["tls.key"], authority=held["ca.crt"]
    )
    return Web3Signer(url=asked.url, address=address, tls=context)
