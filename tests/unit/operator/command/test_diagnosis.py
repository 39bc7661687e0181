"""`podium doctor`: what is wrong is told in one line, with what mends it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.fake_pods import FakePods

from podium_operator.command.diagnosis import Level, Seen, diagnose
from podium_operator.command.doctor import look
from podium_operator.kube.errors import ForbiddenError, NotFoundError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
META = {"namespace": "media", "name": "home", "generation": 2}
CPU = {"pools": [{"name": "cpu", "hardware": {"type": "cpu"}}]}
GPU = {"pools": [{"name": "gpu", "hardware": {"type": "nvidia"}}]}


def _orchestrator(
    spec: Mapping[str, Any] = CPU, *, seen: int = 2, conditions: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    ready = [{"type": "Ready", "status": "True", "reason": "Ready"}]
    status = {"observedGeneration": seen, "conditions": ready if conditions is None else conditions}
    return {"metadata": META, "spec": spec, "status": status}


def _deployment(ready: int) -> dict[str, Any]:
    meta = {"namespace": "podium", "name": "podium"}
    return {"metadata": meta, "spec": {"replicas": 2}, "status": {"readyReplicas": ready}}


def _lease(renewed: str, holder: str = "podium-0") -> dict[str, Any]:
    spec = {"holderIdentity": holder, "renewTime": renewed, "leaseDurationSeconds": 15}
    return {"metadata": {"name": "podium-operator"}, "spec": spec}


def _node(gpus: int) -> dict[str, Any]:
    return {"status": {"allocatable": {"nvidia.com/gpu": str(gpus)} if gpus else {}}}


UNREADY = [{"type": "Ready", "status": "False", "reason": "QueueNotReady", "message": "no queue"}]
STALE = [
    {"type": "Ready", "status": "True", "reason": "Degraded", "message": "load is stale"},
    {"type": "Degraded", "status": "True", "reason": "StaleLoad", "message": "30 s old"},
]


@pytest.mark.parametrize(
    ("seen", "subject", "level", "said"),
    [
        pytest.param(
            Seen(NOW, has_resource=False), "CRD", Level.BAD, "does not know", id="no resource"
        ),
        pytest.param(Seen(NOW, operators=[]), "operator", Level.BAD, "no Deployment", id="none"),
        pytest.param(
            Seen(NOW, operators=[_deployment(0)]), "operator", Level.BAD, "none of 2", id="not up"
        ),
        pytest.param(
            Seen(NOW, operators=[_deployment(1)]), "operator", Level.GOOD, "1 of 2", id="one up"
        ),
        pytest.param(
            Seen(NOW, leases=[_lease("2026-01-02T03:03:05.000000Z")]),
            "leader",
            Level.BAD,
            "not renewed its lease for 60 s",
            id="a silent leader",
        ),
        pytest.param(
            Seen(NOW, leases=[_lease("2026-01-02T03:04:01.000000Z")]),
            "leader",
            Level.GOOD,
            "podium-0",
            id="a leader",
        ),
        pytest.param(
            Seen(NOW, leases=[_lease("", holder="")]), "leader", Level.BAD, "no operator leads",
            id="no leader",
        ),
        pytest.param(Seen(NOW), "Orchestrators", Level.ODD, "there are none", id="nothing to do"),
        pytest.param(
            Seen(NOW, orchestrators=[_orchestrator()]), "media/home", Level.GOOD, "ready",
            id="a healthy one",
        ),
        pytest.param(
            Seen(NOW, orchestrators=[_orchestrator(seen=1)]),
            "media/home",
            Level.BAD,
            "newest spec",
            id="a spec that nobody carried out",
        ),
        pytest.param(
            Seen(NOW, orchestrators=[_orchestrator(conditions=UNREADY)]),
            "media/home",
            Level.BAD,
            "QueueNotReady: no queue",
            id="one that is not ready",
        ),
        pytest.param(
            Seen(NOW, orchestrators=[_orchestrator(conditions=STALE)]),
            "media/home",
            Level.ODD,
            "Degraded StaleLoad: 30 s old",
            id="one that is degraded",
        ),
        pytest.param(
            Seen(NOW, orchestrators=[_orchestrator(GPU)], nodes=[_node(0)]),
            "GPUs",
            Level.BAD,
            "media/home want nvidia.com/gpu",
            id="no GPU anywhere",
        ),
        pytest.param(
            Seen(NOW, orchestrators=[_orchestrator(GPU)], nodes=[_node(4), _node(0)]),
            "GPUs",
            Level.GOOD,
            "4 of nvidia.com/gpu on 2 nodes",
            id="GPUs",
        ),
        pytest.param(
            Seen(NOW, orchestrators=[_orchestrator()], endpoints={("media", "home"): 0}),
            "media/home",
            Level.BAD,
            "gateways reach nobody",
            id="a Service that leads nowhere",
        ),
        pytest.param(
            Seen(NOW, unseen={"nodes": "nodes is forbidden"}),
            "nodes",
            Level.ODD,
            "not looked at: nodes is forbidden",
            id="something that may not be read",
        ),
    ],
)  # fmt: skip
def test_a_finding(seen: Seen, subject: str, level: Level, said: str) -> None:
    found = [one for one in diagnose(seen) if one.subject == subject and said in one.text]

    assert [one.level for one in found] == [level]
    assert all(one.fix for one in found if level is Level.BAD)


def test_pools_without_gpus_ask_for_none() -> None:
    seen = Seen(NOW, orchestrators=[_orchestrator()], nodes=[_node(0)])

    assert "GPUs" not in {one.subject for one in diagnose(seen)}


async def test_what_may_not_be_read_is_kept_and_the_rest_is_looked_at() -> None:
    kube = FakePods()
    forbidden = ForbiddenError("nodes is forbidden")
    kube.fail = lambda _verb, kind, _name: forbidden if kind == "Node" else None

    seen = await look(kube, namespace=None, server="v1.36.2", now=NOW)

    assert seen.nodes is None
    assert seen.unseen == {"nodes": "nodes is forbidden"}
    assert seen.leases == []


async def test_a_cluster_without_the_resource_is_told_and_nothing_else_is_asked() -> None:
    kube = FakePods()
    kube.fail = lambda _verb, _kind, _name: NotFoundError("404")

    seen = await look(kube, namespace=None, server="v1.36.2", now=NOW)

    assert not seen.has_resource
