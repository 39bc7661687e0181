"""A real Kubernetes on one Linux machine, in namespaces of its own, for the demo and the tests.

`python -m tests.devcluster up` starts it, `connect()` finds it (or the cluster of `KUBECONFIG`).
Product code never imports this package and never knows that it is there.
"""

from tests.devcluster.cluster import Cluster, connect
from tests.devcluster.errors import ClusterError, KubectlError, NotOursError, WaitError

__all__ = ["Cluster", "ClusterError", "KubectlError", "NotOursError", "WaitError", "connect"]
