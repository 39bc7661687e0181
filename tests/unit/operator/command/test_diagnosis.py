"""`podium doctor`: what is wrong is told in one line, with what mends it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.fake_pods import FakePods

from podium_operator.command.diagnosis import Level, Seen, diagnose
from podium_operator.command.doctor import look
from podium_operator.command.rights import missing_rights
from podium_operator.kube.client import Body
from podium_operator.kube.errors import ForbiddenError, NotFoundError, UnauthenticatedError

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
        pytest.param(
            Seen(NOW, unseen={"Orchestrators": "forbidden"}),
            "Orchestrators",
            Level.BAD,
            "not looked at: forbidden",
            id="nothing may be read",
        ),
        pytest.param(
            Seen(NOW, operators=[_deployment(2)], leases=[]), "leader", Level.BAD, "has ever led",
            id="nobody led",
        ),
        pytest.param(
            Seen(NOW, lacking={"podium/podium": ["list pods", "delete pods"]}),
            "rights",
            Level.BAD,
            "podium/podium may not list pods, delete pods",
            id="an operator without its rights",
        ),
        pytest.param(
            Seen(NOW, lacking={"podium/podium": []}), "rights", Level.GOOD, "may do all",
            id="an operator with all of them",
        ),
        pytest.param(
            Seen(NOW, called={"media/home": {"https://a:1": "timeout"}}),
            "media/home",
            Level.ODD,
            "https://a:1 does not answer from here: timeout",
            id="an address that is silent",
        ),
        pytest.param(
            Seen(NOW, called={"media/home": {"https://a:1": "ok"}}),
            "media/home",
            Level.GOOD,
            "https://a:1 answers",
            id="an address that answers",
        ),
    ],
)  # fmt: skip
def test_a_finding(seen: Seen, subject: str, level: Level, said: str) -> None:
    found = [one for one in diagnose(seen) if one.subject == subject and said in one.text]

    assert [one.level for one in found] == [level]
    assert all(one.fix for one in found if level is not Level.GOOD)


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


def test_what_may_not_be_read_is_not_told_as_if_it_had_been() -> None:
    told = " ".join(one.text for one in diagnose(Seen(NOW, unseen={"Orchestrators": "forbidden"})))

    assert "is known" not in told
    assert "there are none" not in told


async def test_who_is_not_known_to_the_api_server_is_told_so_at_once() -> None:
    kube = FakePods()
    kube.fail = lambda *_: UnauthenticatedError("401 Unauthorized")

    with pytest.raises(UnauthenticatedError):
        await look(kube, namespace=None, server="v1.36.2", now=NOW)


@pytest.mark.parametrize(
    ("variables", "places"),
    [
        pytest.param([], {""}, id="the whole cluster"),
        pytest.param(
            [{"name": "PODIUM_SCOPE", "value": "namespaces"},
             {"name": "PODIUM_NAMESPACES", "value": "a,b"}],
            {" in a", " in b"},
            id="two namespaces",
        ),
        pytest.param(
            [{"name": "PODIUM_SCOPE", "value": "namespaces"}, {"name": "PODIUM_NAMESPACES",
              "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
            {" in podium"},
            id="its own",
        ),
        pytest.param([{"name": "PODIUM_SCOPE", "value": "nonsense"}], {""}, id="nonsense"),
    ],
)  # fmt: skip
async def test_an_operators_rights_are_asked_for_where_it_looks(
    variables: list[dict[str, Any]], places: set[str]
) -> None:
    kube = _Reviewing()
    pod = {"serviceAccountName": "podium", "containers": [{"env": variables}]}
    deployment = _deployment(0)
    deployment["spec"]["template"] = {"spec": pod}

    lacking = await missing_rights(kube, deployment)

    assert lacking == [f"patch orchestrators/status{place}" for place in sorted(places)]
    assert kube.users == {"system:serviceaccount:podium:podium"}


class _Reviewing(FakePods):
    """An API server where nobody may write a status."""

    def __init__(self) -> None:
        super().__init__()
        self.users: set[str] = set()

    async def create(self, body: Mapping[str, Any]) -> Body:
        self.users.add(body["spec"]["user"])
        return {"status": {"allowed": "subresource" not in body["spec"]["resourceAttributes"]}}


async def test_a_cluster_without_the_resource_is_told_and_nothing_else_is_asked() -> None:
    kube = FakePods()
    kube.fail = lambda _verb, _kind, _name: NotFoundError("404")

    seen = await look(kube, namespace=None, server="v1.36.2", now=NOW)

    assert not seen.has_resource
