"""PodDisruptionBudgets: a drain of machines takes one server at a time and a tenth of a pool.

A budget of none would hang every node drain, so even a part with one replica may be moved: the
queue and the nodes are made to bear that without losing a segment.
"""

__all__ = ["build"]

from podium_operator.api import names
from podium_operator.api.names import Component
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.objects import Object, child


def build(orchestrator: Orchestrator) -> list[Object]:
    """One budget per workload."""
    name = orchestrator.name
    queue = [_budget(orchestrator, Component.QUEUE, names.queue_name(name), most=1)]
    return [
        *(queue if orchestrator.spec.queue.embedded_replicas else []),
        _budget(orchestrator, Component.NODE, names.node_name(name), most=1),
        *(
            _budget(
                orchestrator,
                Component.TRANSCODER,
                names.pool_name(name, pool.name),
                most="10%",
                pool=pool.name,
            )
            for pool in orchestrator.spec.pools
        ),
    ]


def _budget(
    orchestrator: Orchestrator,
    component: Component,
    name: str,
    *,
    most: int | str,
    pool: str | None = None,
) -> Object:
    kind = ("policy/v1", "PodDisruptionBudget")
    return child(orchestrator, component, kind=kind, name=name, pool=pool) | {
        "spec": {
            "maxUnavailable": most,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": names.selector(orchestrator.name, component, pool=pool)},
        }
    }
