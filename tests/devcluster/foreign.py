"""A cluster given by KUBECONFIG, as a `Machine`: everything goes through kubectl.

Its programs are not ours to stop, and images reach it through a registry.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.devcluster.errors import ClusterError, NotOursError
from tests.devcluster.kubectl import Kubectl, Object

__all__ = ["ForeignMachine", "forward_target"]

_FORWARD_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class ForeignMachine:
    """A cluster that somebody else runs."""

    tool: Kubectl

    is_own = False

    @property
    def inner_kubeconfig(self) -> Path:
        return self.tool.kubeconfig

    @property
    def volumes(self) -> Path:
        raise NotOursError("a foreign cluster has volumes of its own: use its storage class")

    def enter_command(self, argv: Sequence[str]) -> list[str]:
        return list(argv)

    @asynccontextmanager
    async def relay(self, address: str, port: int) -> AsyncIterator[tuple[str, int]]:
        objects = self.tool.json("get", "services,pods", "--all-namespaces")["items"]
        namespace, target = forward_target(address, objects)
        command = self.tool.command("port-forward", target, f":{port}", namespace=namespace)
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        try:
            yield "127.0.0.1", await _forwarded_port(process, target)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

    def load_images(self, archives: Iterable[Path]) -> None:
        names = ", ".join(archive.name for archive in archives)
        raise NotOursError(f"cannot load {names}: push to IMAGE_REPOSITORY for this cluster")

    def signal(self, program: str, number: int) -> None:
        raise NotOursError(f"{program} of a foreign cluster gets no signal {number} from here")

    def stop(self, program: str) -> None:
        raise NotOursError(f"{program} of a foreign cluster is not stopped from here")

    def start(self, program: str) -> None:
        raise NotOursError(f"{program} of a foreign cluster is not started from here")

    def programs(self) -> dict[str, Any]:
        raise NotOursError("a foreign cluster does not show its programs")

    def program_log(self, program: str) -> str:
        raise NotOursError(f"the log of {program} stays on the foreign cluster")


def forward_target(address: str, objects: Iterable[Object]) -> tuple[str, str]:
    """Find which Service or pod an address or a cluster DNS name means: namespace and target.

    Names are `service.namespace.svc` or `pod.service.namespace.svc`, with or without a domain.
    """
    before, dot, _ = f"{address}.".partition(".svc.")
    parts = before.split(".")
    if dot and len(parts) == 2:
        return parts[1], f"service/{parts[0]}"
    if dot and len(parts) == 3:
        return parts[2], f"pod/{parts[0]}"
    for item in objects:
        if address in (item["spec"].get("clusterIP"), item.get("status", {}).get("podIP")):
            metadata = item["metadata"]
            return metadata["namespace"], f"{item['kind'].lower()}/{metadata['name']}"
    raise ClusterError(f"no Service or pod has {address!r}: give an IP, or NAME.NAMESPACE.svc")


async def _forwarded_port(process: asyncio.subprocess.Process, target: str) -> int:
    """Read `Forwarding from 127.0.0.1:PORT -> …`, which kubectl prints when it listens."""
    assert process.stdout is not None
    async with asyncio.timeout(_FORWARD_SECONDS):
        async for line in process.stdout:
            words = os.fsdecode(line).split()
            if words[:2] == ["Forwarding", "from"] and words[2].startswith("127.0.0.1:"):
                return int(words[2].rpartition(":")[2])
    raise ClusterError(f"kubectl could not forward to {target}")
