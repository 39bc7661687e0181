"""Writes every file that is made from a source: the dashboards and docs/metrics.md (thin)."""

import json
from pathlib import Path

from tests.watch.grafana import dashboard_json
from tests.watch.panels import read_dashboards
from tests.watch.reference import metrics_page

__all__ = ["DASHBOARDS", "METRICS_PAGE", "made_files", "write_files"]

_REPOSITORY = Path(__file__).parents[2]
DASHBOARDS = _REPOSITORY / "charts" / "podium" / "files" / "dashboards"
METRICS_PAGE = _REPOSITORY / "docs" / "metrics.md"


def made_files() -> dict[Path, str]:
    """Return every made file with what it should hold."""
    files = {METRICS_PAGE: metrics_page()}
    for dashboard in read_dashboards():
        text = json.dumps(dashboard_json(dashboard), indent=1, ensure_ascii=False) + "\n"
        files[DASHBOARDS / f"{dashboard.uid}.json"] = text
    return files


def write_files() -> None:
    """Write them all, and remove dashboards that no source makes."""
    files = made_files()
    DASHBOARDS.mkdir(parents=True, exist_ok=True)
    for path in set(DASHBOARDS.glob("*.json")) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.write_text(text)
