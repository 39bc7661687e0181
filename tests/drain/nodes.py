"""Nodes of one Orchestrator side by side, which leave and come back while streams go on."""

import asyncio
import random
import re
import secrets
import signal
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field

import httpx
from tests.e2e.dataplane.plane import DataPlane
from tests.support.patience import until
from tests.support.ports import free_port

__all__ = ["Nodes"]

_HOST = "127.0.0.1"
_DRAIN_SECONDS = 30
_TRIES = 50


@dataclass(slots=True)
class Nodes:
    """Two nodes on a data plane; their ports differ in one figure, as addresses in a cluster do."""

    plane: DataPlane
    number: int = field(default_factory=lambda: _free_number(_TRIES))
    metrics_ports: dict[int, int] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        """Where gateways find them."""
        return [f"https://{_HOST}:{_port(ordinal, self.number)}" for ordinal in (0, 1)]

    async def start(self, ordinal: int) -> None:
        """Start one, and wait until it is ready and counts on transcoders that are there."""
        secret = self.plane.folder / "auth-secret"
        if not secret.exists():
            secret.write_bytes(secrets.token_bytes(32))
        address = f"https://{_HOST}:{_port('{ordinal}', self.number)}"
        port = self.metrics_ports[ordinal] = free_port()
        node = {
            "listen": f"{_HOST}:{_port(ordinal, self.number)}",
            "advertisedAddress": address,
            "jobsAddress": address,
            "metricsListen": f"{_HOST}:{port}",
            "authSecretFile": str(secret),
            "drainSeconds": _DRAIN_SECONDS,
        }
        await self.plane._start(f"node-{ordinal}", {"node": node})

        async def is_ready() -> bool:
            return await self._get(ordinal, "/readyz") == "ok\n"

        await until(is_ready, f"node-{ordinal} is ready")

    async def leave(self, ordinal: int) -> int:
        """Tell one to stop, and wait for its end; returns its status."""
        return await self.plane.stop(f"node-{ordinal}", signal.SIGTERM)

    async def metric(self, name: str, ordinal: int) -> float:
        """Return the sum of a metric's series; 0 while the node does not run."""
        text = await self._get(ordinal, "/metrics")
        found = re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

    async def total(self, name: str) -> float:
        """Return a metric's sum over all nodes that run."""
        return sum(await asyncio.gather(*(self.metric(name, one) for one in self.metrics_ports)))

    async def _get(self, ordinal: int, path: str) -> str:
        async with httpx.AsyncClient(timeout=60, verify=False) as client:  # noqa: S501 - no TLS
            try:
                url = f"http://{_HOST}:{self.metrics_ports[ordinal]}{path}"
                return (await client.get(url)).text
            except httpx.TransportError:
                return ""


def _port(ordinal: int | str, number: int) -> str:
    return f"2{ordinal}{number:03d}"


def _free_number(tries: int) -> int:
    """Return a number whose ports nobody uses now."""
    for _ in range(tries):
        number = random.randrange(1000)
        with ExitStack() as stack:
            try:
                for ordinal in (0, 1):
                    probe = stack.enter_context(socket.socket())
                    probe.bind((_HOST, int(_port(ordinal, number))))
            except OSError:
                continue
            return number
    raise AssertionError(f"no two free ports of a kind in {tries} tries")
