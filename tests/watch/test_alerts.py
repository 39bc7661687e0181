"""Alerts fire when they should and stay silent until then, and each has a page that helps."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.devcluster.programs.run import run
from tests.watch.programs import promtool
from tests.watch.reference import all_series
from tests.watch.rules import ALERTS, RUNBOOKS, Rule, read_rules, without_words

from podium_operator.yaml_text import to_yaml

CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).with_name("firing.yaml")).read_text()
)
NAMES = sorted({rule.name for rule in read_rules()})
_OWNER = 'namespace="n",name="o"'
_SECTIONS = ("## What is lost, and by when", "## What to look at", "## What to do")
_METRIC = re.compile(r"\b(?:podium|livepeer)_\w+\b")


def test_prometheus_accepts_every_rule_and_its_words() -> None:
    files = [str(path) for path in sorted(ALERTS.glob("*.yaml"))]

    said = run([str(promtool()), "check", "rules", *files], limit_seconds=240)

    assert said.count("SUCCESS") == len(files)


def test_every_alert_has_a_case_and_every_case_an_alert() -> None:
    assert sorted(CASES) == NAMES


def test_alerts_fire_when_they_should_and_not_before(tmp_path: Path) -> None:
    rules, tests = tmp_path / "rules.yaml", tmp_path / "tests.yaml"
    rules.write_text(to_yaml(without_words()))
    cases = [_case(name, case) for name, cases in CASES.items() for case in cases]
    tests.write_text(to_yaml({"rule_files": [str(rules)], "tests": cases}))

    said = run([str(promtool()), "test", "rules", str(tests)], limit_seconds=240)

    assert "SUCCESS" in said


@pytest.mark.parametrize("rule", read_rules(), ids=lambda rule: f"{rule.name}-{rule.severity}")
def test_an_alert_says_what_is_lost_by_when_and_where_to_look(rule: Rule) -> None:
    assert set(rule.annotations) == {"summary", "lost", "when", "look", "runbook_url"}
    assert rule.annotations["runbook_url"] == f"docs/runbooks/{rule.name}.md"
    assert rule.severity in {"page", "critical", "warning", "info"}


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_has_a_page_with_all_its_parts(name: str) -> None:
    page = (RUNBOOKS / f"{name}.md").read_text()

    places = [page.index(section) for section in _SECTIONS]

    assert page.startswith(f"# {name}\n")
    assert places == sorted(places)


def test_no_page_is_left_without_its_alert() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == set(NAMES)
    assert all(f"({name}.md)" in (RUNBOOKS / "README.md").read_text() for name in NAMES)


def test_alerts_name_only_metrics_that_are_exported() -> None:
    known = {one.name for part in all_series().values() for one in part}
    named = {name for rule in read_rules() for name in _METRIC.findall(rule.expr)}

    assert {name for name in named if name.removesuffix("_bucket") not in known} == set()


def _case(name: str, case: dict[str, Any]) -> dict[str, Any]:
    severity = case.get("severity") or next(r.severity for r in read_rules() if r.name == name)
    return {
        "name": name,
        "interval": "1m",
        "input_series": [
            {"series": series.replace("$o", _OWNER), "values": values}
            for series, values in case["series"].items()
        ],
        "promql_expr_test": [
            _count(name, severity, minute=case["silent"], expected=0),
            _count(name, severity, minute=case["fires"], expected=1),
        ],
    }


def _count(name: str, severity: str, *, minute: int, expected: int) -> dict[str, Any]:
    alerts = f'ALERTS{{alertname="{name}",severity="{severity}",alertstate="firing"}}'
    return {
        "expr": f"count({alerts}) or vector(0)",
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": "{}", "value": expected}],
    }
