"""The values schema of charts/orchestrator, made of the Orchestrator's definition. Pure.

A structural schema of Kubernetes becomes a JSON Schema that says the same, but refuses unknown
fields, which the API server may only prune. CEL rules stay with the API server.
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["KEPT", "values_schema"]

Schema = dict[str, Any]

KEPT = (
    "description",
    "enum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minItems",
    "minLength",
    "minProperties",
    "pattern",
    "required",
    "type",
)
_STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}


def values_schema(definition: Mapping[str, Any]) -> Schema:
    """Describe the chart's values, `spec` as the definition's newest version has it."""
    version = definition["spec"]["versions"][-1]
    spec = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Values of the orchestrator chart",
        "type": "object",
        "additionalProperties": False,
        "required": ["spec"],
        "properties": {
            "global": {"type": "object"},
            "name": {"type": "string", "pattern": "^([a-z]([-a-z0-9]{0,38}[a-z0-9])?)?$"},
            "labels": _STRINGS,
            "annotations": _STRINGS,
            "keep": {"type": "boolean"},
            "spec": _translated(spec),
        },
    }


def _translated(node: Mapping[str, Any]) -> Schema:
    made: Schema = {key: node[key] for key in KEPT if key in node}
    if node.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    made |= _bounds(node)
    if "items" in node:
        made["items"] = _translated(node["items"])
    if isinstance(node.get("additionalProperties"), Mapping):
        made["additionalProperties"] = _translated(node["additionalProperties"])
    if "properties" in node:
        made["properties"] = {name: _translated(one) for name, one in node["properties"].items()}
        if not node.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    return made


def _bounds(node: Mapping[str, Any]) -> Schema:
    """OpenAPI 3.0 marks a bound as exclusive; JSON Schema has another word for such a bound."""
    made: Schema = {}
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if bound in node:
            made[exclusive if node.get(exclusive) is True else bound] = node[bound]
    return made
