"""The chart of one Orchestrator: checked by the definition's own schema before it is sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.generated import REPOSITORY
from tests.chart.helms import HELMS, Helm
from tests.chart.orchestrator_schema import KEPT, values_schema
from tests.chart.render import ORCHESTRATOR_CHART, HelmError, documents, helm, run_helm

CHART = str(ORCHESTRATOR_CHART)
POOL = "spec.pools[0].name=cpu,spec.pools[0].hardware.type=cpu"


def _render(*values: str, namespace: str = "media") -> dict[str, Any]:
    sets = [f"--set={value}" for value in values]
    found: dict[str, Any] = yaml.safe_load(
        helm("template", "home", CHART, f"--namespace={namespace}", *sets)
    )
    return found


def test_without_values_it_makes_a_small_orchestrator_of_the_releases_name() -> None:
    made = _render()

    assert made["metadata"]["name"] == "home"
    assert made["metadata"]["namespace"] == "media"
    assert made["spec"]["pools"][0]["scale"] == {"min": 1, "max": 4}


def test_its_name_labels_and_annotations_are_the_persons() -> None:
    made = _render("name=studio", "labels.team=video", "annotations.note=x", "keep=true")

    assert made["metadata"]["name"] == "studio"
    assert made["metadata"]["labels"]["team"] == "video"
    assert made["metadata"]["annotations"] == {"note": "x", "helm.sh/resource-policy": "keep"}


@pytest.mark.parametrize("helm_of", HELMS, ids=str)
@pytest.mark.parametrize(
    ("values", "named"),
    [
        pytest.param("spec.pool=x", "pool", id="a misspelt field"),
        pytest.param(f"{POOL},spec.pools[0].scale.mim=1", "mim", id="a misspelt field of a pool"),
        pytest.param(f"{POOL},spec.pools[0].scale.min=few", "min", id="a number in words"),
        pytest.param("spec.pools[0].hardware.type=cpu", "name", id="a pool without a name"),
        pytest.param(f"{POOL},spec.pools[0].slots=0", "slots", id="no slot at all"),
        pytest.param(f"{POOL},spec.node.drainSeconds=9999", "drainSeconds", id="a bound"),
        pytest.param("kep=true", "kep", id="a misspelt value of the chart"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values: str, named: str, helm_of: Helm) -> None:
    with pytest.raises(HelmError, match=named):
        run_helm(helm_of.find(), "template", "home", CHART, f"--set={values}")


@pytest.mark.parametrize("release", ["99", "my.home", "h" * 41])
def test_a_release_that_no_orchestrator_can_be_called_by_is_told_to_name_it(release: str) -> None:
    with pytest.raises(HelmError, match="name it by --set name=home"):
        helm("template", release, CHART)

    assert helm("template", release, CHART, "--set=name=home")


@pytest.mark.parametrize("name", ["true", "y"])
def test_a_name_that_yaml_takes_for_something_else_stays_a_name(name: str) -> None:
    made = yaml.safe_load(helm("template", name, CHART, "--namespace=123"))

    assert made["metadata"]["name"] == name
    assert made["metadata"]["namespace"] == "123"


@pytest.mark.parametrize("helm_of", HELMS, ids=str)
def test_lint_finds_nothing(helm_of: Helm) -> None:
    report = run_helm(helm_of.find(), "lint", "--strict", CHART)

    assert "0 chart(s) failed" in report


def test_an_exclusive_bound_is_written_as_json_schema_writes_it() -> None:
    spec = {
        "type": "object",
        "properties": {"a": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
    }
    version = {"schema": {"openAPIV3Schema": {"properties": {"spec": spec}}}}

    schema = values_schema({"spec": {"versions": [version]}})

    assert schema["properties"]["spec"]["properties"]["a"] == {
        "type": "number",
        "exclusiveMinimum": 0,
    }


def test_every_word_of_the_definition_is_understood() -> None:
    text = (REPOSITORY / "manifests/crd/podium.video_orchestrators.yaml").read_text()
    (definition,) = documents(text)
    version = definition["spec"]["versions"][-1]

    words = set(_words(version["schema"]["openAPIV3Schema"]["properties"]["spec"]))

    # Defaults are the API server's to fill in; extensions are its own rules.
    known = {*KEPT, "properties", "items", "additionalProperties", "default"}
    bounds = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    assert {one for one in words if not one.startswith("x-kubernetes-")} <= known | bounds


def test_the_notes_say_what_removing_does() -> None:
    notes = Path(ORCHESTRATOR_CHART / "templates" / "NOTES.txt").read_text()

    assert "helm uninstall" in notes
    assert "spec.deletionPolicy" in notes


def _words(node: Any) -> Iterator[str]:
    """List the keywords of a schema, down through everything that holds another one."""
    yield from node
    for name in ("items", "additionalProperties"):
        if isinstance(node.get(name), dict):
            yield from _words(node[name])
    for child in node.get("properties", {}).values():
        yield from _words(child)
