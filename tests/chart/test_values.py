"""The charts' values: each is documented once, and what is unknown or mistyped is told by name."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.chart.documented import entries, schema_leaves
from tests.chart.helms import HELMS, Helm
from tests.chart.render import (
    CHART,
    IMAGES,
    ORCHESTRATOR_CHART,
    HelmError,
    documents,
    helm as helm_3,
    render,
    run_helm,
)

from podium_operator.yaml_text import to_yaml

Schema = Mapping[str, Any]

SCHEMA: Schema = json.loads((CHART / "values.schema.json").read_text())
VALUES = (CHART / "values.yaml").read_text()
EVERY_HELM = pytest.mark.parametrize("helm", HELMS, ids=str)
# A value of this type is wrong for everything that takes another.
WRONG: Mapping[str, object] = {
    "string": {"no": "text"},
    "boolean": "yes",
    "integer": "two",
    "array": "a,b",
    "object": ["a"],
}


@EVERY_HELM
def test_every_mistyped_value_is_refused_by_its_name(helm: Helm, tmp_path: Path) -> None:
    wrong = dict(_mistyped(SCHEMA))
    paths = _paths(wrong)

    said = _refusal(helm, wrong, tmp_path)

    assert len(paths) > 45
    assert [path for path in paths if not _is_named(path, said)] == []


@EVERY_HELM
def test_an_unknown_value_is_refused_by_its_name_wherever_it_stands(
    helm: Helm, tmp_path: Path
) -> None:
    unknown = _with_unknown(SCHEMA)

    said = _refusal(helm, unknown, tmp_path)

    names = [path.rsplit(".", 1)[-1] for path in _paths(unknown)]
    assert len(names) > 10
    assert [name for name in names if not re.search(rf"\b{name}\b", said)] == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param("replica=2", "replica", id="a misspelt name"),
        pytest.param("image.tga=v1", "tga", id="a misspelt name further in"),
        pytest.param("replicas=0", "replicas", id="no replica at all"),
        pytest.param("log.level=loud", "log.level", id="a level that there is not"),
        pytest.param("scope.mode=all", "scope.mode", id="a scope that there is not"),
        pytest.param("scope.mode=namespaces", "scope.namespaces is empty", id="a list of none"),
        pytest.param("scope.namespaces={a}", "scope.namespaces", id="a list nobody reads"),
        pytest.param("image.digest=sha256:12", "digest", id="half a digest"),
        pytest.param(
            "image.repository=a.b/c:1.2", "without a tag, which is image.tag", id="a tag as well"
        ),
        pytest.param("image.repository=https://a.b/c", "without https:", id="a link"),
        pytest.param("workerImage.repository=a.b/C", "in small letters", id="capitals"),
        pytest.param(
            "livePage.port=9090,externalScaler.enabled=true",
            "give one of them another",
            id="one port for two",
        ),
        pytest.param("resources.limits.memory=lots", "resources.limits", id="no quantity"),
        pytest.param("tolerations[0].efect=NoSchedule", "tolerations", id="a misspelt toleration"),
        pytest.param("spotNotices.taints={a=b}", "spotNotices.taints", id="a taint with a value"),
        pytest.param("spotNotices.conditions={Ready}", "spotNotices", id="what every machine says"),
        pytest.param("monitoring.alerts=true", "monitoring.alerts", id="a switch with three ways"),
        pytest.param(
            "monitoring.runbooks=example.com", "monitoring.runbooks", id="half an address"
        ),
    ],
)
def test_a_wrong_value_is_refused_by_name(value: str, said: str) -> None:
    with pytest.raises(HelmError) as refusal:
        render(value)

    assert said in str(refusal.value).replace("/", ".").replace("..", ".")


_SECTIONS = sorted(
    f"{name}.{child}" if child else name
    for name, entry in SCHEMA["properties"].items()
    for child in ("", *entry.get("required", ()))
    if child or name in SCHEMA["required"]
)


@EVERY_HELM
@pytest.mark.parametrize("depth", [0, 1], ids=["sections", "values"])
def test_what_cannot_be_without_a_value_is_asked_for_by_name(helm: Helm, depth: int) -> None:
    values = [value for value in _SECTIONS if value.count(".") == depth]
    nulls = [f"--set={value}=null" for value in values]

    with pytest.raises(HelmError) as refusal:
        run_helm(helm.find(), "template", "podium", str(CHART), *nulls)

    assert len(values) > 15
    names = [value.rpartition(".")[2] for value in values]
    said = str(refusal.value)
    assert [name for name in names if not re.search(rf"\b{name}\b", said)] == []


@EVERY_HELM
def test_what_may_be_empty_may_be_null(helm: Helm) -> None:
    """Whoever wants none of it takes the default away."""
    required = {*_SECTIONS, "image", "workerImage"}
    leaves = sorted(schema_leaves(SCHEMA) - required - {"global"})
    kept = ("repository", "pullPolicy")
    nulls = [f"--set={leaf}=null" for leaf in leaves if not leaf.endswith(kept)]

    assert len(nulls) > 20
    assert run_helm(helm.find(), "template", "podium", str(CHART), *nulls, *IMAGES)


@EVERY_HELM
@pytest.mark.parametrize("image", ["image", "workerImage"])
@pytest.mark.parametrize("given", ["--set={}.tag=20260101", "--set-json={}.tag=1.5"])
def test_a_tag_that_helm_takes_for_a_number_is_told_how_to_be_given(
    helm: Helm, image: str, given: str
) -> None:
    with pytest.raises(HelmError, match=rf"give it by --set-string {image}\.tag="):
        run_helm(helm.find(), "template", "podium", str(CHART), *IMAGES, given.format(image))


@EVERY_HELM
def test_such_a_tag_is_taken_as_a_text(helm: Helm) -> None:
    tag = "--set-string=image.tag=20260101"

    said = run_helm(helm.find(), "template", "podium", str(CHART), *IMAGES, tag)

    assert 'image: "example/operator:20260101"' in said


@pytest.mark.parametrize("release", ["2026", "my.podium", "1e5"])
def test_a_release_whose_service_could_not_be_is_refused(release: str) -> None:
    with pytest.raises(HelmError, match=rf"cannot be called {release}.*take another name"):
        helm_3("template", release, str(CHART), *IMAGES)


@pytest.mark.parametrize("release", ["true", "null", "y", "no"])
def test_a_name_that_yaml_takes_for_something_else_stays_a_name(release: str) -> None:
    account = ("--set=serviceAccount.create=false", "--set-string=serviceAccount.name=007")
    further = ("--set-string=imagePullSecrets[0]=1e3", "--set-string=priorityClassName=0x1")
    text = helm_3("template", release, str(CHART), "--namespace=123", *IMAGES, *account, *further)

    objects = documents(text)

    for one in objects:
        assert one["metadata"].get("namespace", "123") == "123"
        assert one["metadata"]["labels"]["app.kubernetes.io/instance"] == release
    (deployment,) = (one for one in objects if one["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "007"
    assert pod["imagePullSecrets"] == [{"name": "1e3"}]
    assert pod["priorityClassName"] == "0x1"


@pytest.mark.parametrize("name", ["a", "a/b", "localhost:5000/a", "Reg.example:443/x/y_z-1.2"])
def test_a_repository_may_be_anywhere(name: str) -> None:
    said = helm_3("template", "podium", str(CHART), *IMAGES, f"--set=image.repository={name}")

    assert f'image: "{name}:' in said


def test_the_operators_own_variables_are_not_set_by_hand() -> None:
    with pytest.raises(HelmError, match="extraEnv"):
        render("extraEnv[0].name=PODIUM_SCOPE", "extraEnv[0].value=cluster")


def test_every_value_is_in_the_schema_and_every_schema_entry_is_a_value() -> None:
    leaves = schema_leaves(SCHEMA)

    values = [entry for entry in entries(VALUES, leaves) if entry.default is not None]

    assert {entry.path for entry in values} == leaves - {"global"}


@pytest.mark.parametrize("chart", [CHART, ORCHESTRATOR_CHART], ids=lambda chart: chart.name)
def test_every_value_says_what_it_is(chart: Path) -> None:
    leaves = schema_leaves(SCHEMA) if chart is CHART else frozenset({"spec"})

    found = [*entries((chart / "values.yaml").read_text(), leaves)]

    assert found
    assert [entry.path for entry in found if not entry.comment] == []


@pytest.mark.parametrize(
    "preset", sorted((CHART / "presets").iterdir()), ids=lambda path: path.stem
)
def test_a_preset_is_taken_by_every_helm(preset: Path) -> None:
    for helm in HELMS:
        run_helm(helm.find(), "lint", "--strict", str(CHART), *IMAGES, f"--values={preset}")


def _refusal(helm: Helm, values: object, folder: Path) -> str:
    given = folder / "values.yaml"
    given.write_text(to_yaml(values))
    with pytest.raises(HelmError) as refusal:
        run_helm(helm.find(), "template", "podium", str(CHART), f"--values={given}")
    return str(refusal.value)


def _is_named(path: str, said: str) -> bool:
    """Helm 3 writes image.tag, Helm 4 /image/tag."""
    return f"{path}:" in said or f"'/{path.replace('.', '/')}'" in said


def _mistyped(schema: Schema) -> Iterator[tuple[str, object]]:
    for name, child in schema["properties"].items():
        entry = _resolved(child)
        if "properties" in entry:
            yield name, dict(_mistyped(entry))
        elif name != "global":
            kind = "string" if "enum" in entry else entry["type"]
            kind = kind[0] if isinstance(kind, list) else kind
            yield name, WRONG[kind]


def _with_unknown(schema: Schema, at: str = "") -> dict[str, object]:
    found: dict[str, object] = {f"unknown{at}": "x"}
    for name, child in schema["properties"].items():
        entry = _resolved(child)
        if "properties" in entry:
            found[name] = _with_unknown(entry, f"{at}In{name.capitalize()}")
    return found


def _paths(values: Mapping[str, object], at: str = "") -> list[str]:
    """List the places of wrong values; of these, only that for a string is a mapping itself."""
    found: list[str] = []
    for name, value in values.items():
        if isinstance(value, dict) and value != WRONG["string"]:
            found += _paths(value, f"{at}{name}.")
        else:
            found.append(f"{at}{name}")
    return found


def _resolved(node: Schema) -> Schema:
    reference = node.get("$ref")
    entry: Schema = SCHEMA["definitions"][reference.rsplit("/", 1)[1]] if reference else node
    return entry
