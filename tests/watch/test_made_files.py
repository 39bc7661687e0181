"""Dashboards and the metrics page are what their sources make, and name only what is exported."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.watch.building import DASHBOARDS, made_files
from tests.watch.panels import Dashboard, filled, read_dashboards
from tests.watch.reference import all_series

MADE = made_files()
_METRIC = re.compile(r"\b(?:podium|livepeer)_\w+\b")
_PARTS_OF_HISTOGRAMS = ("_bucket", "_sum", "_count")


@pytest.mark.parametrize("path", sorted(MADE), ids=lambda path: path.name)
def test_a_made_file_is_fresh(path: Path) -> None:
    assert path.read_text() == MADE[path], "make dashboards"


def test_no_dashboard_is_left_that_no_source_makes() -> None:
    assert set(DASHBOARDS.glob("*.json")) <= MADE.keys()


@pytest.mark.parametrize("dashboard", read_dashboards(), ids=lambda one: one.uid)
def test_a_dashboard_names_only_metrics_that_are_exported(dashboard: Dashboard) -> None:
    known = {one.name for part in all_series().values() for one in part}
    named = {name for expr in _expressions(dashboard) for name in _METRIC.findall(expr)}

    assert {name for name in named if _family(name) not in known} == set()


@pytest.mark.parametrize("dashboard", read_dashboards(), ids=lambda one: one.uid)
def test_panels_fill_the_page_without_overlap(dashboard: Dashboard) -> None:
    model = json.loads((DASHBOARDS / f"{dashboard.uid}.json").read_text())
    cells: set[tuple[int, int]] = set()
    for panel in model["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in cells, panel["title"]
                cells.add((x, y))
    assert len({panel["id"] for panel in model["panels"]}) == len(model["panels"])


def test_pages_and_their_addresses_are_each_of_their_own() -> None:
    dashboards = read_dashboards()

    assert len({one.uid for one in dashboards}) == len({one.title for one in dashboards}) == 6


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        pytest.param("a{$o}", 'a{namespace=~"$namespace",name=~"$name"}', id="alone"),
        pytest.param(
            'a{$p,x="1"}',
            'a{namespace=~"$namespace",name=~"$name",pool=~"$pool",x="1"}',
            id="first",
        ),
        pytest.param("a\n  + b", "a + b", id="on several lines"),
    ],
)
def test_short_labels_are_written_out(expr: str, expected: str) -> None:
    assert filled(expr) == expected


def _expressions(dashboard: Dashboard) -> Iterator[str]:
    yield from (one.expr for one in dashboard.annotations)
    for panel in dashboard.panels:
        yield from (query.expr for query in panel.queries)


def _family(name: str) -> str:
    return next(
        (name.removesuffix(part) for part in _PARTS_OF_HISTOGRAMS if name.endswith(part)), name
    )
