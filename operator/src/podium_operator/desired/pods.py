"""The shape every pod of ours has: restricted security, read-only root, no token, probes.

Nothing here may depend on the operator's version or on a live number: whatever changes in a pod
template restarts video.
"""

__all__ = [
    "SCRATCH_FOLDER",
    "Mounted",
    "Template",
    "container",
    "disk_volume",
    "http_probe",
    "memory_volume",
    "pod_template",
    "queue_volume",
    "secret_volume",
    "tcp_ports",
    "worker_mounts",
    "worker_probes",
]

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.images import Pull
from podium_operator.desired.objects import Object
from podium_operator.desired.worker_config import CONFIG_FOLDER, QUEUE_FOLDER, queue_secret_name

SCRATCH_FOLDER: Final = "/tmp"  # noqa: S108  a memory volume of the pod's own

_USER: Final = 65532
_READ_BY_GROUP: Final = 0o440


@dataclass(frozen=True, slots=True)
class Mounted:
    """A volume and where it is mounted."""

    path: str
    source: Object
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """What distinguishes one part's pods from another's."""

    component: names.Component
    service_account: str
    grace_seconds: int
    config_hash: str
    pool: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    extra: Object = field(default_factory=dict)


def pod_template(
    orchestrator: Orchestrator,
    template: Template,
    *,
    pull: Pull,
    main: Object,
    mounts: Mapping[str, Mounted],
) -> Object:
    """A pod template around one container; `mounts` by volume name."""
    own_labels = names.labels(orchestrator.name, template.component, pool=template.pool)
    own_annotations = {names.CONFIG_HASH_ANNOTATION: template.config_hash}
    return {
        "metadata": {
            "labels": {**template.labels, **own_labels},
            "annotations": {**template.annotations, **own_annotations},
        },
        "spec": {
            "serviceAccountName": template.service_account,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            # As process 1, a program is deaf to SIGTERM until it has set a handler: told to leave
            # in its first second, it would stay for the whole grace, and its successor wait.
            "shareProcessNamespace": True,
            "terminationGracePeriodSeconds": template.grace_seconds,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "runAsGroup": _USER,
                "fsGroup": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "imagePullSecrets": [{"name": name} for name in pull.secrets],
            "containers": [{**main, "volumeMounts": _volume_mounts(mounts)}],
            "volumes": [{"name": name, **mounted.source} for name, mounted in mounts.items()],
            **template.extra,
        },
    }


def container(
    component: names.Component,
    *,
    pull: Pull,
    command: Sequence[str],
    resources: Object,
    env: Mapping[str, str] | None = None,
) -> Object:
    """One container without probes, ports and mounts."""
    return {
        "name": component.value,
        "image": pull.reference,
        "imagePullPolicy": pull.policy,
        "command": list(command),
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            *({"name": name, "value": value} for name, value in (env or {}).items()),
        ],
        "resources": resources,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def http_probe(path: str, port: str, *, period_seconds: int, failures: int) -> Object:
    """A plain HTTP probe on a named port."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period_seconds,
        "timeoutSeconds": 3,
        "failureThreshold": failures,
    }


def worker_probes(*, startup_seconds: int) -> Object:
    """The probes of node and transcoder; the start-up test of a GPU may take a while."""
    return {
        "startupProbe": http_probe(
            "/healthz", "metrics", period_seconds=1, failures=startup_seconds
        ),
        "readinessProbe": http_probe("/readyz", "metrics", period_seconds=2, failures=2),
        "livenessProbe": http_probe("/healthz", "metrics", period_seconds=10, failures=6),
    }


def worker_mounts(orchestrator: Orchestrator, *, config_map: str) -> dict[str, Mounted]:
    """Configuration and queue credentials, as node and transcoder both read them."""
    config = {"config": Mounted(CONFIG_FOLDER, {"configMap": {"name": config_map}})}
    secret = queue_secret_name(orchestrator)
    if secret is None:
        return config
    keys = ["username", "password", "ca.crt"]
    return {**config, "queue": Mounted(QUEUE_FOLDER, secret_volume(secret, keys))}


def tcp_ports(ports: Mapping[str, int]) -> list[Object]:
    """A container's ports by name."""
    return [
        {"name": name, "containerPort": port, "protocol": "TCP"} for name, port in ports.items()
    ]


def secret_volume(name: str, keys: Sequence[str]) -> Object:
    """A Secret's chosen keys, each a file of its own name."""
    return {"secret": {"secretName": name, "defaultMode": _READ_BY_GROUP, "items": _items(keys)}}


def memory_volume(size: str) -> Object:
    """Scratch space in memory; counts against the container's memory."""
    return {"emptyDir": {"medium": "Memory", "sizeLimit": size}}


def disk_volume(size: str) -> Object:
    """Scratch space on the machine's disk, gone with the pod."""
    return {"emptyDir": {"sizeLimit": size}}


def queue_volume(name: str) -> Object:
    """The queue server's configuration and secrets in one folder."""
    keys = ["auth.conf", "tls.crt", "tls.key", "ca.crt"]
    return {
        "projected": {
            "defaultMode": _READ_BY_GROUP,
            "sources": [
                {"configMap": {"name": name}},
                {"secret": {"name": name, "items": _items(keys)}},
            ],
        }
    }


def _items(keys: Sequence[str]) -> list[Object]:
    return [{"key": key, "path": key} for key in keys]


def _volume_mounts(mounts: Mapping[str, Mounted]) -> list[Object]:
    return [
        {"name": name, "mountPath": mounted.path} | ({} if mounted.writable else {"readOnly": True})
        for name, mounted in mounts.items()
    ]
