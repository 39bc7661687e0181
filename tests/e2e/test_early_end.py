"""A pod that is told to leave before its program has learnt to listen."""

from typing import Any

import pytest
from tests.devcluster.cluster import Cluster
from tests.e2e.places import Home

pytestmark = pytest.mark.cluster

_DEAF = ["/opt/podium/bin/python", "-c", "import time; time.sleep(3600)"]


@pytest.mark.parametrize("part", ["statefulset/home-node", "deployment/home-pool-cpu"])
def test_a_program_that_does_not_listen_yet_ends_at_once(home: Home, part: str) -> None:
    kind, name = part.split("/")
    owner = home.cluster.get(kind, name, namespace=home.namespace)
    assert owner is not None
    pod = _with_command(owner["spec"]["template"]["spec"], f"deaf-{kind}")
    grace_seconds = pod["spec"]["terminationGracePeriodSeconds"]
    home.cluster.apply(pod, namespace=home.namespace)
    _await(home.cluster, home.namespace, pod, _runs)

    home.cluster.delete(pod, namespace=home.namespace)

    assert grace_seconds > 600
    _await(home.cluster, home.namespace, pod, lambda found: found is None)


def _with_command(template: dict[str, Any], name: str) -> dict[str, Any]:
    """Make a pod of this template whose program takes no notice of signals."""
    [container] = template["containers"]
    plain = {key: value for key, value in container.items() if not key.endswith("Probe")}
    spec = {**template, "containers": [{**plain, "command": _DEAF, "args": []}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def _runs(pod: dict[str, Any] | None) -> bool:
    statuses = (pod or {}).get("status", {}).get("containerStatuses", [])
    return any("running" in status["state"] for status in statuses)


def _await(cluster: Cluster, namespace: str, pod: dict[str, Any], condition: Any) -> None:
    cluster.wait_for("pod", pod["metadata"]["name"], condition, namespace=namespace)
