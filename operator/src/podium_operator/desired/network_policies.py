"""NetworkPolicies: who may speak to whom.

Gateways reach the nodes' one port; transcoders reach nodes and queue; the operator reaches the
queue; metrics are open to the cluster's pods; nothing of the data plane reaches anything else but
DNS. Where the queue is somebody else's, its ports are open to any address.
"""

__all__ = ["build"]

from collections.abc import Mapping
from typing import Final

from podium_operator.api import names
from podium_operator.api.names import Component, Ports
from podium_operator.api.pools import Pool
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.facts import OperatorPeer
from podium_operator.desired.objects import Object, child

_CLUSTER: Final[Object] = {"namespaceSelector": {}}
_DNS: Final[Object] = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}


def build(orchestrator: Orchestrator, *, operator: OperatorPeer | None) -> list[Object]:
    """One policy per workload."""
    return [
        *([_queue(orchestrator, operator)] if orchestrator.spec.queue.embedded_replicas else []),
        _node(orchestrator),
        *(_pool(orchestrator, pool) for pool in orchestrator.spec.pools),
    ]


def _queue(orchestrator: Orchestrator, operator: OperatorPeer | None) -> Object:
    own = _pods(orchestrator, Component.QUEUE)
    clients = [_pods(orchestrator, part) for part in (Component.NODE, Component.TRANSCODER)]
    if operator is not None:
        clients.append(_operator(operator))
    return _policy(
        orchestrator,
        Component.QUEUE,
        rules={
            "ingress": [
                {"from": clients, "ports": [_tcp(Ports.QUEUE_CLIENTS)]},
                {"from": [own], "ports": [_tcp(Ports.QUEUE_ROUTES)]},
                {"from": [_CLUSTER], "ports": [_tcp(Ports.QUEUE_MONITOR)]},
            ],
            "egress": [_DNS, {"to": [own], "ports": [_tcp(Ports.QUEUE_ROUTES)]}],
        },
    )


def _node(orchestrator: Orchestrator) -> Object:
    return _policy(
        orchestrator,
        Component.NODE,
        rules={
            "ingress": [
                {"ports": [_tcp(Ports.WIRE)]},
                {"from": [_CLUSTER], "ports": [_tcp(Ports.NODE_METRICS)]},
            ],
            "egress": [_DNS, _to_queue(orchestrator)],
        },
    )


def _pool(orchestrator: Orchestrator, pool: Pool) -> Object:
    nodes = {"to": [_pods(orchestrator, Component.NODE)], "ports": [_tcp(Ports.WIRE)]}
    return _policy(
        orchestrator,
        Component.TRANSCODER,
        pool=pool.name,
        rules={
            "ingress": [{"from": [_CLUSTER], "ports": [_tcp(Ports.TRANSCODER_METRICS)]}],
            "egress": [_DNS, nodes, _to_queue(orchestrator)],
        },
    )


def _to_queue(orchestrator: Orchestrator) -> Object:
    external = orchestrator.spec.queue.external
    if external is None:
        queue = _pods(orchestrator, Component.QUEUE)
        return {"to": [queue], "ports": [_tcp(Ports.QUEUE_CLIENTS)]}
    ports = sorted({int(server.rsplit(":", 1)[1]) for server in external.servers})
    return {"ports": [_tcp(port) for port in ports]}


def _policy(
    orchestrator: Orchestrator,
    component: Component,
    *,
    rules: dict[str, list[Object]],
    pool: str | None = None,
) -> Object:
    name = {
        Component.QUEUE: names.queue_name(orchestrator.name),
        Component.NODE: names.node_name(orchestrator.name),
        Component.TRANSCODER: names.pool_name(orchestrator.name, pool or ""),
    }[component]
    kind = ("networking.k8s.io/v1", "NetworkPolicy")
    return child(orchestrator, component, kind=kind, name=name, pool=pool) | {
        "spec": {
            "podSelector": {"matchLabels": names.selector(orchestrator.name, component, pool=pool)},
            "policyTypes": ["Ingress", "Egress"],
            **rules,
        }
    }


def _pods(orchestrator: Orchestrator, component: Component) -> Object:
    return {"podSelector": {"matchLabels": names.selector(orchestrator.name, component)}}


def _operator(operator: OperatorPeer) -> Object:
    labels: Mapping[str, str] = {"kubernetes.io/metadata.name": operator.namespace}
    return {
        "namespaceSelector": {"matchLabels": dict(labels)},
        "podSelector": {"matchLabels": dict(operator.pod_labels)},
    }


def _tcp(port: int) -> Object:
    return {"protocol": "TCP", "port": port}
