"""The chart on a real API server: installed, upgraded, and gone without leaving a trap.

The operator's pods need not run for this; their images are never pulled.
"""

import os

import pytest
from tests.chart.render import CHART, IMAGES, HelmError, helm
from tests.cluster.operators import orchestrator
from tests.devcluster.cluster import Cluster

pytestmark = pytest.mark.cluster


class Release:
    """One installation of the chart into a namespace of its own."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace

    def helm(self, *arguments: str) -> str:
        environment = {**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig)}
        return helm(*arguments, f"--namespace={self.namespace}", environment=environment)

    def install(self, *values: str, verb: str = "install") -> str:
        sets = [f"--set={value}" for value in ("scope.mode=release", "crds.install=false", *values)]
        return self.helm(verb, "podium", str(CHART), *IMAGES, *sets)


@pytest.fixture
def release(cluster: Cluster, namespace: str) -> Release:
    definition = CHART / "files" / "crd.yaml"
    cluster.apply(definition)
    return Release(cluster, namespace)


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


def test_uninstalling_leaves_orchestrators_that_can_be_deleted(release: Release) -> None:
    release.install()
    release.cluster.apply(orchestrator(), namespace=release.namespace)

    release.helm("uninstall", "podium")

    found = release.cluster.get("orchestrator", "home", namespace=release.namespace)
    assert found is not None
    assert "finalizers" not in found["metadata"]
    release.cluster.kubectl(
        "delete", "orchestrator", "home", "--timeout=30s", namespace=release.namespace
    )
