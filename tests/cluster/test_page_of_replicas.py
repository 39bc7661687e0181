"""The live page of two real pods: either shows what the leader knows, and takes its place."""

import asyncio
from typing import Any

import aiohttp
import pytest
from tests.chart.helms import HELMS
from tests.cluster.operators import orchestrator
from tests.cluster.releases import Release
from tests.cluster.viewers import viewer_token
from tests.demo.installation import Images
from tests.devcluster.cluster import Cluster
from tests.support.patience import until

pytestmark = pytest.mark.cluster

_PORT = 8090
_OPERATORS = "app.kubernetes.io/component=operator"


async def test_either_replica_shows_the_page_and_one_alone_goes_on(
    cluster: Cluster, restricted: str, images: Images
) -> None:
    release = Release.by(HELMS[-1], cluster, restricted, images)
    await asyncio.to_thread(_install, release)
    token = await asyncio.to_thread(viewer_token, cluster, restricted)
    addresses = _addresses(release)

    shown = {name: await _shown(cluster, at, token) for name, at in addresses.items()}
    refused = [await _asked(cluster, at, "") for at in addresses.values()]
    leader = _leader(release)
    cluster.kubectl("delete", "pod", leader, "--wait=false", namespace=restricted)
    await until(lambda: _leads_another(release, leader), f"somebody else than {leader} leads")
    [address] = [at for name, at in addresses.items() if name != leader]

    assert [*shown.values()] == [["home"], ["home"]]
    assert [status for status, _ in refused] == [401, 401]
    assert await _shown(cluster, address, token) == ["home"]


def _install(release: Release) -> None:
    release.install("replicas=2", "livePage.exposed=true", flags=("--wait",))
    release.cluster.apply(orchestrator("home"), namespace=release.namespace)
    release.cluster.wait_for("statefulset", "home-node", bool, namespace=release.namespace)


def _addresses(release: Release) -> dict[str, str]:
    found = release.cluster.kubectl_json(
        "get", "pods", "-l", _OPERATORS, namespace=release.namespace
    )
    return {pod["metadata"]["name"]: pod["status"]["podIP"] for pod in found["items"]}


async def _shown(cluster: Cluster, address: str, token: str) -> list[str]:
    """Ask a pod's page until it knows an Orchestrator; return the names that it shows."""
    names: list[str] = []

    async def shows() -> bool:
        _, fleet = await _asked(cluster, address, token)
        names[:] = [card["name"] for card in fleet.get("cards", ())]
        return bool(names)

    await until(shows, f"{address} shows an Orchestrator")
    return names


async def _asked(cluster: Cluster, address: str, token: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with cluster.relay(address, _PORT) as (host, port), aiohttp.ClientSession() as session:
        url = f"http://{host}:{port}/api/orchestrators"
        async with session.get(url, headers=headers) as answer:
            return answer.status, (await answer.json() if answer.ok else {})


def _leader(release: Release) -> str:
    """Return the leading pod's name, "" while none leads."""
    return release.leader().partition("_")[0]


async def _leads_another(release: Release, former: str) -> bool:
    return await asyncio.to_thread(_leader, release) not in {"", former}
