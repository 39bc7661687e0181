"""One Orchestrator on a real API server: made, repaired, pruned, paused, rotated, deleted."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cluster.operators import CPU, GPU, Site
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import KubectlError
from tests.support.operator_process import OperatorProcess
from tests.support.patience import look_until

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


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One namespace for the whole file: every test leaves its Orchestrator as it found it."""
    with cluster.namespace() as namespace:
        site = Site(cluster, namespace, tmp_path_factory.mktemp("site"))
        site.install()
        site.apply()
        yield site


@pytest.fixture(scope="module")
def _running(site: Site) -> Iterator[OperatorProcess]:
    with site.operator() as process:
        site.settle(process.leads())
        yield process


@pytest.fixture
def operator(site: Site, _running: OperatorProcess) -> OperatorProcess:
    """The file's operator, alive, with one Orchestrator carried out."""
    assert _running.process.poll() is None, _running.lines[-20:]
    return _running


@pytest.fixture
def other(cluster: Cluster, namespace: str, tmp_path: Path) -> Site:
    """A namespace for a test that ends its operator."""
    site = Site(cluster, namespace, tmp_path)
    site.install()
    site.apply()
    return site


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
    # A pod may still be changing its reason to wait when it begins: then once more.
    patches = [_patches(operator)]
    while len(patches) < 10 and patches[-1] not in patches[:-1]:
        site.passes(operator, 6)
        patches.append(_patches(operator))

    assert patches[-1] == patches[-2], "the operator writes to a cluster where nothing happens"


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
    site.apply_other("brief")
    site.wait("statefulset", "brief-node", bool)
    assert "finalizers" not in (site.get("orchestrator", "brief") or {})["metadata"]

    site.kubectl("delete", "orchestrator", "brief", "--timeout=100s")

    for resource, name in (("deployment", "brief-pool-cpu"), ("statefulset", "brief-node")):
        site.wait(resource, name, lambda found: not found, timeout_seconds=120)


def test_somebody_elses_finalizer_is_waited_for_and_children_are_not_made_again(
    site: Site, operator: OperatorProcess
) -> None:
    site.apply_other("held")
    site.wait("statefulset", "held-node", bool)
    patch = '{"metadata": {"finalizers": ["example.org/hold"]}}'
    site.kubectl("patch", "orchestrator", "held", "--type=merge", "--patch", patch)
    site.kubectl("delete", "orchestrator", "held", "--wait=false")
    site.wait("orchestrator", "held", lambda found: found["metadata"].get("deletionTimestamp"))

    def is_left_alone() -> bool:
        """A pass that had not heard of the deletion yet may make it again: then once more."""
        site.kubectl("delete", "service", "held-node", "--ignore-not-found")
        site.passes(operator, 4)
        return site.get("service", "held-node") is None

    look_until(is_left_alone, "the child of one that is being deleted is left alone")

    patch = '[{"op": "remove", "path": "/metadata/finalizers"}]'
    site.kubectl("patch", "orchestrator", "held", "--type=json", "--patch", patch)
    site.wait("orchestrator", "held", lambda found: not found)


def test_without_its_operator_an_orchestrator_can_still_be_deleted(other: Site) -> None:
    with other.operator() as operator:
        other.wait("deployment", "home-pool-cpu", bool)
        assert operator.stop() == 0

    other.kubectl("delete", "orchestrator", "home", "--timeout=100s")

    other.wait("deployment", "home-pool-cpu", lambda found: not found, timeout_seconds=120)


def test_a_new_leader_restarts_nothing(other: Site) -> None:
    with other.operator() as operator:
        other.settle(operator.leads())
        before = {name: other.get("statefulset", name) for name in ("home-node", "home-queue")}
        assert operator.stop() == 0

    with other.operator() as successor:
        other.settle(successor.leads())

        for name, found in before.items():
            after = other.get("statefulset", name)
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

    site.wait("orchestrator", "home", lambda found: found["status"]["observedGeneration"] < 99)


def test_the_service_account_may_not_list_secrets(site: Site) -> None:
    who = f"system:serviceaccount:{site.namespace}:podium"

    with pytest.raises(KubectlError):
        site.kubectl("get", "secrets", f"--as={who}")
    with pytest.raises(KubectlError):
        site.cluster.kubectl("get", "orchestrators", "--all-namespaces", f"--as={who}")


def test_nothing_the_operator_did_was_forbidden(site: Site, operator: OperatorProcess) -> None:
    assert operator.forbidden() == []
    errors = [str(line.get("error", "")) for line in operator.lines]
    assert not [error for error in errors if re.search(r"\b403\b", error)]


def _is_paused(found: Any) -> bool:
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Paused" and one["status"] == "True" for one in conditions)
