"""Deployments: one per pool of transcoders. Replicas come from the scaler, never from here.

An external pool's Deployment says nothing of replicas: whoever scales it owns that field.
"""

__all__ = ["build"]

from typing import Final

from podium_operator.api import names
from podium_operator.api.names import Component, Ports
from podium_operator.api.pools import Pool
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import pods, worker_config
from podium_operator.desired.facts import Facts
from podium_operator.desired.grace import transcoder_grace_seconds
from podium_operator.desired.images import Pull
from podium_operator.desired.objects import Object, child, content_hash
from podium_operator.desired.pods import SCRATCH_FOLDER, Mounted
from podium_operator.desired.resources import merged

_MEBIBYTES_BASE: Final = 256
# Measured 105-120 MB a child for 720p ladders; 1080p60 sources take about twice that.
_MEBIBYTES_PER_SLOT: Final = 256
# Without video, NVIDIA's runtime hides NVENC and NVDEC.
_DRIVER_CAPABILITIES: Final = "compute,video,utility"


def build(orchestrator: Orchestrator, facts: Facts, *, pull: Pull) -> list[Object]:
    """One Deployment per pool, in the spec's order."""
    return [_pool(orchestrator, pool, facts, pull=pull) for pool in orchestrator.spec.pools]


def _pool(orchestrator: Orchestrator, pool: Pool, facts: Facts, *, pull: Pull) -> Object:
    name = names.pool_name(orchestrator.name, pool.name)
    kind, component = ("apps/v1", "Deployment"), Component.TRANSCODER
    selector = names.selector(orchestrator.name, component, pool=pool.name)
    return child(orchestrator, component, kind=kind, name=name, pool=pool.name) | {
        "spec": {
            **({} if pool.scale.is_external else {"replicas": facts.replicas[pool.name]}),
            "revisionHistoryLimit": 3,
            "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": _surge(pool)},
            "template": _template(orchestrator, pool, pull),
        }
    }


def _surge(pool: Pool) -> Object:
    """GPUs are rarely to spare: there a pod leaves before its successor comes."""
    surge = pool.hardware.type == "cpu"
    return {"maxSurge": int(surge), "maxUnavailable": int(not surge)}


def _template(orchestrator: Orchestrator, pool: Pool, pull: Pull) -> Object:
    template = pods.Template(
        component=Component.TRANSCODER,
        service_account=names.transcoder_name(orchestrator.name),
        grace_seconds=transcoder_grace_seconds(),
        config_hash=content_hash(worker_config.transcoder_config(orchestrator, pool)),
        pool=pool.name,
        labels=pool.pod_template.labels,
        annotations=pool.pod_template.annotations,
        extra=_placement(pool),
    )
    volumes = {
        **pods.worker_mounts(
            orchestrator, config_map=names.pool_name(orchestrator.name, pool.name)
        ),
        "scratch": Mounted(SCRATCH_FOLDER, pods.memory_volume("64Mi"), writable=True),
        "shm": Mounted("/dev/shm", pods.memory_volume("64Mi"), writable=True),  # noqa: S108
    }
    main = _container(pool, pull)
    return pods.pod_template(orchestrator, template, pull=pull, main=main, mounts=volumes)


def _container(pool: Pool, pull: Pull) -> Object:
    own = {"NVIDIA_DRIVER_CAPABILITIES": _DRIVER_CAPABILITIES}
    given = {variable.name: variable.value for variable in pool.pod_template.env}
    main = pods.container(
        Component.TRANSCODER,
        pull=pull,
        command=["podium-worker", "transcoder", "--config", worker_config.CONFIG_PATH],
        resources=_resources(pool),
        env={**(own if pool.hardware.type == "nvidia" else {}), **given},
    )
    ports = pods.tcp_ports({"metrics": Ports.TRANSCODER_METRICS})
    return main | {"ports": ports} | pods.worker_probes(startup_seconds=180)


def _resources(pool: Pool) -> Object:
    """CPU pools reserve a core per slot; GPU pools a quarter, for demuxing and copies."""
    on_cpu = pool.hardware.type == "cpu"
    mebibytes = _MEBIBYTES_BASE + _MEBIBYTES_PER_SLOT * pool.slots
    cpu = str(pool.slots) if on_cpu else f"{250 * pool.slots}m"
    limits = {"memory": f"{2 * mebibytes}Mi"} | ({"cpu": cpu} if on_cpu else {})
    chosen = merged(
        pool.resources, requests={"cpu": cpu, "memory": f"{mebibytes}Mi"}, limits=limits
    )
    if not on_cpu:
        chosen["limits"][pool.hardware.resource] = str(pool.hardware.count)
    return chosen


def _placement(pool: Pool) -> Object:
    """Where the pods may run. Empty fields are left out, so that adding one here restarts none."""
    wanted: Object = {
        "nodeSelector": dict(pool.node_selector),
        "tolerations": _tolerations(pool),
        "affinity": pool.pod_template.affinity,
        "runtimeClassName": pool.hardware.runtime_class_name,
        "priorityClassName": pool.pod_template.priority_class_name,
    }
    return {key: value for key, value in wanted.items() if value}


def _tolerations(pool: Pool) -> list[Object]:
    given = [
        {
            key: value
            for key, value in toleration.model_dump(by_alias=True, exclude_none=True).items()
            if value != ""
        }
        for toleration in pool.tolerations
    ]
    own = {"key": pool.hardware.resource, "operator": "Exists", "effect": "NoSchedule"}
    return [*given, own] if pool.hardware.type == "nvidia" and own not in given else given
