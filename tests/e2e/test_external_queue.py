"""A queue that somebody else runs is as good as one of the Orchestrator's own."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.demo.installation import orchestrator_ready
from tests.devcluster.cluster import Cluster
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import streaming

pytestmark = pytest.mark.cluster


@pytest.fixture
def guest(installed_cluster: Cluster) -> Iterator[Home]:
    """An Orchestrator whose jobs wait in the secured queue of another one."""
    with installed_cluster.namespace("external") as namespace:
        host, guest = Home(installed_cluster, namespace, "host"), Home(installed_cluster, namespace)
        installed_cluster.apply(orchestrator(host, least=0, most=1, in_window_seconds=0))
        installed_cluster.apply(_open_to_all(namespace))
        orchestrator_ready(installed_cluster, host.name, namespace=namespace)
        manifest = orchestrator(guest, least=1, most=1, in_window_seconds=0)
        manifest["spec"]["queue"] = {
            "external": {
                "servers": [f"tls://{host.name}-queue.{namespace}.svc:4222"],
                "secretName": f"{host.name}-queue",
                "prefix": "guest",
            }
        }
        installed_cluster.apply(manifest)
        orchestrator_ready(installed_cluster, guest.name, namespace=namespace)
        yield guest


async def test_jobs_travel_through_a_queue_of_somebody_else(guest: Home) -> None:
    async with (
        guest.place.gateway() as gateway,
        streaming(gateway, streams=1, ladder=LADDER) as seen,
    ):
        await seen.more(4, within_seconds=120)

    assert seen.lost() == []
    assert guest.pods("queue") == []


def _open_to_all(namespace: str) -> dict[str, Any]:
    """The host's queue lets only its own parts in; the provider of a shared one opens it."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "open-queue", "namespace": namespace},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/component": "queue"}},
            "ingress": [{}],
        },
    }
