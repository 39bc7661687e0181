"""What can go wrong with the cluster on this machine, as one tree.

Every message says in one line what is wrong and what to do about it.
"""

__all__ = ["ClusterError", "KubectlError", "NotOursError", "WaitError"]


class ClusterError(Exception):
    """The cluster cannot be started, reached or ended."""


class KubectlError(ClusterError):
    """A kubectl command failed; the message carries what it printed."""


class WaitError(ClusterError):
    """A condition did not come true in its time; the message carries the last object seen."""


class NotOursError(ClusterError):
    """Only the cluster started here can do this, not one given by KUBECONFIG."""
