"""Three queue servers on 127.0.0.1 that know each other, as an Orchestrator's own queue of three.

Their clients are told all three addresses. Tests kill and restart them one by one.
"""

import asyncio
import secrets
import shutil
import sys
from typing import Any, Final

import httpx
from tests.e2e.dataplane.plane import DataPlane
from tests.support.patience import until
from tests.support.ports import free_ports

from podium_worker.processes import start_process

__all__ = ["Servers"]

_HOST: Final = "127.0.0.1"
_COUNT: Final = 3


class Servers:
    """The servers of a data plane, among its processes by name; each start begins empty."""

    def __init__(self, plane: DataPlane) -> None:
        self.names = [f"queue-{ordinal}" for ordinal in range(_COUNT)]
        self._plane = plane
        ports = free_ports(3 * _COUNT)
        self._clients = dict(zip(self.names, ports[:_COUNT], strict=True))
        self._routes = dict(zip(self.names, ports[_COUNT : 2 * _COUNT], strict=True))
        self._monitors = dict(zip(self.names, ports[2 * _COUNT :], strict=True))
        plane.queue_settings = {
            "servers": [f"nats://{_HOST}:{port}" for port in self._clients.values()],
            "replicas": _COUNT,
        }

    async def start(self) -> None:
        """Start those that do not run, and wait until all are in step."""
        for name in self.names:
            process = self._plane.processes.get(name)
            if process is None or process.returncode is not None:
                self._plane.processes[name] = await start_process(self._command(name))
        await until(self._are_in_step, "all servers are in step")

    async def leader(self) -> str:
        """Return the server that leads the others: it alone can make streams."""
        found: list[str] = []

        async def find() -> bool:
            for name in self.names:
                cluster = (await self._ask(name, "/jsz")).get("meta_cluster", {})
                found[:] = [cluster["leader"]] if cluster.get("leader") else []
                if found:
                    return True
            return False

        await until(find, "the servers have a leader")
        return found[0]

    async def server_of(self, client: str) -> str:
        """Return the server that a part is connected to."""
        found: list[str] = []

        async def find() -> bool:
            for name in self.names:
                connections = (await self._ask(name, "/connz")).get("connections", [])
                found.extend(name for one in connections if one.get("name") == client)
            return bool(found)

        await until(find, f"{client} is connected")
        return found[0]

    async def until_each_holds_one(self) -> None:
        """Wait until each server holds one stream, which it tells some time after it is made."""

        async def is_so() -> bool:
            return [await self._streams(name) for name in self.names] == [1] * _COUNT

        await until(is_so, "each server holds one stream")

    async def _streams(self, name: str) -> int:
        accounts = (await self._ask(name, "/jsz?streams=true")).get("account_details", [])
        return sum(len(each.get("stream_detail", [])) for each in accounts)

    def _command(self, name: str) -> list[str]:
        program = shutil.which("nats-server", path=str(sys.prefix) + "/bin")
        assert program is not None
        routes = ",".join(f"nats://{_HOST}:{port}" for port in self._routes.values())
        return [
            program,
            *("--addr", _HOST, "--port", str(self._clients[name])),
            *("--http_port", str(self._monitors[name]), "--name", name),
            *(
                "--jetstream",
                "--store_dir",
                str(self._plane.folder / f"{name}-{secrets.token_hex(4)}"),
            ),
            *("--cluster_name", "three", "--routes", routes),
            *("--cluster", f"nats://{_HOST}:{self._routes[name]}"),
            *("--log", str(self._plane.folder / f"{name}.log")),
        ]

    async def _are_in_step(self) -> bool:
        said = await asyncio.gather(*(self._ask(name, "/healthz") for name in self.names))
        return all(one.get("status") == "ok" for one in said)

    async def _ask(self, name: str, path: str) -> dict[str, Any]:
        """Return what a server says of itself; nothing where it is not there."""
        # Without TLS there is no trust store to read, which takes longer than the answer.
        async with httpx.AsyncClient(timeout=60, verify=False) as client:  # noqa: S501
            try:
                answer = await client.get(f"http://{_HOST}:{self._monitors[name]}{path}")
            except httpx.TransportError:
                return {}
            found: dict[str, Any] = answer.json()
            return found
