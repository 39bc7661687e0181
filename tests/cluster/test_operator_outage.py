"""The API server goes away while people change things, and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.operators import CPU, Site
from tests.devcluster.cluster import Cluster
from tests.support.operator_process import OperatorProcess

pytestmark = pytest.mark.cluster

SERVER = "kube-apiserver"


@pytest.fixture
def site(own_cluster: Cluster, namespace: str, tmp_path: Path) -> Site:
    site = Site(own_cluster, namespace, tmp_path)
    site.install()
    site.apply()
    return site


@pytest.fixture
def operator(site: Site) -> Iterator[OperatorProcess]:
    with site.operator() as process:
        site.settle(process.leads())
        yield process


def test_a_restart_of_the_api_server_under_load_is_survived(
    site: Site, operator: OperatorProcess
) -> None:
    for maximum in range(5, 15):
        site.apply(pools=[{**CPU, "scale": {"min": 1, "max": maximum}}])
        if maximum == 10:
            site.cluster.signal(SERVER, 9)
            site.cluster.await_api()
    site.kubectl("delete", "service", "home-node")

    site.wait("service", "home-node", bool, timeout_seconds=120)
    site.wait(
        "orchestrator",
        "home",
        lambda found: found["status"]["observedGeneration"] == found["metadata"]["generation"],
        timeout_seconds=120,
    )
    assert operator.process.poll() is None


def test_a_long_outage_ends_leadership_and_a_successor_goes_on(
    site: Site, operator: OperatorProcess
) -> None:
    with site.cluster.outage(SERVER):
        assert operator.process.wait(timeout=120) == 1
    site.cluster.await_api()

    with site.operator() as successor:
        successor.leads()
        site.kubectl("delete", "service", "home-node")
        site.wait("service", "home-node", bool)
