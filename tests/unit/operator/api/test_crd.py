"""The definition: fresh, structural, bounded, explained."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # published without types
import pytest
import yaml

from podium_operator.api.crd import definition, render

ROOT = Path(__file__).resolve().parents[4]
COMMITTED = ROOT / "manifests" / "crd" / "podium.video_orchestrators.yaml"
SAMPLES = sorted((ROOT / "manifests" / "samples").glob("*.yaml"))
FORBIDDEN = {"$ref", "$defs", "anyOf", "oneOf", "allOf", "title", "const", "nullable"}
FORBIDDEN_NUMBERS = {"exclusiveMinimum", "exclusiveMaximum"}


def _root() -> dict[str, Any]:
    [version] = definition()["spec"]["versions"]
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return schema


def _schemas(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _schemas(inner, f"{path}.{name}")
    for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(schema.get(key), dict):
            yield from _schemas(schema[key], path + mark)


SPEC = dict(_schemas(_root()["properties"]["spec"], "spec"))
STATUS = dict(_schemas(_root()["properties"]["status"], "status"))


def test_committed_definition_is_fresh() -> None:
    assert COMMITTED.read_text() == render(), "run `make crd` and review the difference"


@pytest.mark.parametrize("path", [*SPEC, *STATUS])
def test_schema_is_structural(path: str) -> None:
    schema = (SPEC | STATUS)[path]

    assert not FORBIDDEN & schema.keys()
    assert "type" in schema or "x-kubernetes-int-or-string" in schema
    assert not any(
        isinstance(schema.get(key), int | float) and not isinstance(schema[key], bool)
        for key in FORBIDDEN_NUMBERS
    )


@pytest.mark.parametrize("path", SPEC)
def test_everything_a_person_writes_is_bounded(path: str) -> None:
    schema = SPEC[path]

    match schema.get("type"):
        case "string":
            assert "maxLength" in schema or "enum" in schema
        case "array":
            assert "maxItems" in schema
        case "integer" | "number":
            assert {"minimum", "enum"} & schema.keys()
        case "object":
            free = schema.get("x-kubernetes-preserve-unknown-fields")
            assert "properties" in schema or "maxProperties" in schema or free


@pytest.mark.parametrize(
    "path", [path for path in [*SPEC, *STATUS] if not path.endswith(("[]", "{}"))]
)
def test_every_field_is_explained(path: str) -> None:
    assert (SPEC | STATUS)[path].get("description")


def test_parents_of_defaults_have_a_default() -> None:
    for path, schema in SPEC.items():
        for name, inner in schema.get("properties", {}).items():
            needed = "properties" in inner and not inner.get("required")
            optional = f"{path}.{name}" in {"spec.queue.embedded", "spec.chain.rewards.caller"}
            if needed and not optional:
                assert isinstance(inner.get("default"), dict), f"{path}.{name}"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_fit_the_schema(path: Path) -> None:
    bodies = [one for one in yaml.safe_load_all(path.read_text()) if one["kind"] == "Orchestrator"]

    assert bodies
    for body in bodies:
        jsonschema.Draft202012Validator(_root()).validate(body)


def test_messages_of_rules_tell_what_to_do() -> None:
    fixes = ("set", "lower", "remove", "give", "put", "use", "choose", "must not")
    for schema in [_root(), *SPEC.values()]:
        for rule in schema.get("x-kubernetes-validations", []):
            assert any(fix in rule["message"] for fix in fixes), rule["message"]


def test_columns_show_what_a_person_looks_for() -> None:
    [version] = definition()["spec"]["versions"]

    narrow = [c["name"] for c in version["additionalPrinterColumns"] if not c.get("priority")]

    assert narrow == ["Status", "Pods", "Sessions", "Backlog", "Reward", "Stake", "Age"]
    assert version["subresources"] == {"status": {}}
