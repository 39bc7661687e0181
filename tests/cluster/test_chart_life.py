"""One installation from its first day to its last, by both Helms, with real pods.

Whatever is done to the operator, pods of an Orchestrator that did not change go on as they were.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.generated import REPOSITORY
from tests.chart.helms import HELMS, Helm
from tests.chart.kustomized import PLACEHOLDERS, VARIABLES_FILE, path_from_root
from tests.chart.render import CHART
from tests.cluster.operators import define, orchestrator as small
from tests.cluster.releases import Release
from tests.demo.installation import Images
from tests.devcluster.cluster import Cluster
from tests.e2e.places import Home, orchestrator

from podium_operator.yaml_text import to_yaml

pytestmark = pytest.mark.cluster

CRD = "orchestrators.podium.video"
HELM_3, HELM_4 = HELMS
# The definition that an earlier release left behind; README.md says so to people.
TAKING_OVER = {3: ("--take-ownership",), 4: ("--take-ownership", "--force-conflicts")}


@pytest.fixture
def older_chart(cluster: Cluster, tmp_path: Path) -> Iterator[Path]:
    """The chart of an earlier version, whose definition has a column less."""
    place = tmp_path / "podium"
    shutil.copytree(CHART, place)
    chart = yaml.safe_load((place / "Chart.yaml").read_text()) | {"version": "0.0.9"}
    (place / "Chart.yaml").write_text(to_yaml(chart))
    definition = yaml.safe_load((place / "files" / "crd.yaml").read_text())
    definition["spec"]["versions"][-1]["additionalPrinterColumns"].pop()
    (place / "files" / "crd.yaml").write_text(to_yaml(definition))
    yield place
    define(cluster)


@pytest.mark.parametrize(
    "helm", [pytest.param(HELM_3, marks=pytest.mark.slow), HELM_4], ids=["Helm 3", "Helm 4"]
)
@pytest.mark.timeout(1200)
def test_an_installation_lives_and_ends_without_touching_the_data_plane(
    helm: Helm, cluster: Cluster, restricted: str, images: Images, older_chart: Path
) -> None:
    release = Release.by(helm, cluster, restricted, images)
    home = Home(cluster, restricted)
    taking_over = (*TAKING_OVER[helm.major], "--wait")

    notes = release.install("crds.install=true", flags=taking_over, chart=older_chart)
    columns = _columns(cluster)
    assert "takes the operator away and nothing else" in " ".join(notes.split())
    assert "Succeeded" in release.helm("test", "podium")

    cluster.apply(orchestrator(home, least=1, most=1, in_window_seconds=0))
    cluster.wait_for(
        "orchestrator", home.name, _is_ready, namespace=restricted, timeout_seconds=240
    )

    with _unchanged(release, home):
        changed = ("crds.install=true", "log.level=debug", "podAnnotations.turn=two")
        release.install(*changed, verb="upgrade", flags=("--wait",))
        _await_repair(release, home)
    assert _columns(cluster) == columns + 1, "the definition is upgraded with the chart"
    with _unchanged(release, home):
        release.helm("rollback", "podium", "1", "--wait")
        _await_repair(release, home)
    assert "turn" not in _annotations(release.deployment())
    with _unchanged(release, home):
        said = release.helm("uninstall", "podium", "--wait")

    assert CRD in said, "what is kept is said"
    assert cluster.get("crd", CRD) is not None
    assert cluster.get("deployment", "podium", namespace=restricted) is None
    assert cluster.get("orchestrator", home.name, namespace=restricted) is not None


def test_kubectl_alone_installs_it_too(
    cluster: Cluster, restricted: str, images: Images, tmp_path: Path
) -> None:
    """As a person would: a kustomization of one's own over an overlay, with images and a place."""
    overlay = REPOSITORY / "manifests" / "overlays" / "namespaced"
    (tmp_path / VARIABLES_FILE).write_text((overlay / VARIABLES_FILE).read_text())
    names = zip(PLACEHOLDERS, (images.operator, images.worker), strict=True)
    text = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": restricted,
        "resources": [path_from_root(overlay, tmp_path)],
        "configurations": [VARIABLES_FILE],
        "images": [_image(placeholder, reference) for placeholder, reference in names],
    }
    (tmp_path / "kustomization.yaml").write_text(to_yaml(text))

    cluster.kubectl("apply", "-k", str(tmp_path))

    rollout = ("rollout", "status", "deployment/podium", "--timeout=240s")
    cluster.kubectl(*rollout, namespace=restricted, timeout_seconds=250)
    cluster.apply(small("home"), namespace=restricted)
    cluster.wait_for("statefulset", "home-node", bool, namespace=restricted)


@contextmanager
def _unchanged(release: Release, home: Home) -> Iterator[None]:
    """Demand that nodes, queue and transcoders are the same pods before and after."""
    before = _data_plane(release, home)
    yield
    assert _data_plane(release, home) == before


def _data_plane(release: Release, home: Home) -> dict[str, tuple[str, int]]:
    """Return uid and restarts of every pod of the Orchestrator, by name."""
    selector = (
        f"app.kubernetes.io/instance={home.name},app.kubernetes.io/managed-by=podium-operator"
    )
    found = release.cluster.kubectl_json("get", "pods", "-l", selector, namespace=release.namespace)
    pods = {
        pod["metadata"]["name"]: (
            pod["metadata"]["uid"],
            sum(one["restartCount"] for one in pod["status"]["containerStatuses"]),
        )
        for pod in found["items"]
    }
    assert len(pods) == 3
    return pods


def _await_repair(release: Release, home: Home) -> None:
    """Let the new operator show that it keeps the Orchestrator: it makes a lost child again."""
    cluster, namespace, name = release.cluster, release.namespace, f"{home.name}-node"
    lost = cluster.get("pdb", name, namespace=namespace)
    assert lost is not None

    def is_new(found: Any) -> bool:
        return bool(found) and found["metadata"]["uid"] != lost["metadata"]["uid"]

    cluster.kubectl("delete", "pdb", name, namespace=namespace)
    cluster.wait_for("pdb", name, is_new, namespace=namespace)


def _image(placeholder: str, reference: str) -> dict[str, str]:
    name, _, tag = reference.rpartition(":")
    return {"name": placeholder, "newName": name, "newTag": tag}


def _columns(cluster: Cluster) -> int:
    definition = cluster.get("crd", CRD)
    assert definition is not None
    return len(definition["spec"]["versions"][-1]["additionalPrinterColumns"])


def _is_ready(found: Any) -> bool:
    conditions = ((found or {}).get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _annotations(deployment: dict[str, Any]) -> dict[str, str]:
    return deployment["spec"]["template"]["metadata"].get("annotations") or {}
