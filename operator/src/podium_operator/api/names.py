"""Every name that leaves the process: API, labels, annotations, child objects, ports, paths.

Strings of this kind are written here once and nowhere else. Pure; imports nothing of ours.
The table of names is part of docs/contracts.md.
"""

__all__ = [
    "ACKNOWLEDGE_ANNOTATION",
    "API_VERSION",
    "APPROVE_ANNOTATION",
    "CHAIN_FIELD_MANAGER",
    "COMPONENT_LABEL",
    "CONFIG_HASH_ANNOTATION",
    "CONFIRM_UNBOND_ANNOTATION",
    "FIELD_MANAGER",
    "FINALIZER",
    "GROUP",
    "INSTANCE_LABEL",
    "KIND",
    "LEDGER_KEY",
    "MANAGED_BY_LABEL",
    "MANAGED_BY_VALUE",
    "PAGE_ANNOTATION",
    "PLURAL",
    "POOL_LABEL",
    "ROTATE_ANNOTATION",
    "SHORT_NAME",
    "VERSION",
    "Component",
    "Ports",
    "chain_name",
    "common_labels",
    "labels",
    "node_address",
    "node_name",
    "node_replica_name",
    "pool_name",
    "queue_name",
    "queue_prefix",
    "queue_server",
    "scaling_name",
    "selector",
    "transcoder_name",
]

from enum import StrEnum
from typing import Final

GROUP: Final = "podium.video"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
KIND: Final = "Orchestrator"
PLURAL: Final = "orchestrators"
SHORT_NAME: Final = "orch"

FIELD_MANAGER: Final = "podium-operator"
FINALIZER: Final = f"{GROUP}/finalizer"
CHAIN_FIELD_MANAGER: Final = "podium-chain"
LEDGER_KEY: Final = "ledger.csv"
APPROVE_ANNOTATION: Final = f"{GROUP}/approve"
ACKNOWLEDGE_ANNOTATION: Final = f"{GROUP}/acknowledge-contracts"
CONFIRM_UNBOND_ANNOTATION: Final = f"{GROUP}/confirm-unbond"
ROTATE_ANNOTATION: Final = f"{GROUP}/rotate-queue-credentials"
PAGE_ANNOTATION: Final = f"{GROUP}/live-page"
CONFIG_HASH_ANNOTATION: Final = f"{GROUP}/config-hash"

NAME_LABEL: Final = "app.kubernetes.io/name"
INSTANCE_LABEL: Final = "app.kubernetes.io/instance"
COMPONENT_LABEL: Final = "app.kubernetes.io/component"
MANAGED_BY_LABEL: Final = "app.kubernetes.io/managed-by"
MANAGED_BY_VALUE: Final = "podium-operator"
POOL_LABEL: Final = f"{GROUP}/pool"


class Component(StrEnum):
    """The three parts an Orchestrator is made of."""

    QUEUE = "queue"
    NODE = "node"
    TRANSCODER = "transcoder"


class Ports:
    """TCP ports, as in docs/contracts.md."""

    WIRE: Final = 8935
    NODE_METRICS: Final = 7935
    TRANSCODER_METRICS: Final = 6935
    QUEUE_CLIENTS: Final = 4222
    QUEUE_ROUTES: Final = 6222
    QUEUE_MONITOR: Final = 8222


def selector(orchestrator: str, component: Component, *, pool: str | None = None) -> dict[str, str]:
    """The labels that never change once an object exists."""
    chosen = {
        NAME_LABEL: "podium",
        INSTANCE_LABEL: orchestrator,
        COMPONENT_LABEL: component.value,
    }
    return chosen if pool is None else {**chosen, POOL_LABEL: pool}


def common_labels(orchestrator: str) -> dict[str, str]:
    """The labels of an object that belongs to no single part."""
    return {
        NAME_LABEL: "podium",
        INSTANCE_LABEL: orchestrator,
        MANAGED_BY_LABEL: MANAGED_BY_VALUE,
    }


def labels(orchestrator: str, component: Component, *, pool: str | None = None) -> dict[str, str]:
    """The labels every child object carries."""
    return {**selector(orchestrator, component, pool=pool), MANAGED_BY_LABEL: MANAGED_BY_VALUE}


def queue_name(orchestrator: str) -> str:
    return f"{orchestrator}-queue"


def node_name(orchestrator: str) -> str:
    return f"{orchestrator}-node"


def node_replica_name(orchestrator: str, ordinal: int) -> str:
    return f"{orchestrator}-node-{ordinal}"


def pool_name(orchestrator: str, pool: str) -> str:
    return f"{orchestrator}-pool-{pool}"


def scaling_name(orchestrator: str) -> str:
    return f"{orchestrator}-scaling"


def chain_name(orchestrator: str) -> str:
    """The Secret of signed transactions, and the ConfigMap of accounts."""
    return f"{orchestrator}-chain"


def transcoder_name(orchestrator: str) -> str:
    return f"{orchestrator}-transcoder"


def node_address(orchestrator: str, namespace: str) -> str:
    """The default address a replica advertises; `{ordinal}` is filled in by the node."""
    return f"https://{orchestrator}-node-{{ordinal}}.{namespace}.svc:{Ports.WIRE}"


def jobs_address(orchestrator: str, namespace: str) -> str:
    """Where transcoders reach one replica; `{pod}` is filled in by the node."""
    return f"https://{{pod}}.{node_name(orchestrator)}.{namespace}.svc:{Ports.WIRE}"


def queue_server(orchestrator: str, namespace: str) -> str:
    """The URL of the embedded queue."""
    return f"tls://{queue_name(orchestrator)}.{namespace}.svc:{Ports.QUEUE_CLIENTS}"


def queue_prefix(orchestrator: str, namespace: str) -> str:
    """The first tokens of every subject on a queue that several Orchestrators may share."""
    return f"podium.{namespace}.{orchestrator}"
