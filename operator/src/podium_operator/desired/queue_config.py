"""nats.conf for the embedded queue.

Users come from the Secret's auth.conf, beside this file in one projected volume, so that the
configuration itself holds no secret. Routes prove themselves by certificate.
"""

__all__ = ["CONFIG_PATH", "FOLDER", "PID_PATH", "nats_conf"]

from typing import Final

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator

FOLDER: Final = "/etc/nats"
CONFIG_PATH: Final = f"{FOLDER}/nats.conf"
PID_PATH: Final = "/tmp/nats.pid"  # noqa: S108  a memory volume of the pod's own
STORE_FOLDER: Final = "/data"

# Jobs and load snapshots are a few kilobytes; bytes of video never pass the queue.
_MAX_PAYLOAD_BYTES: Final = 256 * 1024
_MEMORY_STORE_BYTES: Final = 64 * 1024 * 1024
_FILE_STORE_BYTES: Final = 512 * 1024 * 1024
# Under 30 s the server refuses to start.
_LAME_DUCK_SECONDS: Final = 30


def nats_conf(orchestrator: Orchestrator) -> str:
    """The servers' configuration, the same for every replica."""
    lines = [
        f'listen: "0.0.0.0:{names.Ports.QUEUE_CLIENTS}"',
        f'http: "0.0.0.0:{names.Ports.QUEUE_MONITOR}"',
        f'pid_file: "{PID_PATH}"',
        f"max_payload: {_MAX_PAYLOAD_BYTES}",
        f'lame_duck_duration: "{_LAME_DUCK_SECONDS}s"',
        'lame_duck_grace_period: "5s"',
        "jetstream {",
        f'  store_dir: "{STORE_FOLDER}"',
        f"  max_memory_store: {_MEMORY_STORE_BYTES}",
        f"  max_file_store: {_FILE_STORE_BYTES}",
        "}",
        *_tls(verify=False),
        "include auth.conf",
        *(_cluster(orchestrator) if orchestrator.spec.queue.embedded_replicas > 1 else ()),
    ]
    return "\n".join(lines) + "\n"


def _cluster(orchestrator: Orchestrator) -> list[str]:
    name, replicas = orchestrator.name, orchestrator.spec.queue.embedded_replicas
    service = names.queue_name(name)
    routes = (
        f"    tls://{service}-{ordinal}.{service}.{orchestrator.namespace}.svc"
        f":{names.Ports.QUEUE_ROUTES}"
        for ordinal in range(replicas)
    )
    return [
        "cluster {",
        f'  name: "{orchestrator.namespace}-{name}"',
        f'  listen: "0.0.0.0:{names.Ports.QUEUE_ROUTES}"',
        "  routes: [",
        *routes,
        "  ]",
        *(f"  {line}" for line in _tls(verify=True)),
        "}",
    ]


def _tls(*, verify: bool) -> list[str]:
    return [
        "tls {",
        f'  cert_file: "{FOLDER}/tls.crt"',
        f'  key_file: "{FOLDER}/tls.key"',
        *([f'  ca_file: "{FOLDER}/ca.crt"', "  verify: true"] if verify else []),
        "  timeout: 5",
        "}",
    ]
