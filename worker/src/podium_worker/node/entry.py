"""What the server process imports: `app`, an ASGI application that builds itself at start-up.

The parent process says which settings and certificate to use in one environment variable, and
speaks to us over one inherited socket: it writes `listening` once gateways get through, then
`drain` or `close`; we write `idle`.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from podium_worker.logs import set_up_logging
from podium_worker.node.app import serve
from podium_worker.node.asgi import Receive, Send
from podium_worker.node.parts import NodeParts, build_parts, run_parts
from podium_worker.node.tls import fingerprint
from podium_worker.probes import serving_probes
from podium_worker.settings import load_settings, part_id

__all__ = ["CONTROL_VARIABLE", "FOLDER_VARIABLE", "PROBES_VARIABLE", "NodeApplication", "app"]

_log = logging.getLogger(__name__)

FOLDER_VARIABLE = "PODIUM_NODE_FOLDER"
CONTROL_VARIABLE = "PODIUM_NODE_CONTROL"
PROBES_VARIABLE = "PODIUM_NODE_PROBES"


class NodeApplication:
    """The node behind one callable."""

    def __init__(self) -> None:
        self._parts: NodeParts | None = None
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or run the process's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and self._parts is not None:
            await serve(self._parts, scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._start()
        except Exception as error:  # noqa: BLE001 - the server must be told, whatever it was
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        # Nothing to stop: the parent drains before it ends the server, and this message may
        # come in another event loop than the first one.
        await send({"type": "lifespan.shutdown.complete"})

    def _start(self) -> None:
        folder = Path(os.environ[FOLDER_VARIABLE])
        settings = load_settings(folder / "settings.json")
        set_up_logging(settings.log)
        parts = build_parts(settings, part_id(), fingerprint(folder / "cert.pem"))
        self._parts = parts
        self._running = asyncio.create_task(_run_or_die(parts))


async def _run_or_die(parts: NodeParts) -> None:
    """End the process when what runs beside the requests fails: half a node helps nobody."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(run_parts(parts))
            group.create_task(_obey(parts, int(os.environ[CONTROL_VARIABLE])))
            group.create_task(_serve_probes(parts, int(os.environ[PROBES_VARIABLE])))
    except Exception:  # noqa: BLE001 - the last resort of the process
        _log.exception("the node failed")
        os._exit(70)


async def _serve_probes(parts: NodeParts, descriptor: int) -> None:
    def not_ready() -> str:
        if parts.state.is_draining:
            return "draining"
        return "" if parts.state.is_listening else "not listening yet"

    listener = socket.socket(fileno=descriptor)
    pages = {"/sessions": parts.render_sessions}
    async with serving_probes(
        listener, metrics=parts.render_metrics, not_ready=not_ready, pages=pages
    ):
        await asyncio.Event().wait()


async def _obey(parts: NodeParts, descriptor: int) -> None:
    """Do what the parent says, and tell it each time when the node has become idle."""
    control = socket.socket(fileno=descriptor)
    control.setblocking(False)  # noqa: FBT003 - the library's signature
    loop = asyncio.get_running_loop()
    telling: asyncio.Task[None] | None = None
    while words := (await loop.sock_recv(control, 64)).split():
        parts.state.is_listening = True
        if words == [b"listening"]:
            continue
        if telling is not None:
            telling.cancel()
        parts.state.is_draining = True
        parts.state.is_closed = b"close" in words
        parts.state.changed.set()
        _log.info("draining", extra={"sessions": len(parts.state.sessions)})
        telling = asyncio.create_task(_tell_idle(parts, control))


async def _tell_idle(parts: NodeParts, control: socket.socket) -> None:
    while not parts.is_idle:  # noqa: ASYNC110 - sessions end by the clock, not by an event
        await asyncio.sleep(0.05)
    if parts.state.is_closed:
        await parts.report(is_gone=True)
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().sock_sendall(control, b"idle\n")


app = NodeApplication()
