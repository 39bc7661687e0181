"""Load, and nothing else, makes transcoders come and go."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.demo.installation import orchestrator_ready
from tests.devcluster.cluster import Cluster
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import streaming

pytestmark = pytest.mark.cluster

_IN_WINDOW_SECONDS = 5


@pytest.fixture
def elastic(installed_cluster: Cluster) -> Iterator[Home]:
    with installed_cluster.namespace("elastic") as namespace:
        made = Home(installed_cluster, namespace)
        manifest = orchestrator(made, least=1, most=2, in_window_seconds=_IN_WINDOW_SECONDS)
        installed_cluster.apply(manifest)
        orchestrator_ready(installed_cluster, made.name, namespace=namespace)
        yield made


async def test_streams_bring_a_second_pod_and_their_end_takes_it_away(elastic: Home) -> None:
    # How much of a pod the lighter stream takes is this machine's to say: it only has to fit.
    light, heavy = (320, 180), (854, 480)
    async with (
        elastic.place.gateway() as gateway,
        streaming(gateway, streams=1, ladder=LADDER[1:], size=light) as first,
    ):
        await first.more(3, within_seconds=60)
        await asyncio.to_thread(_await_pods, elastic, 1)

        async with streaming(gateway, streams=2, ladder=LADDER, size=heavy) as others:
            await asyncio.to_thread(_await_pods, elastic, 2)
            await others.more(2, within_seconds=60)
        await asyncio.to_thread(_await_pods, elastic, 1)

    assert first.lost() == []


def _await_pods(home: Home, count: int) -> None:
    home.cluster.wait_for(
        "deployment",
        home.deployment,
        lambda found: (
            found is not None
            and found["spec"]["replicas"] == count
            and found.get("status", {}).get("readyReplicas", 0) == count
        ),
        namespace=home.namespace,
        timeout_seconds=90,
    )
