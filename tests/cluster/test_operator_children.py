"""One Orchestrator on a real API server: made, repaired, pruned, paused, rotated, deleted."""

import base64
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cluster.operators import CPU, GPU, Site
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import KubectlError
from tests.support.operator_process import OperatorProcess

pytestmark = pytest.mark.cluster

CHILDREN = [
    ("serviceaccount", {"home-queue", "home-node", "home-transcoder"}),
    ("secret", {"home-queue", "home-node"}),
    ("configmap", {"home-queue", "home-node", "home-pool-cpu"}),
    ("service", {"home", "home-queue", "home-node", "home-node-0"}),
    ("networkpolicy", {"home-queue", "home-node", "home-pool-cpu"}),
    ("poddisruptionbudget", {"home-queue", "home-node", "home-pool-cpu"}),
    ("statefulset", {"home-queue", "home-node"}),
    ("deployment", {"home-pool-cpu"}),
]


@pytest.fixture
def site(cluster: Cluster, namespace: str, tmp_path: Path) -> Site:
    site = Site(cluster, namespace, tmp_path)
    site.install()
    return site


@pytest.fixture
def operator(site: Site) -> Iterator[OperatorProcess]:
    """An operator that has carried out one Orchestrator and come to rest."""
    site.apply()
    with site.operator() as process:
        site.settle(process.leads())
        yield process
        _assert_nothing_was_forbidden(process)


def _assert_nothing_was_forbidden(process: OperatorProcess) -> None:
    assert not [line for line in process.lines if "403" in str(line.get("error", ""))]
    if process.process.poll() is None:
        series = process.series("podium_operator_api_requests_total")
        assert not {labels for labels in series if 'code="403"' in labels}


def _patches(operator: OperatorProcess) -> float:
    series = operator.series("podium_operator_api_requests_total")
    return sum(
        count
        for labels, count in series.items()
        if 'resource="leases"' not in labels and 'verb="GET"' not in labels
    )


def _uid(found: dict[str, Any] | None) -> str:
    return str(found["metadata"]["uid"]) if found else ""


def test_an_orchestrator_becomes_its_children(site: Site, operator: OperatorProcess) -> None:
    owner = _uid(site.get("orchestrator", "home"))

    for resource, expected in CHILDREN:
        assert site.names(resource) >= expected, resource
    for resource, names in CHILDREN:
        for name in names - {"home-queue", "home-node"} if resource == "secret" else names:
            child = site.get(resource, name)
            assert child is not None
            assert [ref["uid"] for ref in child["metadata"]["ownerReferences"]] == [owner]


def test_a_cluster_at_rest_is_left_alone(site: Site, operator: OperatorProcess) -> None:
    before = _patches(operator)

    site.passes(operator, 15)

    assert _patches(operator) == before


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        pytest.param("service", "home-node", id="a Service"),
        pytest.param("configmap", "home-pool-cpu", id="a ConfigMap"),
        pytest.param("deployment", "home-pool-cpu", id="a Deployment"),
        pytest.param("networkpolicy", "home-node", id="a NetworkPolicy"),
        pytest.param("poddisruptionbudget", "home-queue", id="a PodDisruptionBudget"),
        pytest.param("serviceaccount", "home-node", id="a ServiceAccount"),
        pytest.param("secret", "home-queue", id="a Secret"),
    ],
)
def test_a_deleted_child_is_made_again(
    site: Site, operator: OperatorProcess, resource: str, name: str
) -> None:
    before = _uid(site.get(resource, name))

    site.kubectl("delete", resource, name, "--wait=false")

    site.wait(resource, name, lambda found: found and _uid(found) != before)


def test_a_secret_made_again_holds_what_it_held(site: Site, operator: OperatorProcess) -> None:
    before = site.get("secret", "home-queue")
    assert before is not None

    site.kubectl("delete", "secret", "home-queue", "--wait=false")

    after = site.wait("secret", "home-queue", lambda found: found and _uid(found) != _uid(before))
    assert after["data"] == before["data"]


@pytest.mark.parametrize(
    ("patch", "is_repaired"),
    [
        pytest.param(
            '{"spec": {"replicas": 4}}',
            lambda found: found["spec"]["replicas"] == 1,
            id="scaled by hand",
        ),
        pytest.param(
            '{"metadata": {"labels": {"podium.video/pool": "other"}}}',
            lambda found: found["metadata"]["labels"]["podium.video/pool"] == "cpu",
            id="labelled otherwise",
        ),
        pytest.param(
            '{"metadata": {"ownerReferences": []}}',
            lambda found: found["metadata"].get("ownerReferences"),
            id="without its owner",
        ),
    ],
)
def test_a_changed_pool_is_repaired(
    site: Site, operator: OperatorProcess, patch: str, is_repaired: Any
) -> None:
    generation = (site.get("deployment", "home-pool-cpu") or {})["metadata"]["resourceVersion"]

    site.kubectl("patch", "deployment", "home-pool-cpu", "--type=merge", "--patch", patch)

    site.wait(
        "deployment",
        "home-pool-cpu",
        lambda found: (
            found
            and int(found["metadata"]["resourceVersion"]) > int(generation) + 1
            and is_repaired(found)
        ),
    )


def test_a_pool_that_leaves_the_spec_is_pruned(site: Site, operator: OperatorProcess) -> None:
    site.apply(pools=[CPU, GPU])
    site.wait("deployment", "home-pool-gpu", bool)

    site.apply(pools=[CPU])

    for resource in ("deployment", "configmap", "networkpolicy", "poddisruptionbudget"):
        site.wait(resource, "home-pool-gpu", lambda found: not found)
    assert site.get("deployment", "home-pool-cpu")


def test_a_paused_orchestrator_is_not_repaired_until_it_goes_on(
    site: Site, operator: OperatorProcess
) -> None:
    site.apply(paused=True)
    site.wait("orchestrator", "home", _is_paused)

    site.kubectl("delete", "service", "home-node")
    site.passes(operator, 3)
    assert site.get("service", "home-node") is None

    site.apply(paused=False)
    site.wait("service", "home-node", bool)


def test_queue_credentials_rotate_and_the_previous_ones_stay_good(
    site: Site, operator: OperatorProcess
) -> None:
    before = site.get("secret", "home-queue")
    assert before is not None
    node = site.get("secret", "home-node")

    site.kubectl("annotate", "orchestrator", "home", "podium.video/rotate-queue-credentials=once")

    after = site.wait(
        "secret",
        "home-queue",
        lambda found: found and found["data"]["password"] != before["data"]["password"],
    )
    assert before["data"]["password"] != after["data"]["password"]
    accepted = base64.b64decode(after["data"]["auth.conf"]).decode()
    for secret in (before, after):
        assert base64.b64decode(secret["data"]["password"]).decode() in accepted
    assert (site.get("secret", "home-node") or {})["data"] == (node or {})["data"]


def test_an_orchestrator_goes_without_waiting_for_anybody(
    site: Site, operator: OperatorProcess
) -> None:
    assert "finalizers" not in (site.get("orchestrator", "home") or {})["metadata"]

    site.kubectl("delete", "orchestrator", "home", "--timeout=30s")

    for resource, name in (("deployment", "home-pool-cpu"), ("statefulset", "home-node")):
        site.wait(resource, name, lambda found: not found, timeout_seconds=60)


def test_somebody_elses_finalizer_is_waited_for_and_children_are_not_made_again(
    site: Site, operator: OperatorProcess
) -> None:
    patch = '{"metadata": {"finalizers": ["example.org/hold"]}}'
    site.kubectl("patch", "orchestrator", "home", "--type=merge", "--patch", patch)
    site.kubectl("delete", "orchestrator", "home", "--wait=false")
    site.wait("orchestrator", "home", lambda found: found["metadata"].get("deletionTimestamp"))

    site.kubectl("delete", "service", "home-node")
    site.apply_other("keeps-the-loop-turning")
    site.wait("deployment", "keeps-the-loop-turning-pool-cpu", bool)
    assert site.get("service", "home-node") is None

    site.kubectl(
        "patch", "orchestrator", "home", "--type=json",
        '--patch=[{"op": "remove", "path": "/metadata/finalizers"}]',
    )  # fmt: skip
    site.wait("orchestrator", "home", lambda found: not found)


def test_without_its_operator_an_orchestrator_can_still_be_deleted(
    site: Site, operator: OperatorProcess
) -> None:
    assert operator.stop() == 0

    site.kubectl("delete", "orchestrator", "home", "--timeout=30s")

    site.wait("deployment", "home-pool-cpu", lambda found: not found, timeout_seconds=60)


def test_a_new_leader_restarts_nothing(site: Site, operator: OperatorProcess) -> None:
    before = {name: site.get("statefulset", name) for name in ("home-node", "home-queue")}

    operator.send(signal.SIGKILL)
    with site.operator() as successor:
        site.settle(successor.leads())

        for name, found in before.items():
            after = site.get("statefulset", name)
            assert found is not None
            assert after is not None
            assert after["metadata"]["generation"] == found["metadata"]["generation"]


def test_status_is_not_for_people_to_write_and_is_put_right(
    site: Site, operator: OperatorProcess
) -> None:
    patch = '{"status": {"observedGeneration": 99}}'

    site.kubectl(
        "patch", "orchestrator", "home", "--subresource=status", "--type=merge", "--patch", patch
    )

    site.wait("orchestrator", "home", lambda found: found["status"]["observedGeneration"] == 1)


def test_the_service_account_may_not_list_secrets(site: Site) -> None:
    who = f"system:serviceaccount:{site.namespace}:podium"

    with pytest.raises(KubectlError):
        site.kubectl("get", "secrets", f"--as={who}")
    with pytest.raises(KubectlError):
        site.cluster.kubectl("get", "orchestrators", "--all-namespaces", f"--as={who}")


def _is_paused(found: Any) -> bool:
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Paused" and one["status"] == "True" for one in conditions)
