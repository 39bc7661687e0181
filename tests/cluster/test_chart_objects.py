"""A real API server takes what charts, manifests and samples say, down to the last field."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.generated import REPOSITORY
from tests.chart.render import CHART, HelmError, render
from tests.chart.test_chart import MATRIX
from tests.cluster.operators import define, orchestrator
from tests.cluster.releases import Release
from tests.devcluster.cluster import Cluster
from tests.support.patience import look_until

from podium_operator.api.names import KIND
from podium_operator.yaml_text import to_yaml_documents

pytestmark = pytest.mark.cluster

SAMPLES = sorted((REPOSITORY / "manifests" / "samples").glob("*.yaml"))
OVERLAYS = sorted((REPOSITORY / "manifests" / "overlays").iterdir())
TRIED = ("apply", "--server-side", "--force-conflicts", "--dry-run=server")
# Nothing is made in a dry run; the namespace must be there all the same.
THERE = "default"
KINDS = {
    "monitoring.coreos.com/v1": ("ServiceMonitor", "PodMonitor", "PrometheusRule"),
    "grafana.integreatly.org/v1beta1": ("GrafanaDashboard",),
}


@pytest.fixture(scope="module")
def defined(cluster: Cluster) -> Cluster:
    """A cluster that knows Orchestrators; a test that changes the definition puts it back."""
    define(cluster)
    return cluster


@pytest.mark.parametrize("values", MATRIX)
def test_every_set_of_values_is_taken(values: tuple[str, ...], defined: Cluster) -> None:
    objects = render(*values)
    for one in objects:
        if "namespace" in one["metadata"]:
            one["metadata"]["namespace"] = THERE

    said = defined.kubectl(*TRIED, "-f", "-", stdin=to_yaml_documents(objects))

    assert said.count("(server dry run)") == len(objects)
    assert "Warning" not in said


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_taken(sample: Path, defined: Cluster) -> None:
    bodies = [body for body in yaml.safe_load_all(sample.read_text()) if body["kind"] == KIND]

    text = to_yaml_documents(bodies)
    strict = ("--validate=strict", "-f", "-")
    said = defined.kubectl(*TRIED, *strict, stdin=text, namespace=THERE)

    assert said.count("(server dry run)") == len(bodies) > 0


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_every_overlay_is_taken(overlay: Path, defined: Cluster) -> None:
    space = ("create", "namespace", "podium-system", "--dry-run=client", "-o", "yaml")
    defined.apply(defined.kubectl(*space))

    said = defined.kubectl(*TRIED, "-k", str(overlay))

    assert "deployment.apps/podium serverside-applied (server dry run)" in said


def test_monitors_and_dashboards_come_by_themselves_where_their_kinds_are(
    defined: Cluster, namespace: str
) -> None:
    definitions = [_anything(group, kind) for group, kinds in KINDS.items() for kind in kinds]
    release = Release.without_pods(defined, namespace)
    release.install()
    before = release.helm("get", "manifest", "podium")
    defined.apply(definitions)
    for one in definitions:
        defined.wait_for("crd", one["metadata"]["name"], _is_established)
        defined.await_kind(one["metadata"]["name"])
    try:
        release.install(verb="upgrade")
        after = release.helm("get", "manifest", "podium")
        release.helm("uninstall", "podium")
    finally:
        defined.delete(definitions)
        # Helm would go on making objects of a kind that is still told of.
        look_until(lambda: not _still_told(defined), "the kinds are gone", every_seconds=0.2)

    kinds = [kind for group in KINDS.values() for kind in group]
    assert [kind for kind in kinds if f"kind: {kind}\n" in before] == []
    assert [kind for kind in kinds if f"kind: {kind}\n" not in after] == []


def test_a_definition_that_another_release_left_is_taken_over_only_when_told(
    defined: Cluster, namespace: str
) -> None:
    release = Release.without_pods(defined, namespace)

    with pytest.raises(HelmError, match="invalid ownership metadata"):
        release.install("crds.install=true")

    release.install("crds.install=true", flags=("--take-ownership",))
    release.helm("uninstall", "podium")
    define(defined)
    assert "--take-ownership" in (CHART / "README.md").read_text()


def test_the_chart_of_one_orchestrator_makes_and_removes_it(
    defined: Cluster, namespace: str
) -> None:
    release = Release.without_pods(defined, namespace)
    chart = str(REPOSITORY / "charts" / "orchestrator")
    wanted = orchestrator()["spec"]["pools"]

    release.helm("install", "home", chart)
    made = defined.get("orchestrator", "home", namespace=namespace)
    release.helm("upgrade", "home", chart, "--set=keep=true")
    release.helm("uninstall", "home")

    assert made is not None
    assert [pool["name"] for pool in made["spec"]["pools"]] == [pool["name"] for pool in wanted]
    assert defined.get("orchestrator", "home", namespace=namespace) is not None
    defined.kubectl("delete", "orchestrator", "home", namespace=namespace)


def _anything(api: str, kind: str) -> dict[str, Any]:
    """A definition by name only: it stands for the real one, which other projects publish."""
    group, _, version = api.partition("/")
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


def _still_told(cluster: Cluster) -> str:
    groups = (api.partition("/")[0] for api in KINDS)
    asked = ("api-resources", "--output=name")
    return "".join(cluster.kubectl(*asked, f"--api-group={group}") for group in groups)


def _is_established(found: Any) -> bool:
    conditions = ((found or {}).get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
