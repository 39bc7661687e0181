"""The definition on a real API server: what it takes, what it refuses, and in which words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cluster.crd_api import Api
from tests.cluster.crd_cases import ACCEPTED, CPU, REFUSED
from tests.devcluster.cluster import Cluster

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).resolve().parents[2]
DEFINITION = ROOT / "manifests" / "crd" / "podium.video_orchestrators.yaml"
SAMPLES = sorted((ROOT / "manifests" / "samples").glob("*.yaml"))


@pytest.fixture(scope="module")
def api(cluster: Cluster) -> Iterator[Api]:
    cluster.apply(DEFINITION)
    cluster.kubectl("wait", "--for=condition=Established", f"crd/{_name()}", "--timeout=100s")
    cluster.await_kind(_name())
    with cluster.namespace() as namespace:
        found = Api(cluster.kubeconfig, namespace)
        yield found
        found.close()


def _name() -> str:
    return str(yaml.safe_load(DEFINITION.read_text())["metadata"]["name"])


def _body(*, name: str = "home", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "podium.video/v1alpha1",
        "kind": "Orchestrator",
        "metadata": {"name": name},
        "spec": {"pools": [CPU], **spec},
    }


NAMES = {
    "forty-one characters": ("o" * 41, "use at most 40 characters"),
    "a digit in front": ("1home", "beginning with a letter"),
    "a dot": ("home.tv", "beginning with a letter"),
    "the queue of another": ("home-queue", "must not end in -queue"),
    "the node of another": ("home-node-1", "must not end in -queue"),
    "the pool of another": ("home-pool-cpu", "nor contain -pool-"),
}


@pytest.mark.parametrize("spec", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_server_takes(api: Api, spec: dict[str, Any]) -> None:
    assert api.refusal(_body(**spec)) == ""


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_server_takes_every_sample(api: Api, path: Path) -> None:
    bodies = [one for one in yaml.safe_load_all(path.read_text()) if one["kind"] == "Orchestrator"]

    assert bodies
    assert [api.refusal(body) for body in bodies] == [""] * len(bodies)


@pytest.mark.parametrize(("spec", "field", "fix"), REFUSED.values(), ids=REFUSED.keys())
def test_server_refuses_and_names_field_and_fix(
    api: Api, spec: dict[str, Any], field: str, fix: str
) -> None:
    message = api.refusal(_body(**spec))

    assert field in message
    assert fix in message


@pytest.mark.parametrize(("name", "fix"), NAMES.values(), ids=NAMES.keys())
def test_server_refuses_a_name_whose_children_would_not_fit(api: Api, name: str, fix: str) -> None:
    message = api.refusal(_body(name=name))

    assert "metadata.name" in message
    assert fix in message


def test_server_fills_in_the_defaults(api: Api) -> None:
    spec = api.create(_body())["spec"]

    assert spec["node"]["replicas"] == 1
    assert spec["node"]["drainSeconds"] == 75
    assert spec["node"]["service"]["type"] == "ClusterIP"
    assert spec["deletionPolicy"] == "Retain"
    assert spec["pools"][0]["slots"] == 1
    assert spec["pools"][0]["scale"] == {
        "min": 1,
        "mode": "Native",
        "role": "base",
        "startupSeconds": 30,
        "targetBacklogSeconds": 2,
        "inWindowSeconds": 180,
        "surgePercent": 0,
        "schedules": [],
    }


def test_server_completes_what_is_half_given(api: Api) -> None:
    spec = api.create(_body(node={"replicas": 2}, queue={"embedded": {}}))["spec"]

    assert spec["node"]["maxSessions"] == 0
    assert spec["queue"]["embedded"]["replicas"] == 1


def test_status_is_written_apart_from_the_spec(api: Api) -> None:
    created = api.create({**_body(), "status": {"sessions": 3}})

    assert "status" not in created


def test_kubectl_explains_the_fields(cluster: Cluster, api: Api) -> None:
    text = cluster.kubectl("explain", "orchestrators.spec.pools.scale")

    assert "Pods are kept for the highest need" in text


def test_kubectl_prints_the_columns(cluster: Cluster, api: Api, namespace: str) -> None:
    cluster.apply(_body(), namespace=namespace)

    narrow = cluster.kubectl("get", "orch", namespace=namespace).splitlines()[0].split()
    wide = cluster.kubectl("get", "orch", "-o", "wide", namespace=namespace).splitlines()[0]

    columns = ["NAME", "STATUS", "PODS", "SESSIONS", "BACKLOG", "REWARD", "STAKE", "AGE"]
    assert narrow == columns
    more = ["ROUND-LEFT", "NODES", "IMAGE", "REASON", "SCALING"]
    assert wide.split() == [*columns, *more]
