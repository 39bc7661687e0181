"""Fixtures of the tests that run on a real Kubernetes."""

from tests.devcluster.fixtures import cluster, namespace, own_cluster

__all__ = ["cluster", "namespace", "own_cluster"]
