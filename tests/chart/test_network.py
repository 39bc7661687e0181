"""The operator's ways in and out: its Service, and the policy that closes the others."""

from typing import Any

import pytest
from tests.chart.render import render

Object = dict[str, Any]

TESTER = {
    "app.kubernetes.io/name": "podium",
    "app.kubernetes.io/instance": "podium",
    "app.kubernetes.io/component": "test",
}
EXTERNAL = pytest.mark.parametrize(
    "values",
    [
        pytest.param((), id="as installed"),
        pytest.param(("externalScaler.enabled=true",), id="with the external scaler"),
        pytest.param(("livePage.exposed=true",), id="with the live page exposed"),
    ],
)


def _one(objects: list[Object], kind: str) -> Object:
    (found,) = [one for one in objects if one["kind"] == kind]
    return found


def _container_ports(objects: list[Object]) -> set[str]:
    (container,) = _one(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    return {port["name"] for port in container["ports"]}


@EXTERNAL
def test_every_port_is_served_and_let_in(values: tuple[str, ...]) -> None:
    objects = render(*values)

    served = {port["targetPort"] for port in _one(objects, "Service")["spec"]["ports"]}
    rules = _one(objects, "NetworkPolicy")["spec"]["ingress"]
    let_in = {port["port"] for rule in rules for port in rule["ports"]}
    assert _container_ports(objects) == served == let_in


def test_nothing_else_reaches_the_operator_and_nothing_is_kept_from_it() -> None:
    policy = _one(render(), "NetworkPolicy")["spec"]

    assert policy["policyTypes"] == ["Ingress"]
    assert "egress" not in policy


def test_who_may_scrape_can_be_told_and_the_charts_own_test_always_may() -> None:
    objects = render("networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.team=watch")

    (rule,) = _one(objects, "NetworkPolicy")["spec"]["ingress"]
    pod = _one(objects, "Pod")
    assert rule["from"] == [
        {"podSelector": {"matchLabels": TESTER}},
        {"namespaceSelector": {"matchLabels": {"team": "watch"}}},
    ]
    assert pod["metadata"]["labels"].items() >= TESTER.items()


def test_egress_is_what_is_told() -> None:
    policy = _one(render("networkPolicy.egress[0].ports[0].port=443"), "NetworkPolicy")["spec"]

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["egress"] == [{"ports": [{"port": 443}]}]


def test_policy_service_and_budget_choose_the_operators_pods() -> None:
    objects = render()

    deployment = _one(objects, "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    chosen = [
        _one(objects, "Service")["spec"]["selector"],
        _one(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        _one(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        deployment["spec"]["selector"]["matchLabels"],
    ]
    assert all(selector.items() <= labels.items() for selector in chosen)
    # The pod of `helm test` is none of them.
    assert not any(selector.items() <= TESTER.items() for selector in chosen)


@pytest.mark.parametrize(
    ("values", "variables"),
    [
        pytest.param((), {"PODIUM_PAGE_PORT"}, id="to loopback, as installed"),
        pytest.param(("livePage.enabled=false",), {"PODIUM_PAGE_ENABLED"}, id="not at all"),
        pytest.param(
            ("livePage.exposed=true",),
            {"PODIUM_PAGE_PORT", "PODIUM_PAGE_HOST", "PODIUM_POD_IP"},
            id="to whoever brings a token",
        ),
    ],
)
def test_the_live_page_is_served(values: tuple[str, ...], variables: set[str]) -> None:
    objects = render(*values)

    (container,) = _one(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    told = {
        one["name"]
        for one in container["env"]
        if one["name"].startswith(("PODIUM_PA", "PODIUM_POD_I"))
    }
    assert told == variables
    reviews = [
        rule
        for one in objects
        if one["kind"] == "ClusterRole"
        for rule in one["rules"]
        if {"tokenreviews", "subjectaccessreviews"} & set(rule["resources"])
    ]
    assert bool(reviews) == ("PODIUM_PAGE_HOST" in variables), "tokens are reviewed once exposed"
