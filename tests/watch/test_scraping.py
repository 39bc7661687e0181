"""Targets carry the labels that dashboards rely on, and Prometheus accepts its configuration."""

import json
from pathlib import Path
from typing import Any

from tests.chart.render import render
from tests.devcluster.programs.run import run
from tests.watch.programs import promtool
from tests.watch.rules import shipped
from tests.watch.scraping import scrape_config, targets


def _pod(component: str, address: str | None = "10.0.0.1", **labels: str) -> dict[str, Any]:
    own = {"app.kubernetes.io/component": component, "app.kubernetes.io/instance": "home"}
    return {
        "metadata": {"name": "p", "namespace": "n", "labels": {**own, **labels}},
        "status": {"podIP": address} if address else {},
    }


def test_a_transcoder_is_found_with_its_pool() -> None:
    _, (part,) = targets([_pod("transcoder", **{"podium.video/pool": "cpu"})])

    assert part["targets"] == ["10.0.0.1:6935"]
    assert part["labels"] == {
        "namespace": "n", "pod": "p", "component": "transcoder", "name": "home", "pool": "cpu"
    }  # fmt: skip


def test_the_operator_is_found_apart_from_its_parts() -> None:
    operators, parts = targets([_pod("operator"), _pod("node"), _pod("queue")])

    assert [one["labels"]["component"] for one in operators] == ["operator"]
    assert [one["labels"]["component"] for one in parts] == ["node"]


def test_a_pod_without_an_address_is_no_target() -> None:
    assert targets([_pod("node", None)]) == ([], [])


def test_prometheus_accepts_the_configuration(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("operators.json", "parts.json", "rules.yaml")]
    for path, content in zip(files, ([], [], shipped()), strict=True):
        path.write_text(json.dumps(content))
    config = tmp_path / "prometheus.yml"
    config.write_text(json.dumps(scrape_config(*files)))

    assert "is valid" in run([str(promtool()), "check", "config", str(config)], limit_seconds=240)


def test_the_chart_s_monitor_gives_the_labels_that_these_targets_have() -> None:
    (monitor,) = [one for one in render("monitoring.dataPlane=always") if _is_monitor(one)]
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    given = {one["targetLabel"] for one in endpoint["relabelings"]}
    _, (part,) = targets([_pod("node")])

    # Prometheus' operator gives the other two by itself.
    assert given | {"namespace", "pod"} == part["labels"].keys()


def _is_monitor(one: dict[str, Any]) -> bool:
    return bool(one["kind"] == "PodMonitor")
