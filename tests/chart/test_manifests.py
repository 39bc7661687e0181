"""manifests/ says what the chart says, and kubectl builds it without Helm."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.generated import REPOSITORY, generated, stray
from tests.chart.kustomized import (
    COMPONENTS,
    OVERLAYS,
    PLACEHOLDERS,
    VARIABLES_FILE,
    path_from_root,
    plain,
    preset,
)
from tests.chart.render import documents
from tests.devcluster.programs import ensure

from podium_operator.yaml_text import to_yaml

Object = dict[str, Any]

MANIFESTS = REPOSITORY / "manifests"
DEFAULT = MANIFESTS / "overlays" / "default"
# What a person makes before `helm install`, or Helm itself with --create-namespace.
OF_KUSTOMIZE_ALONE = {("Namespace", "podium-system")}
DEFINITION = ("CustomResourceDefinition", "orchestrators.podium.video")


def _built(folder: Path) -> dict[tuple[str, str], Object]:
    kubectl = ensure(("kubectl",), report=lambda _: None)["kubectl"]
    done = subprocess.run(
        [str(kubectl), "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {(one["kind"], one["metadata"]["name"]): one for one in documents(done.stdout)}


def _elsewhere(folder: Path, **more: Any) -> dict[tuple[str, str], Object]:
    """Build what a person's own kustomization over the default overlay gives."""
    text = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **more}
    (folder / "kustomization.yaml").write_text(to_yaml(text))
    return _built(folder)


def _containers(built: dict[tuple[str, str], Object]) -> list[Object]:
    pod: Object = built["Deployment", "podium"]["spec"]["template"]["spec"]
    containers: list[Object] = pod["containers"]
    return containers


def _variables(container: Object) -> dict[str, str | None]:
    return {one["name"]: one.get("value") for one in container["env"]}


def test_every_generated_file_is_fresh() -> None:
    made = generated()

    stale = [path for path, text in made.items() if (REPOSITORY / path).read_text() != text]

    assert stale == [], "run: make chart"
    assert stray(made) == [], "run: make chart"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_equals_the_chart_with_its_preset(overlay: str) -> None:
    built = _built(MANIFESTS / "overlays" / overlay)

    assert built.pop(DEFINITION) == _built(MANIFESTS / "crd")[DEFINITION]
    assert built.keys() >= OF_KUSTOMIZE_ALONE
    assert {key: one for key, one in built.items() if key not in OF_KUSTOMIZE_ALONE} == preset(
        *OVERLAYS[overlay]
    )


def test_the_monitoring_component_equals_the_charts_monitors(tmp_path: Path) -> None:
    built = _elsewhere(
        tmp_path,
        resources=[path_from_root(DEFAULT, tmp_path)],
        components=[path_from_root(MANIFESTS / "components" / "monitoring", tmp_path)],
    )

    wanted = preset(*COMPONENTS["monitoring"])
    kinds = {"ServiceMonitor", "PodMonitor"}
    assert {key: one for key, one in built.items() if key[0] in kinds} == {
        key: one for key, one in wanted.items() if key[0] in kinds
    }


def test_one_place_sets_each_image(tmp_path: Path) -> None:
    images = [
        {"name": PLACEHOLDERS[0], "newName": "registry.example.com/op", "newTag": "v1"},
        {"name": PLACEHOLDERS[1], "newName": "registry.example.com/wk", "newTag": "v2"},
    ]
    copied = tmp_path / VARIABLES_FILE
    copied.write_text((DEFAULT / VARIABLES_FILE).read_text())

    built = _elsewhere(
        tmp_path,
        resources=[path_from_root(DEFAULT, tmp_path)],
        configurations=[copied.name],
        images=images,
    )

    (container,) = _containers(built)
    assert container["image"] == "registry.example.com/op:v1"
    assert _variables(container)["PODIUM_WORKER_IMAGE"] == "registry.example.com/wk:v2"


def test_the_pages_own_example_names_both_images(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "manifests").symlink_to(MANIFESTS)
    page = (MANIFESTS / "README.md").read_text()
    lines = [line.removeprefix("    ") for line in page.splitlines() if line.startswith("    ")]
    assert lines.pop() == "kubectl apply -k deploy"

    subprocess.run(["sh", "-e"], input="\n".join(lines), text=True, check=True, cwd=tmp_path)

    (container,) = _containers(_built(tmp_path / "deploy"))
    assert container["image"] == "registry.example.com/podium-operator:0.1.0"
    assert _variables(container)["PODIUM_WORKER_IMAGE"] == (
        "registry.example.com/podium-worker:0.1.0"
    )


def test_one_line_moves_it_to_another_namespace(tmp_path: Path) -> None:
    built = _elsewhere(
        tmp_path,
        resources=[path_from_root(DEFAULT, tmp_path)],
        namespace="media",
    )

    assert ("Namespace", "media") in built
    spaces = {one["metadata"].get("namespace", "media") for one in built.values()}
    subjects = [
        subject["namespace"] for one in built.values() for subject in one.get("subjects", ())
    ]
    assert spaces == {"media"}
    assert subjects == ["media"] * 2


def test_no_default_names_a_repository_that_could_exist() -> None:
    # RFC 2606 keeps .invalid free: no registry ever answers there.
    assert all(name.startswith("registry.invalid/") for name in PLACEHOLDERS)
    assert "registry.invalid" not in yaml.safe_load(
        (MANIFESTS / "crd/kustomization.yaml").read_text()
    )


def test_what_only_helm_says_is_left_out() -> None:
    managed = "app.kubernetes.io/managed-by"
    labels = {"helm.sh/chart": "x", managed: "Helm", "team": "video"}
    body = {"metadata": {"labels": labels}, "selectors": [{managed: "podium-operator"}]}

    assert plain(body) == {
        "metadata": {"labels": {"team": "video"}},
        "selectors": [{managed: "podium-operator"}],
    }
