"""docs/api.md, made from the definition of `Orchestrator`: every field once (pure)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["api_page"]

Schema = Mapping[str, Any]

_HEAD = """# API reference

Made by `make chart` from [the definition](../manifests/crd/podium.video_orchestrators.yaml) that
the API server enforces; do not edit. `kubectl explain orchestrator.spec` says the same on a cluster
that has it, and [samples](../manifests/samples) show it in use.
"""
_COLUMNS = "| field | type | default | meaning |\n|---|---|---|---|\n"
_PATTERN_AT_MOST = 48


def api_page(definition: Schema) -> str:
    """Return the whole page; the definition is the CustomResourceDefinition as an object."""
    names = definition["spec"]["names"]
    (version,) = definition["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]
    title = f"## {names['kind']}\n\n`apiVersion: {definition['spec']['group']}/{version['name']}`, "
    known = f"short name `{names['shortNames'][0]}`. {schema['description']}\n"
    parts = [_HEAD, f"{title}{known}", _rules(schema), _printed(version)]
    for root in ("spec", "status"):
        parts += [_section(path, at) for path, at in _sections(root, schema["properties"][root])]
    return "\n".join(part for part in parts if part)


def _sections(path: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Walk the objects that have named fields, each before those inside it."""
    yield path, schema
    for name, field in schema["properties"].items():
        inside, suffix = _inside(field)
        if "properties" in inside:
            yield from _sections(f"{path}.{name}{suffix}", inside)


def _section(path: str, schema: Schema) -> str:
    required = schema.get("required", ())
    rows = [
        f"| `{name}` | {_type(path, name, field)} | {_default(field, is_required=name in required)}"
        f" | {_cell(field.get('description', ''))} |\n"
        for name, field in schema["properties"].items()
    ]
    said = schema.get("description", "")
    intro = f"{_text(said)}\n\n" if said else ""
    rules = _rules(schema)
    after = f"\n{rules}" if rules else ""
    return f"## {path}\n\n{intro}{_COLUMNS}{''.join(rows)}{after}"


def _printed(version: Schema) -> str:
    rows = [
        f"| {column['name'].upper()} | `{_bar(column['jsonPath'])}` | "
        f"{'`-o wide` only' if column.get('priority') else ''} |\n"
        for column in version["additionalPrinterColumns"]
    ]
    return f"`kubectl get` prints:\n\n| column | of | |\n|---|---|---|\n{''.join(rows)}"


def _rules(schema: Schema) -> str:
    found = [rule["message"] for rule in schema.get("x-kubernetes-validations", ())]
    for field in schema.get("properties", {}).values():
        if "properties" not in _inside(field)[0] or field.get("type") == "array":
            found += [rule["message"] for rule in field.get("x-kubernetes-validations", ())]
    lines = [f"- {_text(message)}\n" for message in found]
    return f"Refused, in these words:\n\n{''.join(lines)}" if lines else ""


def _inside(field: Schema) -> tuple[Schema, str]:
    """Look through lists and maps to what they hold; the suffix says what was looked through."""
    suffix = ""
    while True:
        if field.get("type") == "array":
            field, suffix = field["items"], f"{suffix}[]"
        elif isinstance(field.get("additionalProperties"), Mapping):
            field, suffix = field["additionalProperties"], f"{suffix}{{}}"
        else:
            return field, suffix


def _type(path: str, name: str, field: Schema) -> str:
    inside, suffix = _inside(field)
    if "properties" in inside:
        target = f"{path}.{name}{suffix}"
        return f"{_shape(suffix)}[{'objects' if suffix else 'object'}](#{_anchor(target)})"
    bounds = ", ".join(filter(None, (_bounds(inside), _count(field))))
    return f"{_shape(suffix)}{_scalar(inside)}{', ' if bounds else ''}{bounds}"


def _shape(suffix: str) -> str:
    return suffix.replace("[]", "list of ").replace("{}", "map of ")


def _scalar(field: Schema) -> str:
    if "enum" in field:
        return " or ".join(f"`{one}`" for one in field["enum"])
    if field.get("x-kubernetes-int-or-string"):
        return "quantity"
    if field.get("format") == "date-time":
        return "time"
    if field.get("x-kubernetes-preserve-unknown-fields"):
        return "any object"
    return str(field.get("type", "any"))


def _bounds(field: Schema) -> str:
    least, most = field.get("minimum"), field.get("maximum")
    if field.get("x-kubernetes-int-or-string"):
        return ""
    if least is not None and most is not None:
        return f"{least} to {most}"
    words = [f"{least} or more"] if least is not None else []
    words += [f"at most {most}"] if most is not None else []
    words += [f"at most {field['maxLength']} characters"] if "maxLength" in field else []
    pattern = field.get("pattern", "")
    words += [f"`{_bar(pattern)}`"] if 0 < len(pattern) <= _PATTERN_AT_MOST else []
    return ", ".join(words)


def _count(field: Schema) -> str:
    least = field.get("minItems", 0)
    most = field.get("maxItems", field.get("maxProperties"))
    words = [f"at least {least} of them"] if least else []
    return ", ".join([*words, *([f"at most {most} of them"] if most is not None else [])])


def _default(field: Schema, *, is_required: bool) -> str:
    if is_required:
        return "required"
    if "default" not in field or "properties" in field:
        return ""
    return f"`{_bar(json.dumps(field['default']))}`"


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading without spaces."""
    return "".join(one for one in heading.lower() if one.isalnum() or one in "-_")


def _cell(text: str) -> str:
    return _bar(_text(text))


def _bar(text: str) -> str:
    return text.replace("|", "\\|")


def _text(text: str) -> str:
    """Keep what Markdown would take for a tag or for emphasis as it is."""
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*")
