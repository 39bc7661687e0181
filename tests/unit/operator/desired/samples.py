"""Orchestrators and facts that the tests of pure functions share."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from podium_operator.api.v1alpha1 import Orchestrator, parse
from podium_operator.desired import Facts, OperatorPeer, build, secrets
from podium_operator.desired.facts import ImageDefaults

SAMPLES = Path(__file__).resolve().parents[4] / "manifests" / "samples"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CPU_POOL: dict[str, Any] = {
    "name": "cpu",
    "hardware": {"type": "cpu"},
    "scale": {"min": 1, "max": 4},
}
GPU_POOL: dict[str, Any] = {"name": "gpu", "hardware": {"type": "nvidia"}, "slots": 4}
OPERATOR = OperatorPeer("podium-system", {"app.kubernetes.io/name": "podium-operator"})


def orchestrator(
    *, name: str = "home", annotations: Mapping[str, str] | None = None, **spec: Any
) -> Orchestrator:
    """An Orchestrator of one CPU pool, unless told otherwise."""
    metadata = {
        "name": name,
        "namespace": "media",
        "uid": "0d6b57b2-0000-4000-8000-000000000001",
        "annotations": dict(annotations or {}),
    }
    return parse({"metadata": metadata, "spec": {"pools": [CPU_POOL], **spec}})


def sample(name: str) -> Orchestrator:
    """One of manifests/samples as it would come from the API server."""
    body = yaml.safe_load((SAMPLES / f"{name}.yaml").read_text())
    body["metadata"] |= {"namespace": "media", "uid": "0d6b57b2-0000-4000-8000-000000000002"}
    return parse(body)


def token(size: int) -> bytes:
    """No randomness, so that what is built is the same every time."""
    return bytes(range(size))


def facts(subject: Orchestrator, **changes: Any) -> Facts:
    """Facts that fit the Orchestrator: one pod per pool, hashes of its Secrets' names."""
    given: dict[str, Any] = {
        "replicas": {pool.name: 1 for pool in subject.spec.pools},
        "secret_hashes": {name: f"hash-of-{name}" for name in secrets.names_of(subject)},
        "image": ImageDefaults("registry.test/podium-worker:1"),
        "operator": OPERATOR,
    }
    return Facts(**{**given, **changes})


def objects(subject: Orchestrator, **changes: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """What `build` gives, by kind and name, in its order."""
    built = build(subject, facts=facts(subject, **changes))
    return {(item["kind"], item["metadata"]["name"]): item for item in built}


def template(item: Mapping[str, Any]) -> dict[str, Any]:
    """A workload's pod template."""
    found: dict[str, Any] = item["spec"]["template"]
    return found


def templates(subject: Orchestrator, **changes: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The pod templates of everything built."""
    return {
        key: template(item)
        for key, item in objects(subject, **changes).items()
        if "template" in item.get("spec", {})
    }
