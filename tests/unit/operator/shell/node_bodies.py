"""Nodes of a cluster, as the API server shows them."""

from typing import Any

__all__ = ["PREEMPTED", "READY", "node"]

READY = {"type": "Ready", "status": "True"}
PREEMPTED = {"type": "PreemptScheduled", "status": "True"}


def node(
    *conditions: dict[str, str],
    taints: tuple[dict[str, str], ...] = (),
    name: str = "m1",
    **spec: Any,
) -> dict[str, Any]:
    """Return a Node, Ready unless conditions are named."""
    return {
        "kind": "Node",
        "metadata": {"name": name},
        "spec": {"taints": list(taints), **spec},
        "status": {"conditions": list(conditions or (READY,))},
    }
