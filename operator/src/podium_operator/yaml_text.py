"""YAML that every reader reads alike."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

__all__ = ["to_yaml", "to_yaml_documents"]

# Plain, PyYAML reads these as text, while kubectl and Helm read numbers and truth: 1e5, 08, 0o7, y.
_NOT_TEXT_TO_ALL = re.compile(
    r"([-+]?(0[box][0-9a-f_]+|[0-9_]*\.?[0-9_]*(e[-+]?[0-9_]+)?)|[yn])$", re.IGNORECASE
)


class _Dumper(yaml.SafeDumper):
    """Quotes text that any reader might take for something else."""


_Dumper.add_implicit_resolver(
    "tag:podium.video:not-text-to-all", _NOT_TEXT_TO_ALL, list("-+.0123456789ynYN")
)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """A next-line character is a line's end to YAML, and lost unless it is escaped."""
    style = '"' if "\x85" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def to_yaml(value: Any, *, width: float = 80) -> str:
    """Write one document, its keys in their own order, in lines of about `width` characters."""
    return to_yaml_documents([value], width=width)


def to_yaml_documents(values: Iterable[Any], *, width: float = 80) -> str:
    """Write several documents, one after another, as `kubectl apply -f` reads them."""
    return yaml.dump_all(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width)
