"""Dashboards as Grafana imports them (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.watch.panels import Annotation, Dashboard, Panel, Query, filled

__all__ = ["dashboard_json"]

Json = dict[str, Any]

_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_COLUMNS: Final = 24
_KINDS: Final = {
    "lines": "timeseries",
    "stat": "stat",
    "gauge": "gauge",
    "table": "table",
    "timeline": "state-timeline",
    "bars": "barchart",
}
_VALUES_OF: Final = {
    "namespace": "label_values(podium_orchestrator_condition, namespace)",
    "name": 'label_values(podium_orchestrator_condition{namespace=~"$namespace"}, name)',
    "pool": 'label_values(podium_pool_ready_pods{namespace=~"$namespace",name=~"$name"}, pool)',
}


def dashboard_json(dashboard: Dashboard) -> Json:
    """Return the JSON model of a dashboard; the same source gives the same bytes."""
    return {
        "uid": dashboard.uid,
        "title": f"Podium / {dashboard.title}",
        "description": dashboard.says,
        "tags": ["podium", "livepeer"],
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "schemaVersion": 39,
        "time": {"from": dashboard.since, "to": "now"},
        "timezone": "",
        "annotations": {"list": [_annotation(one) for one in dashboard.annotations]},
        "templating": {"list": [_source_variable(), *map(_variable, dashboard.variables)]},
        "links": [_links()],
        "panels": list(_panels(dashboard)),
    }


def _panels(dashboard: Dashboard) -> Iterator[Json]:
    number, top = 0, 0
    for row in dashboard.rows:
        number += 1
        yield _heading(row.title, number, top)
        top, left, tallest = top + 1, 0, 0
        for panel in row.panels:
            if left + panel.width > _COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            number += 1
            yield _panel(panel, number, left, top)
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest


def _heading(title: str, number: int, top: int) -> Json:
    place = {"h": 1, "w": _COLUMNS, "x": 0, "y": top}
    return {
        "id": number,
        "type": "row",
        "title": title,
        "collapsed": False,
        "gridPos": place,
        "panels": [],
    }


def _panel(panel: Panel, number: int, left: int, top: int) -> Json:
    is_instant = panel.kind in {"table", "stat", "gauge", "bars"}
    return {
        "id": number,
        "type": _KINDS[panel.kind],
        "title": panel.title,
        "description": panel.says,
        "datasource": dict(_SOURCE),
        "gridPos": {"h": panel.height, "w": panel.width, "x": left, "y": top},
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": _options(panel),
        "targets": [
            _target(query, chr(ord("A") + index), is_instant=is_instant, kind=panel.kind)
            for index, query in enumerate(panel.queries)
        ],
        **_joined(panel),
    }


def _target(query: Query, letter: str, *, is_instant: bool, kind: str) -> Json:
    return {
        "refId": letter,
        "datasource": dict(_SOURCE),
        "expr": filled(query.expr),
        "legendFormat": query.legend or "__auto",
        "instant": is_instant,
        "range": not is_instant,
        **({"format": "table"} if kind == "table" else {}),
    }


def _field(panel: Panel) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    steps += [{"color": colour, "value": at} for at, colour in sorted(panel.limits.items())]
    shown: Json = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.kind == "lines":
        style = "line" if panel.limits else "off"
        shown["custom"] = {
            "lineWidth": 1,
            "fillOpacity": 20 if panel.stacked else 5,
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "thresholdsStyle": {"mode": style},
        }
        shown["min"] = 0
    if panel.words:
        shown["mappings"] = [_mapping(panel.words)]
    return shown


def _mapping(words: Mapping[int, tuple[str, str]]) -> Json:
    options = {
        str(value): {"text": text, "color": colour, "index": index}
        for index, (value, (text, colour)) in enumerate(sorted(words.items()))
    }
    return {"type": "value", "options": options}


def _options(panel: Panel) -> Json:
    match panel.kind:
        case "lines":
            legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
            return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
        case "stat" | "gauge":
            return {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
        case "timeline":
            return {"showValue": "never", "rowHeight": 0.8, "mergeValues": True}
        case _:
            return {}


def _joined(panel: Panel) -> Json:
    """Put the columns of a table's queries side by side, each under its legend."""
    if panel.kind != "table":
        return {}
    names = {
        f"Value #{chr(ord('A') + index)}": query.legend for index, query in enumerate(panel.queries)
    }
    hidden = {"Time": True, "__name__": True}
    if len(panel.queries) == 1:
        names = {"Value": panel.queries[0].legend}
    organised = {"excludeByName": hidden, "renameByName": names}
    return {
        "transformations": [
            {"id": "merge", "options": {}},
            {"id": "organize", "options": organised},
        ]
    }


def _annotation(one: Annotation) -> Json:
    return {
        "name": one.name,
        "datasource": dict(_SOURCE),
        "enable": True,
        "iconColor": one.colour,
        "expr": filled(one.expr),
        "titleFormat": one.title,
        "textFormat": one.text,
        "step": "15s",
    }


def _source_variable() -> Json:
    return {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
    }


def _variable(name: str) -> Json:
    return {
        "name": name,
        "type": "query",
        "datasource": dict(_SOURCE),
        "query": {"query": _VALUES_OF[name], "refId": name},
        "definition": _VALUES_OF[name],
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "refresh": 2,
        "sort": 1,
        "current": {"text": "All", "value": "$__all"},
    }


def _links() -> Json:
    return {
        "type": "dashboards",
        "title": "Podium",
        "tags": ["podium"],
        "asDropdown": True,
        "includeVars": True,
        "keepTime": True,
    }
