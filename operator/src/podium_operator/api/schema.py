"""From a pydantic model to a structural schema.

The API server takes OpenAPI 3.0 without references or unions; pydantic writes JSON Schema 2020-12.
The difference is the handful of rules below. A model that needs another one fails here, at build
time, and not in somebody's cluster.
"""

__all__ = ["structural_schema"]

from collections.abc import Iterator, Mapping
from typing import Any

from podium_operator.api.fields import Model


def structural_schema(model: type[Model]) -> dict[str, Any]:
    """The model's schema as the API server takes it."""
    given = model.model_json_schema(by_alias=True)
    models = given.pop("$defs", {})
    return _structural(given, models)


def _structural(schema: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with references inlined and 2020-12 turned into what the API server takes."""
    flat = _joined(_inlined(schema, models), models)
    return {
        key: value
        for given, content in flat.items()
        for key, value in _translated(given, content, models)
    }


def _translated(key: str, value: Any, models: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    match key:
        case "title":
            return
        case "default" if value is None:
            return
        case "default":
            # Rules judge a default as it stands, before the defaults within it apply.
            yield key, _without_nulls(value)
        case "const":
            yield "enum", [value]
        case "exclusiveMinimum" | "exclusiveMaximum":
            yield f"m{key.removeprefix('exclusiveM')}", value
            yield key, True
        case "additionalProperties" if isinstance(value, bool):
            return
        case "properties":
            yield key, {name: _structural(inner, models) for name, inner in value.items()}
        case "items" | "additionalProperties":
            yield key, _structural(value, models)
        case _:
            yield key, value


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}


def _inlined(schema: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with a reference replaced by its model; what stands beside it wins."""
    if "$ref" not in schema:
        return dict(schema)
    beside = {key: value for key, value in schema.items() if key != "$ref"}
    return {**models[schema["$ref"].rsplit("/", 1)[-1]], **beside}


def _joined(schema: dict[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without `anyOf`: X or null is X, integer or string has a word of its own."""
    if "anyOf" not in schema:
        return schema
    beside = {key: value for key, value in schema.items() if key != "anyOf"}
    choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
    if {choice.get("type") for choice in choices} == {"integer", "string"}:
        return {"x-kubernetes-int-or-string": True, **beside}
    [only] = choices
    return {**_inlined(only, models), **beside}
