"""What is built as a whole: which objects, that Kubernetes takes them, and what never changes."""

import ast
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from tests.unit.operator.desired.samples import (
    CPU_POOL,
    GPU_POOL,
    NOW,
    facts,
    objects,
    orchestrator,
    sample,
    templates,
    token,
)

import podium_operator
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import secrets

SUBJECTS = {
    "the smallest sample": sample("home"),
    "GPUs, three queue servers, two nodes": sample("studio"),
    "an external queue": sample("external-queue"),
    "an external queue without credentials": orchestrator(
        queue={"external": {"servers": ["nats://10.0.0.1:4222"]}}
    ),
    "the longest names": orchestrator(name="o" * 40, pools=[{**CPU_POOL, "name": "p" * 16}]),
    "everything a pool may say": orchestrator(
        pools=[
            {
                **GPU_POOL,
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [
                    {"key": "spot", "operator": "Exists", "tolerationSeconds": 30},
                    {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
                ],
                "resources": {"limits": {"memory": "8Gi"}},
                "podTemplate": {
                    "labels": {"team": "video"},
                    "annotations": {"note": "x"},
                    "env": [{"name": "TZ", "value": "UTC"}],
                    "priorityClassName": "video",
                    "affinity": {"nodeAffinity": {}},
                },
            }
        ]
    ),
}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_kubernetes_takes_every_object(subject: Orchestrator) -> None:
    states = secrets.ensure(subject, existing={}, now=NOW, token=token)

    built = [*objects(subject).values(), *secrets.build(subject, states=states)]

    for item in built:
        kubernetes_validate.validate(item, "1.36", strict=True)


@pytest.mark.parametrize("version", ["1.35", "1.37"])
def test_kubernetes_before_and_after_takes_them_too(version: str) -> None:
    for item in objects(sample("studio")).values():
        kubernetes_validate.validate(item, version, strict=True)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_every_name_and_label_fits_kubernetes(subject: Orchestrator) -> None:
    for kind, name in objects(subject):
        assert len(name) <= (52 if kind == "StatefulSet" else 63), name
        assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name)
    for item in objects(subject).values():
        assert all(len(value) <= 63 for value in item["metadata"]["labels"].values())


def test_smallest_orchestrator_has_the_objects_of_the_contract() -> None:
    built = list(objects(sample("home")))

    assert built == [
        ("ServiceAccount", "home-queue"),
        ("ServiceAccount", "home-node"),
        ("ServiceAccount", "home-transcoder"),
        ("NetworkPolicy", "home-queue"),
        ("NetworkPolicy", "home-node"),
        ("NetworkPolicy", "home-pool-cpu"),
        ("ConfigMap", "home-queue"),
        ("ConfigMap", "home-node"),
        ("ConfigMap", "home-pool-cpu"),
        ("Service", "home-queue"),
        ("Service", "home-node"),
        ("Service", "home-node-0"),
        ("Service", "home"),
        ("PodDisruptionBudget", "home-queue"),
        ("PodDisruptionBudget", "home-node"),
        ("PodDisruptionBudget", "home-pool-cpu"),
        ("StatefulSet", "home-queue"),
        ("StatefulSet", "home-node"),
        ("Deployment", "home-pool-cpu"),
    ]


def test_external_queue_leaves_out_every_object_of_the_embedded_one() -> None:
    built = objects(sample("external-queue"))

    assert [key for key in built if key[1] == "guest-queue"] == []
    assert secrets.names_of(sample("external-queue")) == ("guest-node",)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_every_object_is_labelled_and_owned(subject: Orchestrator) -> None:
    for item in objects(subject).values():
        labels = item["metadata"]["labels"]
        owner = item["metadata"]["ownerReferences"][0]

        assert labels["app.kubernetes.io/name"] == "podium"
        assert labels["app.kubernetes.io/instance"] == subject.name
        assert labels["app.kubernetes.io/managed-by"] == "podium-operator"
        assert owner["uid"] == subject.metadata.uid
        assert owner["controller"] is True


def test_nothing_built_holds_a_secret() -> None:
    subject = sample("home")
    states = secrets.ensure(subject, existing={}, now=NOW, token=lambda size: b"\xabs" * size)

    built = repr(objects(subject))

    for state in states.values():
        for key, value in state.data.items():
            if key not in {"ca.crt", "tls.crt"}:
                assert value.decode("latin-1") not in built
    assert "PRIVATE" not in built


def test_pod_templates_do_not_know_the_operators_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = templates(sample("studio"))

    monkeypatch.setattr(podium_operator, "__version__", "99.0.0")

    assert templates(sample("studio")) == before


def test_builders_read_no_clock_no_randomness_and_no_version() -> None:
    folder = Path(podium_operator.__file__).parent / "desired"
    imported = {
        name.split(".")[0] if not name.startswith("podium") else name
        for path in folder.glob("*.py")
        for name in _imports(path)
    }

    assert imported & {"time", "random", "secrets", "os", "uuid", "socket", "asyncio"} == set()
    assert "podium_operator" not in imported


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"replicas": {"gpu": 7, "cpu": 3}}, id="pods wanted"),
        pytest.param({"operator": None}, id="where the operator runs"),
    ],
)
def test_live_facts_restart_no_pod(changes: dict[str, Any]) -> None:
    subject = sample("studio")

    assert templates(subject, **changes) == templates(subject)


def test_rotated_queue_credentials_restart_the_queue_only() -> None:
    subject = sample("home")
    rotated = {**facts(subject).secret_hashes, "home-queue": "another"}

    before, after = templates(subject), templates(subject, secret_hashes=rotated)

    assert [key for key in after if before[key] != after[key]] == [("StatefulSet", "home-queue")]


@pytest.mark.parametrize(
    ("spec", "rolled"),
    [
        pytest.param({"node": {"maxSessions": 5}}, {"home-node"}, id="a node's cap"),
        pytest.param(
            {"queue": {"embedded": {"replicas": 3}}},
            {"home-queue", "home-node", "home-pool-cpu"},
            id="more queue servers",
        ),
        pytest.param({"pools": [{**CPU_POOL, "slots": 2}]}, {"home-pool-cpu"}, id="a pool's slots"),
        pytest.param(
            {"pools": [{**CPU_POOL, "scale": {"min": 2, "max": 9}}]}, set(), id="a pool's bounds"
        ),
        pytest.param({"node": {"replicas": 3}}, set(), id="another node"),
        pytest.param({"node": {"service": {"type": "NodePort"}}}, set(), id="the Service's type"),
        pytest.param({"pools": [CPU_POOL, GPU_POOL]}, {"home-pool-gpu"}, id="another pool"),
        pytest.param({"paused": True, "deletionPolicy": "Delete"}, set(), id="the policies"),
    ],
)
def test_a_change_rolls_exactly_the_pods_it_concerns(
    spec: dict[str, Any], rolled: set[str]
) -> None:
    before, after = templates(orchestrator()), templates(orchestrator(**spec))

    assert {name for (_, name), item in after.items() if before.get((_, name)) != item} == rolled


def _imports(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    plain = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    return plain + [
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    ]
