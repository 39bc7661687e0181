"""podium.yaml: what nodes and transcoders read. The consumer's model owns the shape.

Contract 1 of docs/contracts.md; tests/unit/contracts feeds what is rendered here through
`podium_worker.settings`.
"""

__all__ = [
    "CONFIG_FOLDER",
    "CONFIG_PATH",
    "NODE_FOLDER",
    "QUEUE_FOLDER",
    "node_config",
    "queue_secret_name",
    "transcoder_config",
]

from typing import Any, Final

from podium_operator.api import names
from podium_operator.api.pools import Pool
from podium_operator.api.v1alpha1 import Orchestrator

CONFIG_FOLDER: Final = "/etc/podium/config"
CONFIG_PATH: Final = f"{CONFIG_FOLDER}/podium.yaml"
QUEUE_FOLDER: Final = "/etc/podium/queue"
NODE_FOLDER: Final = "/etc/podium/node"


def node_config(orchestrator: Orchestrator) -> dict[str, Any]:
    """The nodes' configuration, the same for every replica."""
    node, name, namespace = orchestrator.spec.node, orchestrator.name, orchestrator.namespace
    return _common(orchestrator) | {
        "node": {
            "listen": f"0.0.0.0:{names.Ports.WIRE}",
            "advertisedAddress": node.advertised_address or names.node_address(name, namespace),
            "jobsAddress": names.jobs_address(name, namespace),
            "metricsListen": f"0.0.0.0:{names.Ports.NODE_METRICS}",
            "authSecretFile": f"{NODE_FOLDER}/auth-secret",
            "maxSessions": node.max_sessions,
            "drainSeconds": node.drain_seconds,
        }
    }


def transcoder_config(orchestrator: Orchestrator, pool: Pool) -> dict[str, Any]:
    """One pool's configuration."""
    return _common(orchestrator) | {
        "transcoder": {
            "pool": pool.name,
            "hardware": pool.hardware.type,
            "slots": pool.slots,
            "metricsListen": f"0.0.0.0:{names.Ports.TRANSCODER_METRICS}",
        }
        | _choices(pool)
    }


def _choices(pool: Pool) -> dict[str, Any]:
    """What differs from the worker's own defaults; rendering those too would restart old pods."""
    profile = {} if pool.encoder_profile == "segment" else {"encoderProfile": pool.encoder_profile}
    return profile | ({"fallbackToCpu": True} if pool.fallback_to_cpu else {})


def queue_secret_name(orchestrator: Orchestrator) -> str | None:
    """The Secret with username, password and ca.crt; None where the queue asks for none."""
    external = orchestrator.spec.queue.external
    return names.queue_name(orchestrator.name) if external is None else external.secret_name


def _common(orchestrator: Orchestrator) -> dict[str, Any]:
    return {
        "orchestrator": f"{orchestrator.namespace}/{orchestrator.name}",
        "queue": _queue(orchestrator) | _credentials(orchestrator),
        "log": {"level": "info", "format": "json"},
    }


def _queue(orchestrator: Orchestrator) -> dict[str, Any]:
    queue, name, namespace = orchestrator.spec.queue, orchestrator.name, orchestrator.namespace
    if queue.external is not None:
        return {
            "servers": list(queue.external.servers),
            "prefix": queue.external.prefix or names.queue_prefix(name, namespace),
            "replicas": queue.external.replicas,
        }
    return {
        "servers": [names.queue_server(name, namespace)],
        "prefix": "podium",
        "replicas": orchestrator.spec.queue.embedded_replicas,
    }


def _credentials(orchestrator: Orchestrator) -> dict[str, str]:
    if queue_secret_name(orchestrator) is None:
        return {}
    return {
        "usernameFile": f"{QUEUE_FOLDER}/username",
        "passwordFile": f"{QUEUE_FOLDER}/password",
        "caFile": f"{QUEUE_FOLDER}/ca.crt",
    }
