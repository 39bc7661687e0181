"""What the chart gives Prometheus and Grafana: only where their kinds are, or where told so."""

import re
from functools import cache
from typing import Any

import pytest
import yaml
from tests.chart.helms import HELMS, Helm
from tests.chart.render import CHART, IMAGES, documents, render, run_helm

from podium_operator.api.names import COMPONENT_LABEL, INSTANCE_LABEL, POOL_LABEL

Object = dict[str, Any]

PROMETHEUS = ("ServiceMonitor", "PodMonitor", "PrometheusRule")
GRAFANA = "grafana.integreatly.org/v1beta1/GrafanaDashboard"
ALL_KINDS = (*(f"monitoring.coreos.com/v1/{kind}" for kind in PROMETHEUS), GRAFANA)
DASHBOARDS = sorted(CHART.glob("files/dashboards/*.json"))
ALERTS = sorted(CHART.glob("files/alerts/*.yaml"))


@cache
def _with_kinds(*values: str) -> list[Object]:
    return render(*values, arguments=[f"--api-versions={kind}" for kind in ALL_KINDS])


def _of(objects: list[Object], kind: str) -> list[Object]:
    return [one for one in objects if one["kind"] == kind]


def test_a_cluster_without_the_kinds_is_asked_for_none() -> None:
    kinds = {one["kind"] for one in render()}

    assert kinds.isdisjoint({*PROMETHEUS, "GrafanaDashboard", "ConfigMap"})


@pytest.mark.parametrize("helm", HELMS, ids=str)
def test_every_helm_sees_what_a_cluster_has(helm: Helm) -> None:
    versions = [f"--api-versions={kind}" for kind in ALL_KINDS]
    text = run_helm(helm.find(), "template", "podium", str(CHART), *IMAGES, *versions)

    objects = documents(text)

    assert len(_of(objects, "ServiceMonitor")) == 1
    assert len(_of(objects, "PodMonitor")) == 1
    assert len(_of(objects, "PrometheusRule")) == len(ALERTS)
    assert len(_of(objects, "GrafanaDashboard")) == len(DASHBOARDS)


def test_never_is_never_and_always_is_always() -> None:
    switches = ("operator", "dataPlane", "alerts")

    never = _with_kinds(*(f"monitoring.{name}=never" for name in switches))
    always = render(*(f"monitoring.{name}=always" for name in switches))

    assert {one["kind"] for one in never}.isdisjoint(PROMETHEUS)
    assert len(_of(always, "ServiceMonitor")) == len(_of(always, "PodMonitor")) == 1
    assert len(_of(always, "PrometheusRule")) == len(ALERTS)


def test_the_operators_monitor_finds_its_service_and_port() -> None:
    objects = _with_kinds()
    (monitor,), (service,) = _of(objects, "ServiceMonitor"), _of(objects, "Service")

    labels = service["metadata"]["labels"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        pytest.param((), {"any": True}, id="the whole cluster"),
        pytest.param(
            ("scope.mode=namespaces", "scope.namespaces={a,b}"),
            {"matchNames": ["a", "b"]},
            id="a list",
        ),
        pytest.param(("scope.mode=release",), {"matchNames": ["podium-system"]}, id="its own"),
    ],
)
def test_the_data_plane_is_scraped_where_the_operator_looks(
    values: tuple[str, ...], wanted: Object
) -> None:
    (monitor,) = _of(_with_kinds(*values), "PodMonitor")

    assert monitor["spec"]["namespaceSelector"] == wanted


def test_series_of_the_data_plane_are_named_by_their_orchestrator() -> None:
    (monitor,) = _of(_with_kinds(), "PodMonitor")

    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    given = {one["targetLabel"]: one["sourceLabels"] for one in endpoint["relabelings"]}
    label = "__meta_kubernetes_pod_label_"
    wanted = {"name": INSTANCE_LABEL, "component": COMPONENT_LABEL, "pool": POOL_LABEL}
    # Prometheus knows a label by its name with every other character turned into `_`.
    assert given == {key: [label + re.sub(r"\W", "_", one)] for key, one in wanted.items()}


def test_labels_are_added_for_a_prometheus_that_selects_by_them() -> None:
    objects = _with_kinds("monitoring.labels.release=prometheus")

    for kind in PROMETHEUS:
        for one in _of(objects, kind):
            assert one["metadata"]["labels"]["release"] == "prometheus"


@pytest.mark.parametrize("file", ALERTS, ids=lambda path: path.stem)
def test_alerts_are_those_of_the_file_with_runbooks_where_they_lie(file: Any) -> None:
    wanted = yaml.safe_load(file.read_text())["groups"]
    place = "https://git.example.com/podium/"

    plain = _of(_with_kinds(), "PrometheusRule")
    linked = _of(_with_kinds(f"monitoring.runbooks={place}"), "PrometheusRule")

    assert wanted in [one["spec"]["groups"] for one in plain]
    rules = [rule for one in linked for group in one["spec"]["groups"] for rule in group["rules"]]
    urls = [rule["annotations"].get("runbook_url", place) for rule in rules if "alert" in rule]
    assert all(url.startswith(place) for url in urls)


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_arrives_as_it_is(file: Any) -> None:
    objects = _with_kinds("dashboards.configMaps=always")

    maps = [one["data"][file.name] for one in _of(objects, "ConfigMap") if file.name in one["data"]]
    resources = [one["spec"]["json"] for one in _of(objects, "GrafanaDashboard")]
    assert maps == [file.read_text()]
    assert file.read_text() in resources


def test_names_made_of_files_are_names_of_kubernetes() -> None:
    objects = _with_kinds("dashboards.configMaps=always")

    names = [(one["kind"], one["metadata"]["name"]) for one in objects]
    assert len(names) == len(set(names))
    assert all(len(name) <= 63 for _, name in names if name.startswith("podium"))
