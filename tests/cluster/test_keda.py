"""A real KEDA, and the HPA that it makes, drive a pool by the number that the operator offers."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.cluster.operators import Site, define, orchestrator
from tests.devcluster.cluster import Cluster
from tests.devcluster.keda import install_keda
from tests.devcluster.layout import node_address
from tests.support.operator_process import OperatorProcess

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(900)]

_PAGE_PORT, _SCALER_PORT, _QUEUE_PORT = 18080, 19090, 14223
_QUEUE = f"nats://{node_address(0)}:{_QUEUE_PORT}"
_POOL = "home-pool-cpu"
_FOLLOW = {"stabilizationWindowSeconds": 0, "tolerance": "0"}


@pytest.fixture(scope="module")
def keda(cluster: Cluster) -> Cluster:
    """The cluster with a KEDA on it."""
    if not cluster.is_own:
        pytest.skip("installs KEDA: only on a cluster started here")
    install_keda(cluster)
    return cluster


@pytest.fixture
def site(keda: Cluster, namespace: str, tmp_path: Path) -> Site:
    define(keda)
    return Site(keda, namespace, tmp_path)


@pytest.fixture
def queue(keda: Cluster) -> Iterator[str]:
    """A queue on which a node reports that there is no load at all."""
    program = shutil.which("nats-server", path=str(Path(sys.executable).parent))
    assert program is not None
    commands = (
        [program, "--addr", node_address(0), "--port", str(_QUEUE_PORT)],
        [sys.executable, "-m", "tests.support.idle_node", _QUEUE, "keda"],
    )
    with ExitStack() as stack:
        for command in commands:
            process = subprocess.Popen(keda.enter_command(command), stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        yield _QUEUE


@pytest.fixture
def operator(site: Site, queue: str) -> Iterator[OperatorProcess]:
    """An operator where KEDA's pods reach it."""
    here = {
        "PODIUM_LISTEN_HOST": node_address(0),
        "PODIUM_SCALER_PORT": str(_SCALER_PORT),
        "PODIUM_LISTEN_PORT": str(_PAGE_PORT),
    }
    enter = site.cluster.enter_command([], here)
    arguments = ("--scope=namespaces", f"--namespaces={site.namespace}")
    with OperatorProcess(
        site.cluster.inner_kubeconfig,
        *arguments,
        f"--namespace={site.namespace}",
        f"--listen-port={_PAGE_PORT}",
        command=enter,
    ) as process:
        yield process.leads()


def _push(site: Site) -> dict[str, Any]:
    address = f"{node_address(0)}:{_SCALER_PORT}"
    metadata = {"scalerAddress": address, "orchestrator": "home", "pool": "cpu"}
    return {"type": "external-push", "metadata": metadata}


def _page(site: Site) -> dict[str, Any]:
    return {
        "type": "metrics-api",
        "metadata": {
            "url": f"http://{node_address(0)}:{_PAGE_PORT}/pools/{site.namespace}/home/cpu",
            "valueLocation": "desiredPods",
            "targetValue": "1",
        },
    }


def _metric(site: Site) -> dict[str, Any]:
    """Read the operator's metrics as they are, without a Prometheus between."""
    labels = f'namespace="{site.namespace}",name="home",pool="cpu"'
    return {
        "type": "metrics-api",
        "metadata": {
            "url": f"http://{node_address(0)}:{_PAGE_PORT}/metrics",
            "format": "prometheus",
            "valueLocation": f"podium_pool_desired_pods{{{labels}}}",
            "targetValue": "1",
        },
    }


def _scaled_object(trigger: dict[str, Any]) -> dict[str, Any]:
    behavior = {
        "scaleUp": {**_FOLLOW, "policies": [{"type": "Pods", "value": 1000, "periodSeconds": 1}]},
        "scaleDown": {
            **_FOLLOW,
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 1}],
        },
    }
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "home-cpu"},
        "spec": {
            "scaleTargetRef": {"name": _POOL},
            "minReplicaCount": 0,
            "maxReplicaCount": 20,
            "pollingInterval": 2,
            "cooldownPeriod": 0,
            "triggers": [trigger],
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior}},
        },
    }


def _want(site: Site, pods: int) -> None:
    """Make the operator want so many pods in the end: without load, the pool's minimum."""
    scale = {"mode": "External", "min": pods, "max": 20, "inWindowSeconds": 0}
    pool = {"name": "cpu", "hardware": {"type": "cpu"}, "scale": scale}
    external = {"external": {"servers": [_QUEUE], "prefix": "keda"}}
    site.cluster.apply(orchestrator(pools=[pool], queue=external), namespace=site.namespace)


def _has(pods: int) -> Any:
    return lambda found: found and found["spec"].get("replicas") == pods


def _owners_of_replicas(site: Site) -> set[str]:
    found = site.cluster.kubectl_json(
        "get", "deployment", _POOL, "--show-managed-fields", namespace=site.namespace
    )
    return {
        entry["manager"]
        for entry in found["metadata"]["managedFields"]
        if "f:replicas" in (entry["fieldsV1"].get("f:spec") or {})
    }


@pytest.mark.parametrize(
    "trigger",
    [
        pytest.param(_push, id="external-push"),
        pytest.param(_page, id="metrics-api"),
        pytest.param(_metric, id="metric"),
    ],
)
def test_keda_drives_a_pool_from_zero_to_the_wanted_number_and_back(
    site: Site, operator: OperatorProcess, trigger: Any
) -> None:
    _want(site, 0)
    site.wait("deployment", _POOL, bool)
    site.cluster.apply(_scaled_object(trigger(site)), namespace=site.namespace)
    site.wait("deployment", _POOL, _has(0), timeout_seconds=120)

    for pods in (1, 10, 11, 3, 0):
        _want(site, pods)
        site.wait("deployment", _POOL, _has(pods), timeout_seconds=180)

    assert "podium-operator" not in _owners_of_replicas(site)
    assert site.names("horizontalpodautoscalers") == {"keda-hpa-home-cpu"}
    assert operator.process.poll() is None
