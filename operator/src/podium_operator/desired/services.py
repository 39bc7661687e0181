"""Services: a stable address for each node, one for all, and the names pods find each other by."""

__all__ = ["build"]

from collections.abc import Mapping
from typing import Final

from podium_operator.api import names
from podium_operator.api.names import Component, Ports
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.objects import Object, child

_KIND: Final = ("v1", "Service")


def build(orchestrator: Orchestrator) -> list[Object]:
    """The queue's Service, the nodes' headless one, one per replica, and the one over all."""
    return [
        *([_queue(orchestrator)] if orchestrator.spec.queue.embedded_replicas else []),
        _nodes_headless(orchestrator),
        *(_replica(orchestrator, i) for i in range(orchestrator.spec.node.replicas)),
        _discovery(orchestrator),
    ]


def _queue(orchestrator: Orchestrator) -> Object:
    ports = {"clients": Ports.QUEUE_CLIENTS, "monitor": Ports.QUEUE_MONITOR}
    if orchestrator.spec.queue.embedded_replicas > 1:
        ports["routes"] = Ports.QUEUE_ROUTES
    return _headless(orchestrator, Component.QUEUE, names.queue_name(orchestrator.name), ports)


def _nodes_headless(orchestrator: Orchestrator) -> Object:
    ports = {"wire": Ports.WIRE, "metrics": Ports.NODE_METRICS}
    return _headless(orchestrator, Component.NODE, names.node_name(orchestrator.name), ports)


def _headless(
    orchestrator: Orchestrator, component: Component, name: str, ports: Mapping[str, int]
) -> Object:
    """Names of single pods, ready or not.

    Servers must meet to become ready, and a draining node is still asked for its sources.
    """
    return child(orchestrator, component, kind=_KIND, name=name) | {
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": names.selector(orchestrator.name, component),
            "ports": _ports(ports),
        }
    }


def _replica(orchestrator: Orchestrator, ordinal: int) -> Object:
    """One node's own address; a gateway goes on fetching from a node that drains."""
    name = names.node_replica_name(orchestrator.name, ordinal)
    selector = {
        **names.selector(orchestrator.name, Component.NODE),
        "statefulset.kubernetes.io/pod-name": name,
    }
    return _exposed(orchestrator, name, selector, publish_not_ready=True)


def _discovery(orchestrator: Orchestrator) -> Object:
    selector = names.selector(orchestrator.name, Component.NODE)
    return _exposed(orchestrator, orchestrator.name, selector, publish_not_ready=False)


def _exposed(
    orchestrator: Orchestrator, name: str, selector: Mapping[str, str], *, publish_not_ready: bool
) -> Object:
    service = orchestrator.spec.node.service
    head = child(orchestrator, Component.NODE, kind=_KIND, name=name)
    if service.annotations:
        head["metadata"]["annotations"] = dict(service.annotations)
    return head | {
        "spec": {
            "type": service.type,
            "publishNotReadyAddresses": publish_not_ready,
            "selector": dict(selector),
            "ports": _ports({"wire": Ports.WIRE}),
        }
    }


def _ports(ports: Mapping[str, int]) -> list[Object]:
    return [
        {"name": name, "port": port, "targetPort": name, "protocol": "TCP"}
        for name, port in ports.items()
    ]
