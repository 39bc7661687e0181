"""An API server in memory, as far as the operator's port reaches.

Held to the real one by tests/cluster/test_operator_kube.py, which runs the same claims on both.
Known to be missing: schemas, defaults, admission, garbage collection, and ownership of fields
against others; an apply here replaces every field the same writer's last apply sent, and keeps the
others.
"""

import copy
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from podium_operator.api.names import FIELD_MANAGER
from podium_operator.kube.client import Body
from podium_operator.kube.errors import ConflictError, KubeError, NotFoundError
from podium_operator.kube.kinds import Kind, kind_of

__all__ = ["FakeKube"]

_Key = tuple[str, str, str]


class FakeKube:
    """Objects by kind, namespace and name; `calls` tells every request in order."""

    def __init__(self) -> None:
        self.objects: dict[_Key, Body] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.fail: Callable[[str, str, str], KubeError | None] = lambda *_: None
        self._applied: dict[tuple[_Key, str], Body] = {}
        self._version = 0

    async def get(self, kind: Kind, namespace: str, name: str) -> Body:
        self._called("get", kind.name, name)
        return copy.deepcopy(self._found((kind.name, namespace, name)))

    async def list(
        self, kind: Kind, namespace: str | None, *, selector: str = ""
    ) -> AsyncIterator[Body]:
        self._called("list", kind.name, "")
        wanted = dict(pair.split("=", 1) for pair in selector.split(",") if pair)
        for (kind_name, at, _name), body in sorted(self.objects.items()):
            labels = body["metadata"].get("labels") or {}
            if (
                kind_name == kind.name
                and namespace in {None, at}
                and wanted.items() <= labels.items()
            ):
                yield copy.deepcopy(body)

    async def apply(
        self, body: Mapping[str, Any], *, force: bool = True, manager: str | None = None
    ) -> Body:
        del force  # nobody refuses: no conflicts
        return self._apply(body, {"status"}, manager or FIELD_MANAGER)

    async def apply_status(self, body: Mapping[str, Any], *, manager: str | None = None) -> Body:
        self._found(_key(body))
        return self._apply(body, {"spec"}, manager or FIELD_MANAGER)

    async def create(self, body: Mapping[str, Any]) -> Body:
        kind = kind_of(body)
        self._called("create", kind.name, body["metadata"].get("name", ""))
        if kind.name in {"SelfSubjectAccessReview", "SubjectAccessReview"}:
            return {**body, "status": {"allowed": True}}
        if _key(body) in self.objects:
            raise ConflictError(f"{kind.name} already exists")
        return self._store(_key(body), copy.deepcopy(dict(body)))

    async def replace(self, body: Mapping[str, Any]) -> Body:
        self._called("replace", body["kind"], body["metadata"]["name"])
        known = self._found(_key(body))
        version = body["metadata"].get("resourceVersion")
        if version is not None and version != known["metadata"]["resourceVersion"]:
            raise ConflictError("the object has been modified")
        return self._store(_key(body), copy.deepcopy(dict(body)))

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str) -> None:
        self._called("delete", kind.name, name)
        known = self.objects.get((kind.name, namespace, name))
        if known is not None and known["metadata"]["uid"] == uid:
            del self.objects[kind.name, namespace, name]
            for key in [one for one in self._applied if one[0] == (kind.name, namespace, name)]:
                del self._applied[key]

    def _apply(self, body: Mapping[str, Any], kept: set[str], manager: str) -> Body:
        key = _key(body)
        self._called("apply", body["kind"], body["metadata"]["name"])
        intent = {name: value for name, value in body.items() if name not in kept}
        owner = f"{manager}/status" if "status" in intent else manager
        known, owners = self.objects.get(key, {}), self._owners(key)
        others = [owned for name, owned in owners.items() if name != owner]
        merged = _without(copy.deepcopy(known), owners.get(owner, {}), others)
        merged = _merged(merged, copy.deepcopy(intent))
        self._applied[key, owner] = copy.deepcopy(intent)
        managed = [_owned(*one) for one in self._owners(key).items() if "status" not in one[1]]
        if managed:
            merged["metadata"]["managedFields"] = managed
        return copy.deepcopy(known) if merged == known else self._store(key, merged)

    def _owners(self, key: _Key) -> dict[str, Body]:
        """Return what every field manager last applied."""
        return {manager: body for (at, manager), body in self._applied.items() if at == key}

    def _store(self, key: _Key, body: Body) -> Body:
        self._version += 1
        known, meta = self.objects.get(key), body["metadata"]
        meta["resourceVersion"] = str(self._version)
        meta["uid"] = known["metadata"]["uid"] if known else f"uid-{self._version}"
        meta.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
        if known is None or known.get("spec") != body.get("spec"):
            meta["generation"] = int(meta.get("generation") or 0) + 1
        self.objects[key] = body
        return copy.deepcopy(body)

    def _found(self, key: _Key) -> Body:
        if key not in self.objects:
            raise NotFoundError(f"{key[0]} {key[2]!r} not found")
        return self.objects[key]

    def _called(self, verb: str, kind: str, name: str) -> None:
        self.calls.append((verb, kind, name))
        error = self.fail(verb, kind, name)
        if error is not None:
            raise error


def _key(body: Mapping[str, Any]) -> _Key:
    meta = body["metadata"]
    return kind_of(body).name, meta.get("namespace", ""), meta.get("name", "")


def _merged(known: Any, intent: Any) -> Any:
    if isinstance(known, dict) and isinstance(intent, dict):
        return known | {name: _merged(known.get(name), value) for name, value in intent.items()}
    if _is_map_list(intent) and isinstance(known, list):
        mine = {one["type"] for one in intent}
        return [*(one for one in known if one["type"] not in mine), *intent]
    return intent


def _without(known: Any, applied: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> Any:
    """Drop what one owner sent and no other, except the object's identity and server's stamps."""
    for name, value in applied.items():
        if name in {"apiVersion", "kind"} or name not in known:
            continue
        rest = [other[name] for other in others if name in other]
        if isinstance(value, dict) and isinstance(known[name], dict):
            _without(known[name], value, rest)
            if not known[name] and not rest:
                del known[name]
        elif _is_map_list(value) and isinstance(known[name], list):
            kept = {one["type"] for other in rest for one in other}
            gone = {one["type"] for one in value} - kept
            known[name] = [one for one in known[name] if one["type"] not in gone]
        elif not rest:
            del known[name]
    return known


def _owned(manager: str, intent: Mapping[str, Any]) -> Body:
    fields: Body = {f"f:{name}": {} for name in intent.get("spec") or ()}
    return {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": fields}}


def _is_map_list(value: Any) -> bool:
    """Conditions are a list by type: each writer owns its own."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) and "type" in one and "status" in one for one in value)
    )
