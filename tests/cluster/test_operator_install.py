"""The chart on a real API server: installed, upgraded, and gone without leaving a trap.

The operator's pods need not run for this; their images are never pulled.
"""

import pytest
from tests.chart.render import CHART, HelmError
from tests.cluster.operators import Site, define, orchestrator
from tests.cluster.releases import Release
from tests.devcluster.cluster import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture
def release(cluster: Cluster, namespace: str) -> Release:
    define(cluster)
    return Release.without_pods(cluster, namespace)


def test_the_api_server_takes_every_object_and_restricted_pods(release: Release) -> None:
    release.cluster.kubectl(
        "label", "namespace", release.namespace, "pod-security.kubernetes.io/enforce=restricted"
    )

    notes = release.install()

    assert "kubectl apply" in notes
    assert release.cluster.get("deployment", "podium", namespace=release.namespace)
    release.cluster.wait_for(
        "deployment",
        "podium",
        lambda found: found and (found.get("status") or {}).get("replicas") == 2,
        namespace=release.namespace,
    )


def test_an_install_without_an_image_makes_nothing(release: Release) -> None:
    with pytest.raises(HelmError, match=r"image\.repository is not set"):
        release.helm("install", "podium", str(CHART))

    assert release.cluster.get("deployment", "podium", namespace=release.namespace) is None


def test_an_upgrade_with_the_same_values_changes_no_pod(release: Release) -> None:
    release.install()
    before = release.cluster.get("deployment", "podium", namespace=release.namespace)

    release.install(verb="upgrade")

    after = release.cluster.get("deployment", "podium", namespace=release.namespace)
    assert before is not None
    assert after is not None
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


def test_a_cluster_wide_operator_looks_at_namespaces_it_was_never_told_of(
    everywhere: Site,
) -> None:
    with everywhere.operator("--scope=cluster") as operator, everywhere.cluster.namespace() as late:
        operator.leads()

        everywhere.cluster.apply(orchestrator(), namespace=late)

        for kind, name in (("statefulset", "home-node"), ("secret", "home-queue")):
            everywhere.cluster.wait_for(kind, name, bool, namespace=late)
        assert operator.forbidden() == []


def test_an_operator_without_its_rights_says_which_are_missing(everywhere: Site) -> None:
    everywhere.remove()

    with everywhere.operator("--scope=cluster") as operator:
        assert operator.process.wait(timeout=120) == 1
        reason = str(operator.wait_for_line("stopping")["reason"])

    assert "may not" in reason
    assert "list orchestrators" in reason


def test_uninstalling_leaves_orchestrators_that_can_be_deleted(release: Release) -> None:
    release.install()
    release.cluster.apply(orchestrator(), namespace=release.namespace)

    release.helm("uninstall", "podium")

    found = release.cluster.get("orchestrator", "home", namespace=release.namespace)
    assert found is not None
    assert "finalizers" not in found["metadata"]
    release.cluster.kubectl(
        "delete", "orchestrator", "home", "--timeout=100s", namespace=release.namespace
    )
