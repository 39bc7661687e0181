"""The cluster for the pages' commands."""

from tests.devcluster.fixtures import cluster, own_cluster

__all__ = ["cluster", "own_cluster"]
