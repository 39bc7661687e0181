"""Podium without Kubernetes: real queue, node and transcoder, and a real keeper that hears them.

Only the API server is one in memory, so there are no pods; everything that is measured comes over
the wires it comes over in a cluster. A Prometheus of its own looks at all of it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.dataplane.plane import DataPlane
from tests.support.fake_kube import FakeKube
from tests.support.ports import free_port
from tests.watch.server import PrometheusServer, serving_here

from podium_operator.api import names
from podium_operator.desired.facts import ImageDefaults
from podium_operator.events import Recorder
from podium_operator.health import Health, serve
from podium_operator.keeper import Keeper
from podium_operator.kube.kinds import ORCHESTRATOR
from podium_operator.metrics import Metrics
from podium_operator.reachability import Probing
from podium_operator.surroundings import Surroundings

__all__ = ["Local", "local"]

_PROBE_SECONDS = 2.0
_OWNER = {"namespace": "media", "name": "home"}


@dataclass(frozen=True, slots=True)
class Local:
    """The parts, and who looks at them."""

    plane: DataPlane
    metrics: Metrics
    server: PrometheusServer


@asynccontextmanager
async def local(folder: Path, rules: dict[str, Any]) -> AsyncIterator[Local]:
    """Start everything and wait until the node knows its transcoder."""
    plane, metrics, port = DataPlane(folder), Metrics(), asyncio.Future[int]()
    try:
        await plane.start()
        async with asyncio.TaskGroup() as group:
            keeper = await _keeper(plane, metrics)
            tasks = [group.create_task(keeper.run()), group.create_task(_serve(metrics, port))]
            found = _targets(plane, await port)
            async with serving_here(found, rules, port=free_port()) as server:
                yield Local(plane, metrics, server)
            for task in tasks:
                task.cancel()
    finally:
        await plane.end()


async def _keeper(plane: DataPlane, metrics: Metrics) -> Keeper:
    kube = FakeKube()
    await kube.create(
        {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": dict(_OWNER),
            "spec": _spec(plane),
        }
    )
    body = await kube.get(ORCHESTRATOR, _OWNER["namespace"], _OWNER["name"])
    return Keeper(
        body,
        Surroundings(
            kube=kube,
            recorder=Recorder(kube, "local"),
            metrics=metrics,
            image=ImageDefaults("example/worker:1"),
            probing=Probing(_PROBE_SECONDS),
        ),
    )


def _spec(plane: DataPlane) -> dict[str, Any]:
    server = f"nats://127.0.0.1:{plane.queue_port}"
    scale = {"min": 1, "max": 2, "costUsdPerHour": "0.10"}
    return {
        "queue": {"external": {"servers": [server], "prefix": "podium"}},
        "node": {"advertisedAddress": plane.address},
        "pools": [{"name": "cpu", "hardware": {"type": "cpu"}, "scale": scale}],
    }


async def _serve(metrics: Metrics, port: asyncio.Future[int]) -> None:
    metrics.leader.set(1)
    await serve(Health(), metrics, host="127.0.0.1", port=0, bound=port.set_result)


def _targets(plane: DataPlane, operator_port: int) -> tuple[list[Any], list[Any]]:
    operator = {"targets": [f"127.0.0.1:{operator_port}"], "labels": {"component": "operator"}}
    parts = [
        {
            "targets": [f"127.0.0.1:{port}"],
            "labels": {**_OWNER, "component": component, "pod": pod, "pool": pool},
        }
        for pod, component, pool, port in (
            ("node", "node", "", plane.node_metrics_port),
            ("transcoder", "transcoder", "cpu", plane.transcoder_ports["transcoder"]),
        )
    ]
    return [operator], parts
