"""Where an orchestrator under test can be reached: on loopback, or inside a cluster."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.devcluster.cluster import Cluster
from tests.gateway.addresses import ConnectTo
from tests.gateway.gateway import Gateway
from tests.gateway.messages import Rendition

__all__ = ["LADDER", "Home", "Place", "orchestrator"]

LADDER = (
    Rendition("360p", 640, 360, 1_200_000, fps=25),
    Rendition("240p", 426, 240, 600_000, fps=25),
)
WIRE_PORT = 8935
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Place:
    """An orchestrator's address; `names` are the cluster's names that need a way in."""

    address: str
    names: tuple[str, ...] = ()
    cluster: Cluster | None = None

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[Gateway]:
        """Give a gateway that knows this orchestrator and no other."""
        async with AsyncExitStack() as stack:
            ways = {}
            for name in self.names:
                assert self.cluster is not None
                relay = self.cluster.relay(name, WIRE_PORT)
                host, port = await stack.enter_async_context(relay)
                ways[f"{name}:{WIRE_PORT}"] = f"{host}:{port}"
            yield await stack.enter_async_context(Gateway([self.address], ConnectTo(ways)))


@dataclass(frozen=True, slots=True)
class Home:
    """An Orchestrator on a cluster, by its names."""

    cluster: Cluster
    namespace: str
    name: str = "home"
    pool: str = "cpu"
    nodes: int = 1
    place: Place = field(init=False)

    def __post_init__(self) -> None:
        replicas = (f"{self.name}-node-{ordinal}" for ordinal in range(self.nodes))
        services = (self.name, *replicas)
        names = tuple(f"{service}.{self.namespace}.svc" for service in services)
        place = Place(f"https://{names[0]}:{WIRE_PORT}", names, self.cluster)
        object.__setattr__(self, "place", place)

    @property
    def deployment(self) -> str:
        """The name of the pool's Deployment."""
        return f"{self.name}-pool-{self.pool}"

    def pods(self, component: str) -> list[str]:
        """Return the names of a component's pods that are not leaving."""
        selector = f"app.kubernetes.io/instance={self.name},app.kubernetes.io/component={component}"
        found = self.cluster.kubectl_json("get", "pods", "-l", selector, namespace=self.namespace)
        return [
            pod["metadata"]["name"]
            for pod in found["items"]
            if "deletionTimestamp" not in pod["metadata"]
        ]

    def kill(self, pod: str) -> None:
        """Kill every process of a pod by SIGKILL; on a foreign cluster, delete it by force."""
        self.aim(pod)()

    def aim(self, pod: str) -> Callable[[], None]:
        """Find out where a pod's processes are listed; returns what kills them, at once."""
        if not self.cluster.is_own:
            return lambda: self.remove(pod)
        found = self.cluster.get("pod", pod, namespace=self.namespace)
        assert found is not None
        listings = [*_CGROUPS.glob(f"**/pod{found['metadata']['uid']}/**/cgroup.procs")]
        assert listings, f"no process of {pod} is listed"
        return lambda: _kill_all(listings)

    def await_end(self, pod: str) -> None:
        """Wait until the pod's first life has ended: it is gone, or its container restarted."""
        self.cluster.wait_for("pod", pod, _has_died, namespace=self.namespace)

    def await_room(self, sessions: int) -> None:
        """Wait until so many further sessions could be served, as the Orchestrator tells."""

        def has_room(found: dict[str, Any] | None) -> bool:
            status = (found or {}).get("status", {})
            free = int(status.get("maxSessions", 0)) - int(status.get("sessions", 0))
            return free >= sessions

        self.cluster.wait_for(
            "orchestrator", self.name, has_room, namespace=self.namespace, timeout_seconds=180
        )

    def remove(self, pod: str) -> None:
        """Delete a pod by force: another takes its place, with another address."""
        flags = ("--force", "--grace-period=0", "--wait=false")
        self.cluster.kubectl("delete", "pod", pod, *flags, namespace=self.namespace)

    def desired_pods(self) -> int:
        """Return how many transcoders are wanted now."""
        found = self.cluster.get("deployment", self.deployment, namespace=self.namespace)
        assert found is not None
        return int(found["spec"]["replicas"])


def _kill_all(listings: Sequence[Path]) -> None:
    # All of them are found before the first is killed: its folders go with it.
    pids = {int(pid) for listing in listings for pid in listing.read_text().split()}
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _has_died(pod: dict[str, Any] | None) -> bool:
    if pod is None:
        return True
    statuses = pod.get("status", {}).get("containerStatuses", [])
    return any(status["restartCount"] > 0 for status in statuses)


def orchestrator(
    home: Home, *, least: int, most: int, in_window_seconds: int, cpu: str = "400m"
) -> dict[str, Any]:
    """Return the manifest of a small Orchestrator; `cpu` is a transcoder's limit."""
    return {
        "apiVersion": "podium.video/v1alpha1",
        "kind": "Orchestrator",
        "metadata": {"name": home.name, "namespace": home.namespace},
        "spec": {
            "node": {"replicas": home.nodes, "resources": {"requests": {"cpu": "50m"}}},
            "queue": {"embedded": {"resources": {"requests": {"cpu": "20m"}}}},
            "pools": [
                {
                    "name": home.pool,
                    "hardware": {"type": "cpu"},
                    "scale": {"min": least, "max": most, "inWindowSeconds": in_window_seconds},
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "192Mi"},
                        "limits": {"cpu": cpu, "memory": "768Mi"},
                    },
                }
            ],
        },
    }
