"""docs/metrics.md, made from the metrics that the code registers, so that none is forgotten."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from podium_operator.metrics import Metrics
from podium_worker.metrics import Family, Registry
from podium_worker.node.meters import NodeMeters
from podium_worker.transcoder.meters import TranscoderMeters

__all__ = ["Series", "all_series", "metrics_page"]

_HEAD = """# Metrics

Made by `make dashboards` from the metrics that the code registers; do not edit.

Every part answers `/metrics` over plain HTTP: the operator on port 8080, nodes on 7935,
transcoders on 6935. A number that is not known has no series; zero always means zero. Nodes and
transcoders keep go-livepeer's names where they mean the same, and every series of theirs carries
`node_id` and `node_type` (`orch` or `trcr`), so that a provider's dashboards keep working; what is
Podium's own begins with `podium_`. Each process also exports Prometheus' usual `process_…` series,
the operator `python_…` too.

The chart's monitors add `namespace`, `pod`, `component`, `name` (the Orchestrator) and `pool` to
what nodes and transcoders export; the dashboards and alerts rely on them. Labels are bounded: names
that gateways choose (profiles, load classes) are counted apart up to 64 of them, then as `other`.
"""


@dataclass(frozen=True, slots=True)
class Series:
    """One metric as people look for it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


def all_series() -> dict[str, tuple[Series, ...]]:
    """Return the metrics of each part, by name."""
    return {
        "Operator": tuple(_of_operator(Metrics().registry)),
        "Node": tuple(_of_worker(NodeMeters("").registry)),
        "Transcoder": tuple(_of_worker(TranscoderMeters("").registry)),
    }


def metrics_page() -> str:
    """Return the whole page."""
    parts = [f"\n## {part}\n\n{_table(found)}" for part, found in all_series().items()]
    return _HEAD + "".join(parts)


def _table(found: Iterable[Series]) -> str:
    lines = ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {one.kind} | {_labels(one)} | {one.text.replace('|', '/')} |"
        for one in found
    ]
    return "\n".join(lines) + "\n"


def _labels(one: Series) -> str:
    return ", ".join(f"`{label}`" for label in one.labels)


def _of_operator(registry: CollectorRegistry) -> Iterator[Series]:
    described = {family.name: family for family in registry.collect()}
    collectors = registry._collector_to_names
    for collector in collectors:
        name, labels = getattr(collector, "_name", ""), getattr(collector, "_labelnames", ())
        family = described.get(name)
        if family is None or not name.startswith("podium_"):
            continue
        suffix = "_total" if family.type == "counter" else ""
        yield Series(f"{name}{suffix}", family.type, tuple(labels), family.documentation)


def _of_worker(registry: Registry) -> Iterator[Series]:
    for family, _ in registry._families:
        kind = family.kind.value if isinstance(family, Family) else "histogram"
        yield Series(family.name, kind, family.labels, family.text)
