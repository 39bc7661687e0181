"""pytest fixtures of the cluster, for every folder of tests that needs one.

A `conftest.py` imports them by name. The first test to ask starts a cluster unless one is
running; the last test session to end stops it if tests started it, so that sessions may overlap.
"""

from collections.abc import Iterator

import pytest
from tests.devcluster.cluster import Cluster
from tests.devcluster.session import borrowed_cluster

__all__ = ["cluster", "namespace", "own_cluster"]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Ready cluster, shared by the whole session."""
    with borrowed_cluster() as found:
        yield found


@pytest.fixture(scope="session")
def own_cluster(cluster: Cluster) -> Cluster:
    """The same cluster, for tests that stop its programs; skipped on a foreign one."""
    if not cluster.is_own:
        pytest.skip("stops programs of the control plane: only on a cluster started here")
    return cluster


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A fresh namespace with its default ServiceAccount, deleted after the test."""
    with cluster.namespace() as name:
        yield name
