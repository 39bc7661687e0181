"""What all child objects share: metadata with labels and owner, and a hash for pod templates."""

__all__ = ["Object", "child", "content_hash", "owned", "owner_reference"]

import hashlib
import json
from typing import Any

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator

Object = dict[str, Any]


def child(
    orchestrator: Orchestrator,
    component: names.Component,
    *,
    kind: tuple[str, str],
    name: str,
    pool: str | None = None,
) -> Object:
    """An object's head; kind is its apiVersion and kind."""
    labels = names.labels(orchestrator.name, component, pool=pool)
    return owned(orchestrator, kind=kind, name=name, labels=labels)


def owned(
    orchestrator: Orchestrator, *, kind: tuple[str, str], name: str, labels: dict[str, str]
) -> Object:
    """The head of an object that goes with its Orchestrator."""
    api_version, kind_name = kind
    return {
        "apiVersion": api_version,
        "kind": kind_name,
        "metadata": {
            "name": name,
            "namespace": orchestrator.namespace,
            "labels": labels,
            "ownerReferences": [owner_reference(orchestrator)],
        },
    }


def owner_reference(orchestrator: Orchestrator) -> Object:
    """The reference that lets the cluster collect children when the Orchestrator goes."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "name": orchestrator.name,
        "uid": orchestrator.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def content_hash(content: object) -> str:
    """A short hash of plain data, independent of key order and of any YAML writer."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
