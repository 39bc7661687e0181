"""People who may look at Orchestrators and do nothing else."""

from tests.devcluster.cluster import Cluster

__all__ = ["viewer_token"]

_RIGHTS = ("--verb=list", "--resource=orchestrators.podium.video")


def viewer_token(cluster: Cluster, namespace: str) -> str:
    """Make an account that may list a namespace's Orchestrators, and return a token of it."""
    cluster.kubectl("create", "serviceaccount", "viewer", namespace=namespace)
    cluster.kubectl("create", "role", "viewer", *_RIGHTS, namespace=namespace)
    account = f"--serviceaccount={namespace}:viewer"
    cluster.kubectl(
        "create", "rolebinding", "viewer", "--role=viewer", account, namespace=namespace
    )
    return cluster.token("viewer", namespace=namespace)
