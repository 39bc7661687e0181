"""The server in front of the node's Python: Envoy's configuration and its admin interface.

pyvoy runs the ASGI application inside a stock Envoy. Its own launcher puts the configuration on
the command line and cannot bound clients, so we take its configuration, change what a node
needs, and start Envoy ourselves.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from pyvoy import PyvoyServer

__all__ = ["admin_request", "build_config", "listening_port", "short_enough"]

_MAX_STREAM_SECONDS = 1300
_WINDOW_BYTES = 4 * 1024 * 1024
_MOST_PATH_BYTES = 60  # of 107 that a socket's path may have; our folder's name and its own follow
_SHORT_FOLDER = "/tmp"  # noqa: S108 - a folder of our own is made in it


def build_config(folder: Path, listen: tuple[str, int]) -> dict[str, Any]:
    """Return Envoy's configuration: one TLS listener, whose Python runs in one event loop.

    A second listener would load the application a second time, in a loop of its own.
    """
    server = PyvoyServer(
        "podium_worker.node.entry:app",
        address=listen[0],
        port=listen[1],
        tls_cert=folder / "cert.pem",
        tls_key=folder / "key.pem",
        tls_enable_http3=False,
        lifespan=True,
    )
    config: dict[str, Any] = server.get_envoy_config()
    (listener,) = config["static_resources"]["listeners"]
    _bound(listener["filter_chains"][0]["filters"][-1]["typed_config"])
    config["admin"] = {"address": {"pipe": {"path": str(folder / "admin.sock"), "mode": 0o600}}}
    return config


def short_enough(folder: str) -> str:
    """Return the folder for temporary files, or one in which a socket's path is not too long."""
    return folder if len(os.fsencode(folder)) <= _MOST_PATH_BYTES else _SHORT_FOLDER


def _bound(http: dict[str, Any]) -> None:
    """Bound what one client can hold; bodies are bounded in the application."""
    http["request_headers_timeout"] = "10s"
    http["stream_idle_timeout"] = f"{_MAX_STREAM_SECONDS}s"
    http["common_http_protocol_options"] = {"idle_timeout": "600s", "max_headers_count": 100}
    http["http2_protocol_options"] = {
        "max_concurrent_streams": 250,
        "initial_stream_window_size": _WINDOW_BYTES,
        "initial_connection_window_size": 4 * _WINDOW_BYTES,
    }


async def admin_request(folder: Path, method: str, path: str) -> str:
    """Ask Envoy's admin socket; returns the body. `OSError` when it is not there."""
    reader, writer = await asyncio.open_unix_connection(str(folder / "admin.sock"))
    try:
        head = f"{method} {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        async with asyncio.timeout(5):
            answer = await reader.read()
    finally:
        writer.close()
    return _body(answer)


def _body(answer: bytes) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return body.decode()
    pieces: list[bytes] = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        pieces.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(pieces).decode()


async def listening_port(folder: Path) -> int:
    """Return the port once it listens; `KeyError` or `ValueError` before."""
    statuses = json.loads(await admin_request(folder, "GET", "/listeners?format=json"))
    (status,) = statuses["listener_statuses"]
    return int(status["local_address"]["socket_address"]["port_value"])
