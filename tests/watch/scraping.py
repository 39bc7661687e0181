"""What Prometheus scrapes, with the labels that the chart's monitors give (pure).

Debian's Prometheus is built without discovery by Kubernetes, so targets are listed in files, which
it reads again whenever they change.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["Target", "scrape_config", "targets"]

_PORTS = {"operator": 8080, "node": 7935, "transcoder": 6935}
_LABEL = "app.kubernetes.io"

Target = dict[str, Any]


def scrape_config(operators: Path, parts: Path, rules: Path, *, every: str = "2s") -> Target:
    """Return prometheus.yml; the operator's own labels win over its target's."""
    return {
        "global": {"scrape_interval": every, "evaluation_interval": every},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {
                "job_name": "podium-operator",
                "honor_labels": True,
                "file_sd_configs": [{"files": [str(operators)]}],
            },
            {"job_name": "podium", "file_sd_configs": [{"files": [str(parts)]}]},
        ],
    }


def targets(pods: Iterable[Mapping[str, Any]]) -> tuple[list[Target], list[Target]]:
    """Return the operator's targets, and those of nodes and transcoders; no address, no target."""
    found = [one for pod in pods for one in _target(pod)]
    operators = [one for one in found if one["labels"]["component"] == "operator"]
    return operators, [one for one in found if one not in operators]


def _target(pod: Mapping[str, Any]) -> Iterator[Target]:
    meta, address = pod["metadata"], pod.get("status", {}).get("podIP")
    labels = meta.get("labels", {})
    component = labels.get(f"{_LABEL}/component", "")
    if not address or component not in _PORTS:
        return
    yield {
        "targets": [f"{address}:{_PORTS[component]}"],
        "labels": {
            "namespace": meta["namespace"],
            "pod": meta["name"],
            "component": component,
            "name": labels.get(f"{_LABEL}/instance", ""),
            "pool": labels.get("podium.video/pool", ""),
        },
    }
