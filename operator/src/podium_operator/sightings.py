"""What the watches have shown of one Orchestrator's objects, trimmed to what decisions use.

A cache of this kind proves presence, never absence: deletions that happen while a watch is being
re-listed are not told, so the worker reads the truth again from time to time (`replace_children`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from podium_operator.api import names
from podium_operator.handover import owns_replicas
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import Kind

__all__ = [
    "MANAGED_SELECTOR",
    "Child",
    "ChildKey",
    "Sighted",
    "Sighting",
    "fingerprint",
    "instance_of",
    "key_of",
    "version_of",
]

MANAGED_SELECTOR = f"{names.MANAGED_BY_LABEL}={names.MANAGED_BY_VALUE}"
ChildKey = tuple[str, str]  # kind and name: an Orchestrator's children share its namespace

_VOLATILE = {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"}
_FOREIGN = {"deployment.kubernetes.io/revision"}  # the Deployment controller's own book-keeping


@dataclass(frozen=True, slots=True)
class Sighting:
    """One watch event; `was_deleted` tells a goodbye from a state."""

    kind: Kind
    body: Body
    was_deleted: bool


@dataclass(frozen=True, slots=True)
class Child:
    """One object of ours as last seen. replicas_are_ours: nobody took that field over from us."""

    key: ChildKey
    uid: str
    version: int
    fingerprint: str
    owner_uid: str
    is_leaving: bool
    generation: int
    replicas: int
    replicas_are_ours: bool
    status: Mapping[str, Any] = field(repr=False)


@dataclass(slots=True)
class Sighted:
    """Children and pods of one Orchestrator; newer states only ever replace older ones."""

    children: dict[ChildKey, Child] = field(default_factory=dict)
    pods: dict[str, Body] = field(default_factory=dict)
    _buried: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    def begin_listing(self) -> None:
        """Remember from here on who is told of: a list that is under way may be older than that."""
        self._buried.clear()
        self._told.clear()

    def see_child(self, body: Body, *, was_deleted: bool = False) -> bool:
        """Take in a state; returns whether anything a decision depends on is different now."""
        child = _child(body)
        known = self.children.get(child.key)
        if known is not None and child.version < known.version:
            return False  # a late event: our own apply has told us more already
        if was_deleted:
            self._buried.add(child.uid)
            return self.children.pop(child.key, None) is not None
        self.children[child.key] = child
        return known is None or _essence(known) != _essence(child)

    def see_pod(self, body: Body, *, was_deleted: bool = False) -> bool:
        """The same for a pod, by name; its namesake's late goodbye is not its own."""
        pod = _trimmed_pod(body)
        name, uid = pod["metadata"]["name"], pod["metadata"].get("uid")
        known = self.pods.get(name)
        if not was_deleted:
            self._told.add(uid)
            self.pods[name] = pod
            return known != pod
        self._buried.add(uid)
        if known is None or known["metadata"].get("uid") != uid:
            return False
        del self.pods[name]
        return True

    def replace_children(self, kind: str, bodies: Iterable[Body]) -> bool:
        """Forget children of a kind that a fresh list does not show, take in the others."""
        listed = {key_of(body): body for body in self._living(bodies)}
        ghosts = [key for key in self.children if key[0] == kind and key not in listed]
        for key in ghosts:
            del self.children[key]
        changes = [self.see_child(body) for body in listed.values()]  # all of them, always
        return any(changes) or bool(ghosts)

    def forget(self, key: ChildKey) -> None:
        self.children.pop(key, None)

    def replace_pods(self, bodies: Iterable[Body]) -> bool:
        """Believe a fresh list, but for pods that a watch told of while it was made."""
        listed = {body["metadata"]["name"]: _trimmed_pod(body) for body in self._living(bodies)}
        told = {
            name: pod for name, pod in self.pods.items() if pod["metadata"].get("uid") in self._told
        }
        known, self.pods = self.pods, listed | told
        return known != self.pods

    def _living(self, bodies: Iterable[Body]) -> list[Body]:
        return [body for body in bodies if body["metadata"].get("uid") not in self._buried]


def instance_of(body: Body) -> tuple[str, str]:
    """Return namespace and name of the Orchestrator an object belongs to; name "" for none."""
    meta = body["metadata"]
    labels = meta.get("labels") or {}
    return meta.get("namespace", ""), labels.get(names.INSTANCE_LABEL, "")


def key_of(body: Mapping[str, Any]) -> ChildKey:
    return body["kind"], body["metadata"]["name"]


def version_of(body: Mapping[str, Any]) -> int:
    """Read the resource version, which Kubernetes 1.35 promises to be comparable; 0 for none."""
    text = str(body["metadata"].get("resourceVersion") or "")
    return int(text) if text.isdigit() else 0


def fingerprint(body: Mapping[str, Any]) -> str:
    """Hash what people and controllers may change, without status and the server's stamps.

    Replicas that another owner sets are none of it.
    """
    meta = {name: value for name, value in body["metadata"].items() if name not in _VOLATILE}
    annotations = meta.pop("annotations", None) or {}
    meta["annotations"] = {k: v for k, v in annotations.items() if k not in _FOREIGN}
    rest = {k: v for k, v in body.items() if k not in {"metadata", "status"}}
    if "replicas" in (rest.get("spec") or {}) and not owns_replicas(body):
        rest["spec"] = {k: v for k, v in rest["spec"].items() if k != "replicas"}
    text = json.dumps([meta, rest], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _child(body: Body) -> Child:
    meta = body["metadata"]
    owners = [owner for owner in meta.get("ownerReferences") or () if owner.get("controller")]
    return Child(
        key=key_of(body),
        uid=meta.get("uid", ""),
        version=version_of(body),
        fingerprint=fingerprint(body),
        owner_uid=owners[0]["uid"] if owners else "",
        is_leaving="deletionTimestamp" in meta,
        generation=int(meta.get("generation") or 0),
        replicas=int((body.get("spec") or {}).get("replicas") or 0),
        replicas_are_ours=owns_replicas(body),
        status=body.get("status") or {},
    )


def _essence(child: Child) -> tuple[object, ...]:
    return (child.uid, child.fingerprint, child.is_leaving, child.generation, child.status)


def _trimmed_pod(body: Body) -> Body:
    meta, status = body["metadata"], body.get("status") or {}
    return {
        "metadata": {
            name: meta[name]
            for name in ("name", "uid", "labels", "creationTimestamp", "deletionTimestamp")
            if name in meta
        },
        "spec": {"nodeName": (body.get("spec") or {}).get("nodeName")},
        "status": {
            name: status[name]
            for name in ("phase", "conditions", "containerStatuses", "initContainerStatuses")
            if name in status
        },
    }
