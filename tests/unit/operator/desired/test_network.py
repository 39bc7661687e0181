"""Services and NetworkPolicies: who finds whom, and who may speak to whom."""

from typing import Any

import pytest
from tests.unit.operator.desired.samples import objects, orchestrator, sample

from podium_operator.api.v1alpha1 import Orchestrator


def _service(subject: Orchestrator, name: str) -> dict[str, Any]:
    found: dict[str, Any] = objects(subject)["Service", name]
    return found


def _allowed(subject: Orchestrator, policy: str, way: str) -> list[tuple[str, list[int]]]:
    """Each rule as (who, ports); who is a component, `cluster`, `operator` or `anyone`."""
    spec = objects(subject)["NetworkPolicy", policy]["spec"]
    peers = "from" if way == "ingress" else "to"
    return [
        (_who(peer), [port["port"] for port in rule["ports"]])
        for rule in spec[way]
        for peer in rule.get(peers, [None])
    ]


def _who(peer: dict[str, Any] | None) -> str:
    match peer:
        case None:
            return "anyone"
        case {"namespaceSelector": {}, "podSelector": _}:
            return "operator"
        case {"namespaceSelector": _}:
            return "cluster"
        case _:
            return str(peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"])


@pytest.mark.parametrize(
    ("policy", "way", "expected"),
    [
        pytest.param(
            "home-node",
            "ingress",
            [("anyone", [8935]), ("cluster", [7935])],
            id="anyone reaches the wire, the cluster its metrics",
        ),
        pytest.param(
            "home-node",
            "egress",
            [("anyone", [53, 53]), ("queue", [4222])],
            id="a node reaches names and the queue",
        ),
        pytest.param(
            "home-pool-cpu",
            "ingress",
            [("cluster", [6935])],
            id="the cluster reaches a transcoder's metrics",
        ),
        pytest.param(
            "home-pool-cpu",
            "egress",
            [("anyone", [53, 53]), ("node", [8935]), ("queue", [4222])],
            id="a transcoder reaches names, nodes and the queue",
        ),
        pytest.param(
            "home-queue",
            "ingress",
            [
                ("node", [4222]),
                ("transcoder", [4222]),
                ("operator", [4222]),
                ("queue", [6222]),
                ("cluster", [8222]),
            ],
            id="the queue serves the parts and the operator",
        ),
        pytest.param(
            "home-queue",
            "egress",
            [("anyone", [53, 53]), ("queue", [6222])],
            id="the queue reaches names and itself",
        ),
    ],
)
def test_policies_allow_exactly_what_the_parts_need(
    policy: str, way: str, expected: list[tuple[str, list[int]]]
) -> None:
    assert _allowed(sample("home"), policy, way) == expected


def test_an_external_queue_may_be_anywhere_on_its_ports() -> None:
    servers = ["tls://a.example:4222", "tls://b.example:4333", "tls://c.example:4222"]
    subject = orchestrator(queue={"external": {"servers": servers}})

    allowed = _allowed(subject, "home-node", "egress")

    assert allowed == [("anyone", [53, 53]), ("anyone", [4222, 4333])]


def test_operator_outside_the_cluster_needs_no_rule() -> None:
    spec = objects(sample("home"), operator=None)["NetworkPolicy", "home-queue"]["spec"]

    assert len(spec["ingress"][0]["from"]) == 2


def test_every_replica_has_a_service_of_its_own() -> None:
    subject = sample("studio")

    selectors = [
        _service(subject, f"studio-node-{i}")["spec"]["selector"][
            "statefulset.kubernetes.io/pod-name"
        ]
        for i in range(2)
    ]

    assert selectors == ["studio-node-0", "studio-node-1"]
    assert ("Service", "studio-node-2") not in objects(subject)


def test_services_for_gateways_are_of_the_type_asked_for() -> None:
    node = {"service": {"type": "NodePort", "annotations": {"example.com/lb": "fast"}}}
    subject = orchestrator(node=node)

    for name in ("home", "home-node-0"):
        assert _service(subject, name)["spec"]["type"] == "NodePort"
        assert _service(subject, name)["metadata"]["annotations"] == {"example.com/lb": "fast"}
    assert _service(subject, "home-node")["spec"]["clusterIP"] == "None"


def test_a_draining_node_keeps_its_name_and_leaves_the_common_one() -> None:
    subject = sample("home")

    assert _service(subject, "home-node")["spec"]["publishNotReadyAddresses"] is True
    assert _service(subject, "home-node-0")["spec"]["publishNotReadyAddresses"] is True
    assert _service(subject, "home")["spec"]["publishNotReadyAddresses"] is False


def test_ports_of_services_are_named_as_in_the_pods() -> None:
    built = objects(sample("studio"))
    for (kind, name), item in built.items():
        if kind != "Service":
            continue
        owner = "studio-queue" if name == "studio-queue" else "studio-node"
        pod = built["StatefulSet", owner]["spec"]["template"]["spec"]["containers"][0]
        ports = {port["name"]: port["containerPort"] for port in pod["ports"]}
        for port in item["spec"]["ports"]:
            assert ports[port["targetPort"]] == port["port"]
