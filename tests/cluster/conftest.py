"""Fixtures of the tests that run on a real Kubernetes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.operators import Site, define
from tests.demo.installation import Images
from tests.demo.preparation import foreign_images, load_into
from tests.devcluster.cluster import Cluster
from tests.devcluster.fixtures import cluster, namespace, own_cluster
from tests.devcluster.images import build

__all__ = ["cluster", "everywhere", "images", "namespace", "own_cluster", "restricted"]


@pytest.fixture
def everywhere(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Site]:
    """The rights of a cluster-wide installation, after the leavings of earlier tests are gone.

    Where a namespace is on its way out the API server forbids what the rights allow.
    """
    define(cluster)
    gone = ("--for=delete", "orchestrators.podium.video", "--all", "-A", "--timeout=180s")
    cluster.kubectl("wait", *gone, timeout_seconds=190)
    site = Site(cluster, namespace, tmp_path)
    site.install(mode="cluster")
    yield site
    site.remove()


@pytest.fixture(scope="module")
def images(cluster: Cluster) -> Images:
    """The two images, built from the checkout and known to the cluster."""
    if given := foreign_images(os.environ):
        return given
    built = {image.name.rpartition("-")[2]: image for image in build()}
    load_into(cluster, [*built.values()], report=print)
    return Images(built["operator"].reference, built["worker"].reference, pull_policy="Never")


@pytest.fixture
def restricted(cluster: Cluster, namespace: str) -> str:
    """A namespace that takes no pod with any privilege."""
    define(cluster)
    level = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", namespace, level)
    return namespace
