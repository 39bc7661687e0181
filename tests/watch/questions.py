"""Everything that dashboards and alerts ask Prometheus for, and what each needs to be answered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.watch.panels import Dashboard, filled, read_dashboards
from tests.watch.rules import read_rules

__all__ = ["Question", "alert_questions", "chosen", "panel_questions"]

_METRIC = r"(?:podium|livepeer|process|DCGM)_\w+"
_SELECTOR = re.compile(rf"\b{_METRIC}(?:\{{[^}}]*\}})?")
_OTHER_EVENTS = {
    'podium_orchestrator_condition{type="Funded"}': "the Orchestrator is on chain",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A query with all variables filled in; `when`: the event without which it has no answer."""

    where: str
    expr: str
    when: str


def panel_questions() -> list[Question]:
    """Return every query of every panel, and every annotation's."""
    return [one for dashboard in read_dashboards() for one in _of_dashboard(dashboard)]


def alert_questions() -> list[Question]:
    """Return what every alert looks at: its selectors, since its comparison should be empty."""
    events = _events()
    return [
        Question(rule.name, selector, events.get(_name(selector), ""))
        for rule in read_rules()
        for selector in dict.fromkeys(_SELECTOR.findall(rule.expr))
    ]


def _of_dashboard(dashboard: Dashboard) -> Iterator[Question]:
    for mark in dashboard.annotations:
        event = "scaling holds" if "hold" in mark.expr else "a pool is scaled"
        yield Question(f"{dashboard.title}: {mark.name}", chosen(mark.expr), event)
    for panel in dashboard.panels:
        for query in panel.queries:
            yield Question(f"{dashboard.title}: {panel.title}", chosen(query.expr), query.when)


def chosen(expr: str) -> str:
    """Choose everything in a query, as a dashboard that was just opened does."""
    return re.sub(r'"\$(namespace|name|pool)"', '".*"', filled(expr)).replace(
        "$__rate_interval", "1m"
    )


def _events() -> dict[str, str]:
    """Return, by metric, the event without which the dashboards say that it has no series."""
    queries = [
        query
        for dashboard in read_dashboards()
        for panel in dashboard.panels
        for query in panel.queries
    ]
    always = {name for query in queries if not query.when for name in _names(query.expr)}
    return {
        name: query.when
        for query in queries
        if query.when
        for name in _names(query.expr)
        if name not in always
    } | _OTHER_EVENTS


def _names(expr: str) -> list[str]:
    return [_name(selector) for selector in _SELECTOR.findall(expr)]


def _name(selector: str) -> str:
    """Name a selector's metric; a condition of the chain side by its type, too."""
    return selector if selector in _OTHER_EVENTS else selector.partition("{")[0]
