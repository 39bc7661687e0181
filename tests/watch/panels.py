"""What a dashboard's source says: titles, queries and units, and nothing of Grafana's own format.

The sources are `dashboards/*.yaml`; `grafana` turns them into what Grafana imports. `$o` and `$p`
in a query stand for the labels of the chosen Orchestrators and pools.
"""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Annotation", "Dashboard", "Panel", "Query", "Row", "filled", "read_dashboards"]

_FOLDER = Path(__file__).parent / "dashboards"
_OWNER = 'namespace=~"$namespace",name=~"$name"'
_SHORT = {"$o": _OWNER, "$p": f'{_OWNER},pool=~"$pool"'}


class _Source(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(_Source):
    """One query; `when` names the event without which it has no series."""

    expr: str
    legend: str = ""
    when: str = ""


class Panel(_Source):
    """One picture; `lines` are values to draw as a limit, `words` name a timeline's values."""

    title: str
    says: Annotated[str, Field(min_length=10)]
    kind: Literal["lines", "stat", "gauge", "table", "timeline", "bars"] = "lines"
    unit: str = "short"
    width: Annotated[int, Field(ge=2, le=24)] = 8
    height: Annotated[int, Field(ge=3, le=20)] = 7
    stacked: bool = False
    limits: dict[float, Literal["green", "orange", "red"]] = {}
    words: dict[int, tuple[str, str]] = {}
    queries: Annotated[list[Query], Field(min_length=1)]


class Row(_Source):
    """Panels under one heading."""

    title: str
    panels: Annotated[list[Panel], Field(min_length=1)]


class Annotation(_Source):
    """Marks in every picture: `title` and `text` may use {{label}}."""

    name: str
    expr: str
    title: str
    text: str
    colour: str = "blue"


class Dashboard(_Source):
    """One page."""

    title: str
    uid: Annotated[str, Field(pattern=r"^podium-[a-z-]+$")]
    says: str
    since: str = "now-1h"
    variables: list[Literal["namespace", "name", "pool"]] = ["namespace", "name"]
    annotations: list[Annotation] = []
    rows: Annotated[list[Row], Field(min_length=1)]

    @property
    def panels(self) -> list[Panel]:
        """Every panel, in order."""
        return [panel for row in self.rows for panel in row.panels]


def filled(expr: str) -> str:
    """Put the labels of the chosen Orchestrators and pools into a query."""
    for short, labels in _SHORT.items():
        expr = expr.replace(short + "}", labels + "}").replace(short + ",", labels + ",")
    return " ".join(expr.split())


def read_dashboards(folder: Path = _FOLDER) -> list[Dashboard]:
    """Read every source, by file name; pydantic's error names what is wrong in it."""
    return [
        Dashboard.model_validate(yaml.safe_load(path.read_text()))
        for path in sorted(folder.glob("*.yaml"))
    ]
