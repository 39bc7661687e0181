"""StatefulSets: the embedded queue and the nodes, which both have names that stay."""

__all__ = ["build"]

from typing import Final

from podium_operator.api import names
from podium_operator.api.names import Component, Ports
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import pods, queue_config, worker_config
from podium_operator.desired.facts import Facts
from podium_operator.desired.grace import node_grace_seconds
from podium_operator.desired.images import Pull
from podium_operator.desired.objects import Object, child, content_hash
from podium_operator.desired.pods import SCRATCH_FOLDER, Mounted
from podium_operator.desired.resources import merged

_QUEUE_GRACE_SECONDS: Final = 60


def build(orchestrator: Orchestrator, facts: Facts, *, pull: Pull) -> list[Object]:
    """The queue, where it is embedded, and the nodes."""
    node = _node(orchestrator, facts, pull=pull)
    if not orchestrator.spec.queue.embedded_replicas:
        return [node]
    return [_queue(orchestrator, facts, pull=pull), node]


def _queue(orchestrator: Orchestrator, facts: Facts, *, pull: Pull) -> Object:
    name = names.queue_name(orchestrator.name)
    config = [queue_config.nats_conf(orchestrator), facts.secret_hashes[name]]
    template = pods.Template(
        component=Component.QUEUE,
        service_account=name,
        grace_seconds=_QUEUE_GRACE_SECONDS,
        config_hash=content_hash(config),
        extra={"topologySpreadConstraints": _spread(orchestrator, Component.QUEUE)},
    )
    volumes = {
        "config": Mounted(queue_config.FOLDER, pods.queue_volume(name)),
        "data": Mounted(queue_config.STORE_FOLDER, pods.disk_volume("1Gi"), writable=True),
        "scratch": Mounted(SCRATCH_FOLDER, pods.memory_volume("16Mi"), writable=True),
    }
    main = _queue_container(orchestrator, pull)
    body = pods.pod_template(orchestrator, template, pull=pull, main=main, mounts=volumes)
    replicas = orchestrator.spec.queue.embedded_replicas
    return _stateful_set(orchestrator, Component.QUEUE, name, replicas=replicas, template=body)


def _queue_container(orchestrator: Orchestrator, pull: Pull) -> Object:
    embedded = orchestrator.spec.queue.embedded_resources
    command = ["nats-server", "--config", queue_config.CONFIG_PATH, "--name", "$(POD_NAME)"]
    resources = merged(
        embedded,
        requests={"cpu": "50m", "memory": "128Mi"},
        limits={"memory": "256Mi"},
    )
    ports = {
        "clients": Ports.QUEUE_CLIENTS,
        "routes": Ports.QUEUE_ROUTES,
        "monitor": Ports.QUEUE_MONITOR,
    }
    main = pods.container(Component.QUEUE, pull=pull, command=command, resources=resources)
    return (
        main
        | _queue_lifecycle(orchestrator)
        | {
            "ports": pods.tcp_ports(ports),
            "startupProbe": pods.http_probe("/healthz", "monitor", period_seconds=1, failures=90),
            "readinessProbe": pods.http_probe(
                "/healthz?js-server-only=true", "monitor", period_seconds=2, failures=3
            ),
            "livenessProbe": pods.http_probe(
                "/healthz?js-enabled-only=true", "monitor", period_seconds=10, failures=6
            ),
        }
    )


def _queue_lifecycle(orchestrator: Orchestrator) -> Object:
    """A hand-over before the end, where there is a server to hand over to.

    A single server has none and is back sooner without.
    """
    if orchestrator.spec.queue.embedded_replicas == 1:
        return {}
    command = ["nats-server", "--signal", f"ldm={queue_config.PID_PATH}"]
    return {"lifecycle": {"preStop": {"exec": {"command": command}}}}


def _node(orchestrator: Orchestrator, facts: Facts, *, pull: Pull) -> Object:
    name = names.node_name(orchestrator.name)
    config = [worker_config.node_config(orchestrator), facts.secret_hashes[name]]
    template = pods.Template(
        component=Component.NODE,
        service_account=name,
        grace_seconds=node_grace_seconds(orchestrator.spec.node.drain_seconds),
        config_hash=content_hash(config),
        extra={"topologySpreadConstraints": _spread(orchestrator, Component.NODE)},
    )
    volumes = {
        **pods.worker_mounts(orchestrator, config_map=name),
        "node": Mounted(worker_config.NODE_FOLDER, pods.secret_volume(name, ["auth-secret"])),
        "scratch": Mounted(SCRATCH_FOLDER, pods.memory_volume("64Mi"), writable=True),
    }
    main = _node_container(orchestrator, pull)
    body = pods.pod_template(orchestrator, template, pull=pull, main=main, mounts=volumes)
    replicas = orchestrator.spec.node.replicas
    return _stateful_set(orchestrator, Component.NODE, name, replicas=replicas, template=body)


def _node_container(orchestrator: Orchestrator, pull: Pull) -> Object:
    resources = merged(
        orchestrator.spec.node.resources,
        requests={"cpu": "100m", "memory": "256Mi"},
        limits={"memory": "1Gi"},
    )
    command = ["podium-worker", "node", "--config", worker_config.CONFIG_PATH]
    main = pods.container(Component.NODE, pull=pull, command=command, resources=resources)
    ports = {"wire": Ports.WIRE, "metrics": Ports.NODE_METRICS}
    return main | {"ports": pods.tcp_ports(ports)} | pods.worker_probes(startup_seconds=60)


def _stateful_set(
    orchestrator: Orchestrator, component: Component, name: str, *, replicas: int, template: Object
) -> Object:
    return child(orchestrator, component, kind=("apps/v1", "StatefulSet"), name=name) | {
        "spec": {
            "replicas": replicas,
            "serviceName": name,
            "podManagementPolicy": "Parallel",
            "revisionHistoryLimit": 3,
            "selector": {"matchLabels": names.selector(orchestrator.name, component)},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": template,
        }
    }


def _spread(orchestrator: Orchestrator, component: Component) -> list[Object]:
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": names.selector(orchestrator.name, component)},
        }
    ]
