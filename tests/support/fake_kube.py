"""An API server in memory, as far as the operator's port reaches.

Held to the real one by tests/cluster/test_operator_kube.py, which runs the same claims on both.
Known to be missing: schemas, defaults, admission, garbage collection, and ownership of fields;
an apply here replaces every field the last apply sent, and keeps the others.
"""

import copy
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

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
        self._applied: dict[_Key, Body] = {}
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

    async def apply(self, body: Mapping[str, Any], *, force: bool = True) -> Body:
        del force  # one field manager only: no conflicts
        return self._apply(body, {"status"})

    async def apply_status(self, body: Mapping[str, Any]) -> Body:
        self._found(_key(body))
        return self._apply(body, {"spec"})

    async def create(self, body: Mapping[str, Any]) -> Body:
        kind = kind_of(body)
        self._called("create", kind.name, body["metadata"].get("name", ""))
        if kind.name == "SelfSubjectAccessReview":
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
            self._applied.pop((kind.name, namespace, name), None)

    def _apply(self, body: Mapping[str, Any], kept: set[str]) -> Body:
        key = _key(body)
        self._called("apply", body["kind"], body["metadata"]["name"])
        intent = {name: value for name, value in body.items() if name not in kept}
        known = self.objects.get(key, {})
        merged = _without(copy.deepcopy(known), self._applied.get(key, {}))
        merged = _merged(merged, copy.deepcopy(intent))
        if "status" in intent:
            merged["status"] = copy.deepcopy(intent["status"])
        else:
            self._applied[key] = copy.deepcopy(intent)
        return copy.deepcopy(known) if merged == known else self._store(key, merged)

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
    return intent


def _without(known: Any, applied: Mapping[str, Any]) -> Any:
    """Drop what the last apply sent, except the object's identity and the server's stamps."""
    for name, value in applied.items():
        if name in {"apiVersion", "kind"} or name not in known:
            continue
        if isinstance(value, dict) and isinstance(known[name], dict):
            _without(known[name], value)
        else:
            del known[name]
    return known
