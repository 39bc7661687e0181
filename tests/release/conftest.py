"""The cluster for the upgrade's test."""

from tests.devcluster.fixtures import cluster, own_cluster

__all__ = ["cluster", "own_cluster"]
