"""The alert rules as they are shipped, and variants of them for proofs (pure but for reading)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["ALERTS", "RUNBOOKS", "Rule", "hurried", "read_rules", "shipped", "without_words"]

_REPOSITORY = Path(__file__).parents[2]
ALERTS = _REPOSITORY / "charts" / "podium" / "files" / "alerts"
RUNBOOKS = _REPOSITORY / "docs" / "runbooks"

Groups = dict[str, Any]
_Change = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule; several may share a name, with severities of their own."""

    name: str
    expr: str
    hold: str
    severity: str
    annotations: dict[str, str]


def read_rules() -> list[Rule]:
    """Return every rule of every file, in order."""
    return [
        Rule(
            name=one["alert"],
            expr=one["expr"],
            hold=str(one["for"]),
            severity=one["labels"]["severity"],
            annotations=one["annotations"],
        )
        for groups in _files()
        for group in groups["groups"]
        for one in group["rules"]
    ]


def shipped() -> Groups:
    """Return all rules in one file, as they are."""
    return _changed(lambda _: None)


def without_words() -> Groups:
    """Return all rules without annotations, for tests of when they fire."""
    return _changed(lambda rule: rule.pop("annotations"))


def hurried(hold: str) -> Groups:
    """Return all rules with at most a short wait, for drills: what they wait for is the same."""
    return _changed(lambda rule: rule.update({"for": hold}))


def _changed(change: _Change) -> Groups:
    groups = [group for found in _files() for group in found["groups"]]
    for group in groups:
        for rule in group["rules"]:
            change(rule)
    return {"groups": groups}


def _files() -> Iterator[Groups]:
    for path in sorted(ALERTS.glob("*.yaml")):
        yield yaml.safe_load(path.read_text())
