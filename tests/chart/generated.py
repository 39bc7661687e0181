"""Every file that `make chart` writes, with its content; a test holds them against the checkout."""

import json
from collections.abc import Iterable
from pathlib import Path

from tests.chart import kustomized
from tests.chart.documented import entries, schema_leaves, table
from tests.chart.orchestrator_schema import values_schema
from tests.chart.render import CHART, ORCHESTRATOR_CHART, documents
from tests.docs.reference import api_page

__all__ = ["REPOSITORY", "generated", "stray"]

REPOSITORY = Path(__file__).resolve().parents[2]
_DEFINITION = REPOSITORY / "manifests" / "crd" / "podium.video_orchestrators.yaml"
_BEGIN, _END = "<!-- values: made by `make chart` -->\n", "<!-- end of values -->\n"
_FOLDERS = ("base", "overlays", "components")


def generated() -> dict[str, str]:
    """Return path in the repository → content."""
    (definition,) = documents(_DEFINITION.read_text())
    schema = values_schema(definition)
    text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    own = json.loads((CHART / "values.schema.json").read_text())
    return {
        "charts/podium/files/crd.yaml": _DEFINITION.read_text(),
        "charts/podium/README.md": _readme(CHART, schema_leaves(own)),
        "charts/orchestrator/values.schema.json": text,
        "charts/orchestrator/README.md": _readme(ORCHESTRATOR_CHART, frozenset({"spec"})),
        "docs/api.md": api_page(definition),
        **{f"manifests/{path}": content for path, content in kustomized.files().items()},
    }


def stray(made: Iterable[str]) -> list[Path]:
    """List files in the generated folders that nothing makes any more."""
    known = {REPOSITORY / path for path in made}
    found = (REPOSITORY / "manifests" / folder for folder in _FOLDERS)
    return sorted(path for at in found for path in at.rglob("*.yaml") if path not in known)


def _readme(chart: Path, leaves: frozenset[str]) -> str:
    page = (chart / "README.md").read_text()
    head, _, rest = page.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    rows = table(entries((chart / "values.yaml").read_text(), leaves))
    return f"{head}{_BEGIN}\n{rows}\n{_END}{tail}"
