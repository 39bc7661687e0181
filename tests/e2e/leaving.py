"""Ways in which pods are told to leave: a smaller pool, an eviction, a new template."""

import json
import secrets
from typing import Any

from tests.e2e.places import Home

__all__ = [
    "await_pods",
    "evict",
    "machines_of",
    "metric_of_nodes",
    "pods_with_leaving",
    "renew",
    "request_eviction",
    "resize",
]

_PATIENCE_SECONDS = 180


def resize(home: Home, pods: int) -> None:
    """Have the pool hold exactly so many pods from now on."""
    _patch(home, {"/spec/pools/0/scale/min": pods, "/spec/pools/0/scale/max": pods})


def renew(home: Home, part: str) -> None:
    """Give the pods of `node` or `transcoder` another template, and wait until all have it."""
    if part == "node":
        kind, name = "statefulset", f"{home.name}-node"
        change: dict[str, Any] = {"/spec/node/maxSessions": 1000 + secrets.randbelow(1000)}
    else:
        kind, name = "deployment", home.deployment
        variable = {"name": "RENEWED", "value": secrets.token_hex(4)}
        change = {"/spec/pools/0/podTemplate": {"env": [variable]}}
    before = home.cluster.get(kind, name, namespace=home.namespace)
    assert before is not None
    _patch(home, change)
    home.cluster.wait_for(
        kind,
        name,
        lambda found: _is_renewed(found, before["metadata"]["generation"]),
        namespace=home.namespace,
        timeout_seconds=_PATIENCE_SECONDS,
    )


def evict(home: Home, pod: str) -> None:
    """Ask for a pod's eviction, and wait until it is gone."""
    request_eviction(home, pod)
    home.cluster.wait_for(
        "pod",
        pod,
        lambda found: found is None,
        namespace=home.namespace,
        timeout_seconds=_PATIENCE_SECONDS,
    )


def request_eviction(home: Home, pod: str) -> None:
    """Ask the API server to evict a pod, as a node drain does; KubectlError when it may not go."""
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": home.namespace},
    }
    path = f"/api/v1/namespaces/{home.namespace}/pods/{pod}/eviction"
    home.cluster.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(body))


def await_pods(home: Home, count: int) -> None:
    """Wait until the pool has exactly so many pods, all ready and none of them leaving."""
    home.cluster.wait_for(
        "deployment",
        home.deployment,
        lambda found: (
            found is not None
            and found["spec"]["replicas"] == count
            and found["status"].get("replicas", 0) == count
            and found["status"].get("readyReplicas", 0) == count
            and found["status"].get("terminatingReplicas", 0) == 0
        ),
        namespace=home.namespace,
        timeout_seconds=_PATIENCE_SECONDS,
    )


def pods_with_leaving(home: Home, component: str) -> set[str]:
    """Return the names of a component's pods, those that are leaving as well."""
    selector = f"app.kubernetes.io/instance={home.name},app.kubernetes.io/component={component}"
    found = home.cluster.kubectl_json("get", "pods", "-l", selector, namespace=home.namespace)
    return {pod["metadata"]["name"] for pod in found["items"]}


def machines_of(home: Home, component: str) -> list[str]:
    """Return the machine of each of a component's pods that is not leaving."""
    found = home.cluster.kubectl_json("get", "pods", namespace=home.namespace)
    staying = set(home.pods(component))
    return [pod["spec"]["nodeName"] for pod in found["items"] if pod["metadata"]["name"] in staying]


def metric_of_nodes(home: Home, name: str) -> float:
    """Return a metric's sum over all nodes."""
    total = 0.0
    for pod in home.pods("node"):
        path = f"/api/v1/namespaces/{home.namespace}/pods/{pod}:7935/proxy/metrics"
        lines = home.cluster.kubectl("get", "--raw", path).splitlines()
        total += sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))
    return total


def _patch(home: Home, values: dict[str, Any]) -> None:
    steps = [{"op": "add", "path": path, "value": value} for path, value in values.items()]
    home.cluster.kubectl(
        *("patch", "orchestrators.podium.video", home.name, "--type=json", "-p", json.dumps(steps)),
        namespace=home.namespace,
    )


def _is_renewed(found: dict[str, Any] | None, generation_before: int) -> bool:
    if found is None or found["metadata"]["generation"] <= generation_before:
        return False
    status, wanted = found.get("status", {}), found["spec"]["replicas"]
    return bool(
        status.get("observedGeneration", 0) >= found["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("readyReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("updateRevision") == status.get("currentRevision")
    )
