"""ConfigMaps: podium.yaml for nodes and pools, nats.conf for the embedded queue."""

__all__ = ["build"]

from typing import Final

from podium_operator.api import names
from podium_operator.api.pools import Pool
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.objects import Object, child
from podium_operator.desired.queue_config import nats_conf
from podium_operator.desired.worker_config import node_config, transcoder_config
from podium_operator.yaml_text import to_yaml

_KIND: Final = ("v1", "ConfigMap")


def build(orchestrator: Orchestrator) -> list[Object]:
    """The ConfigMaps of queue, node and every pool."""
    return [
        *([_queue(orchestrator)] if orchestrator.spec.queue.embedded_replicas else []),
        _node(orchestrator),
        *(_pool(orchestrator, pool) for pool in orchestrator.spec.pools),
    ]


def _queue(orchestrator: Orchestrator) -> Object:
    name = names.queue_name(orchestrator.name)
    head = child(orchestrator, names.Component.QUEUE, kind=_KIND, name=name)
    return head | {"data": {"nats.conf": nats_conf(orchestrator)}}


def _node(orchestrator: Orchestrator) -> Object:
    name = names.node_name(orchestrator.name)
    head = child(orchestrator, names.Component.NODE, kind=_KIND, name=name)
    return head | {"data": {"podium.yaml": to_yaml(node_config(orchestrator))}}


def _pool(orchestrator: Orchestrator, pool: Pool) -> Object:
    name = names.pool_name(orchestrator.name, pool.name)
    head = child(orchestrator, names.Component.TRANSCODER, kind=_KIND, name=name, pool=pool.name)
    return head | {"data": {"podium.yaml": to_yaml(transcoder_config(orchestrator, pool))}}
