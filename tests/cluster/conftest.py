"""Fixtures of the tests that run on a real Kubernetes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.operators import Site, define
from tests.devcluster.cluster import Cluster
from tests.devcluster.fixtures import cluster, namespace, own_cluster

__all__ = ["cluster", "everywhere", "namespace", "own_cluster"]


@pytest.fixture
def everywhere(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Site]:
    """The rights of a cluster-wide installation, after the leavings of earlier tests are gone.

    Where a namespace is on its way out the API server forbids what the rights allow.
    """
    define(cluster)
    cluster.kubectl("wait", "--for=delete", "orchestrators.podium.video", "--all", "-A")
    site = Site(cluster, namespace, tmp_path)
    site.install(mode="cluster")
    yield site
    site.remove()
