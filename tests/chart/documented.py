"""What a chart's values.yaml says of each value: its place, its default, and the comment on it.

Pure. A comment directly above a key, or behind its value, is the key's; one above a whole section
is its members' introduction and is not repeated for them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

__all__ = ["Entry", "entries", "schema_leaves", "table"]

_BEHIND = re.compile(r"(?:^|\s)#\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One value, or one section of them (`default` is None)."""

    path: str
    default: str | None
    comment: str


def entries(text: str, leaves: frozenset[str]) -> Iterator[Entry]:
    """Read values.yaml in order; `leaves` are the paths that the schema takes as one value."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    yield from _entries(root, text.splitlines(), leaves, "")


def table(found: Iterator[Entry]) -> str:
    """Write the README's table; sections are rows of their own, in bold."""
    lines = ["| value | default | what it is |", "|---|---|---|"]
    for entry in found:
        comment = entry.comment.replace("|", "\\|")
        if entry.default is None:
            lines.append(f"| **{entry.path}** | | {comment} |")
        else:
            lines.append(f"| `{entry.path}` | `{entry.default}` | {comment} |")
    return "\n".join(lines) + "\n"


def schema_leaves(schema: Mapping[str, Any]) -> frozenset[str]:
    """List the paths that the schema knows no members of."""
    return frozenset(_schema_leaves(schema, schema, ""))


def _schema_leaves(node: Mapping[str, Any], schema: Mapping[str, Any], at: str) -> Iterator[str]:
    for name, child in node["properties"].items():
        reference = child.get("$ref", "")
        entry = schema["definitions"][reference.rsplit("/", 1)[1]] if reference else child
        if "properties" in entry and name != "affinity":
            yield from _schema_leaves(entry, schema, f"{at}{name}.")
        else:
            yield f"{at}{name}"


def _entries(
    node: yaml.MappingNode, lines: list[str], leaves: frozenset[str], at: str
) -> Iterator[Entry]:
    for key, value in node.value:
        path = f"{at}{key.value}"
        comment = _comment(lines, key.start_mark)
        if path in leaves or not isinstance(value, yaml.MappingNode):
            yield Entry(path, _written(value), comment)
            continue
        if comment:
            yield Entry(path, None, comment)
        yield from _entries(value, lines, leaves, f"{path}.")


def _comment(lines: list[str], mark: yaml.Mark) -> str:
    line, indent = lines[mark.line], " " * mark.column
    behind = _BEHIND.search(line[mark.column :])
    if behind:
        return behind[1].strip()
    above: list[str] = []
    at = mark.line - 1
    while at >= 0 and lines[at].startswith(f"{indent}# "):
        above.insert(0, lines[at].removeprefix(f"{indent}# ").strip())
        at -= 1
    return " ".join(above)


def _written(value: yaml.Node) -> str:
    parsed = yaml.safe_load(yaml.serialize(value))
    flow = yaml.safe_dump(parsed, default_flow_style=True, width=1000, sort_keys=False)
    return flow.removesuffix("\n...\n").strip() if parsed != "" else '""'
