"""Draws dashboards as a person would see them, from what a Prometheus has: one picture each.

A stand-in for Grafana, to look at what was proven; it knows lines and last values, no more.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tests.watch.panels import Dashboard, Panel, read_dashboards
from tests.watch.questions import chosen
from tests.watch.server import Series

__all__ = ["PICTURES", "draw", "draw_all"]

PICTURES = Path(__file__).parents[2] / "demo-output" / "dashboards"
_COLUMNS = 4
_MOST_LINES = 8
_INCHES = (4.6, 2.5)
_DRAWN = {"lines", "timeline"}

Answers = Mapping[str, Sequence[Series]]


def draw_all(answers: Answers) -> None:
    """Leave a picture of every dashboard; `answers` are by query, with everything chosen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for dashboard in read_dashboards():
        draw(dashboard, answers, PICTURES / f"{dashboard.uid}.png")


def draw(dashboard: Dashboard, answers: Answers, path: Path) -> None:
    """Write a dashboard's picture."""
    panels = dashboard.panels
    rows = math.ceil(len(panels) / _COLUMNS)
    with mpl.rc_context({"font.size": 7}):
        figure = Figure(figsize=(_INCHES[0] * _COLUMNS, _INCHES[1] * rows), layout="constrained")
        figure.suptitle(f"Podium / {dashboard.title}")
        places = figure.subplots(rows, _COLUMNS, squeeze=False).flatten()
        for panel, place in zip(panels, places, strict=False):
            _draw_panel(panel, answers, place)
        for place in places[len(panels) :]:
            place.axis("off")
        figure.savefig(path, dpi=70)


def _draw_panel(panel: Panel, answers: Answers, place: Axes) -> None:
    place.set_title(f"{panel.title} [{panel.unit}]", fontsize=8, loc="left")
    lines = [
        (_legend(query.legend, labels), values)
        for query in panel.queries
        for labels, values in answers.get(chosen(query.expr), ())
    ]
    if not lines:
        _write(place, panel.queries[0].when and f"once {panel.queries[0].when}")
    elif panel.kind in _DRAWN:
        for name, values in lines[:_MOST_LINES]:
            place.plot(values, label=name[:40], linewidth=1)
        place.legend(fontsize=5, loc="upper left")
        place.set_xticks([])
    else:
        _write(place, "\n".join(f"{name[:40]}: {values[-1]:.4g}" for name, values in lines[:12]))


def _write(place: Axes, text: str) -> None:
    place.axis("off")
    place.text(0.02, 0.9, text, va="top", fontsize=7, wrap=True, transform=place.transAxes)


def _legend(template: str, labels: Mapping[str, str]) -> str:
    text = template
    for name, value in labels.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return text or ", ".join(f"{name}={value}" for name, value in labels.items())
