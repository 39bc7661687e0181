"""The chart grants what the operator asks for, and nothing else: held against the audit log.

A whole life is caused here: pools that come and go, two kinds of queue, and one on a real chain.
What the scope of a cluster adds is caused by a machine that is announced to be taken.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chart.render import render
from tests.cluster.chain_site import Owner, conditions
from tests.cluster.machines import GOING, SPARE, await_machine, by_taint, spare
from tests.cluster.operators import CPU, GPU, Site
from tests.cluster.rights import Request, Right, granted, requests_of, used
from tests.devcluster.cluster import Cluster
from tests.devcluster.control_plane import AUDIT
from tests.devnet.devnet import Devnet
from tests.devnet.fixtures import start_from_environment

pytestmark = pytest.mark.cluster

# Granted, and not seen to be asked for: why it is needed all the same.
ASKED_OTHERWISE = {
    # By an admission plugin on behalf of the API server, where a cluster turns that on
    # (OwnerReferencesPermissionEnforcement): children name their owner and block its deletion.
    Right("update", "orchestrators/finalizers", "podium.video"),
}
_NO_FINALIZER = '{"metadata": {"finalizers": null}}'
DELETE_PODS = Right("delete", "pods", "")
EXTERNAL = {"external": {"servers": ["nats://nowhere.invalid:4222"], "secretName": "their-nats"}}


@pytest.fixture
def site(own_cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Site]:
    site = Site(own_cluster, namespace, tmp_path)
    site.install()
    yield site
    for name in site.names("orchestrators"):  # nobody is left to wind up on a chain that is gone
        site.kubectl("patch", "orchestrator", name, "--type=merge", "-p", _NO_FINALIZER)
    site.remove()


@pytest.fixture
def devnet() -> Iterator[Devnet]:
    with start_from_environment() as started:
        started.to_next_round()
        yield started


def test_the_operator_asks_for_all_that_it_is_granted_and_for_nothing_else(
    site: Site, devnet: Devnet
) -> None:
    _live(site, Owner.make(site, devnet, "figaro"))

    asked = [*_requests(site)]

    refused = {request.right for request in asked if request.status == 403}
    rights = _granted(site)
    assert refused == set()
    assert used(asked) - rights == set(), "asked for and not granted"
    unasked = rights - used(asked) - ASKED_OTHERWISE
    assert unasked == set(), "granted and never asked for"
    assert {request.namespace for request in asked} == {site.namespace}
    leases = {one.name for one in asked if one.right.resource == "leases" and one.name}
    assert leases == {"podium-operator"}


@pytest.mark.usefixtures("own_cluster")
def test_the_whole_clusters_operator_needs_no_more_than_to_see_nodes_and_delete_pods(
    everywhere: Site,
) -> None:
    with everywhere.operator("--scope=cluster") as operator:
        operator.leads()
        everywhere.apply()
        everywhere.wait("deployment", "home-pool-cpu", _has_pods)
        everywhere.settle(operator)
        _leave_a_machine(everywhere)
        everywhere.kubectl("delete", "orchestrator", "home", "--wait=false")

    asked = [*_requests(everywhere)]
    rights = _granted_everywhere(everywhere)
    further = rights - _granted(everywhere) - _granted_in_a_namespace()
    assert further == {Right("list", "nodes", ""), Right("watch", "nodes", ""), DELETE_PODS}
    assert further - used(asked) == set(), "granted and never asked for"
    assert used(asked) - rights - _granted(everywhere) == set(), "asked for and not granted"
    assert {request.right for request in asked if request.status == 403} == set()
    assert {one.namespace for one in asked if one.right == DELETE_PODS} == {everywhere.namespace}


def _leave_a_machine(site: Site) -> None:
    notice = by_taint("aws-node-termination-handler/spot-itn")
    with spare(site.cluster):
        await_machine(site, GOING, "transcoder")
        gone = _pods_of(site, "transcoder")
        site.cluster.kubectl("uncordon", SPARE)
        with notice.on(site.cluster):
            (pod,) = gone
            site.wait("pod", pod, _is_gone)


def _pods_of(site: Site, component: str) -> set[str]:
    selector = f"--selector=app.kubernetes.io/component={component}"
    found = site.cluster.kubectl_json("get", "pods", selector, namespace=site.namespace)
    return {pod["metadata"]["name"] for pod in found["items"]}


def _live(site: Site, owner: Owner) -> None:
    """Cause everything: registration on chain, a pool's end, another queue, an orderly leave."""
    with site.operator() as operator:
        operator.leads()
        owner.apply(policy="Deactivate")
        owner.wait(_is_registered)
        site.apply(pools=[CPU, GPU])
        site.wait("deployment", "home-pool-gpu", bool)
        site.settle(operator)
        site.apply(pools=[CPU])
        site.wait("deployment", "home-pool-gpu", _is_gone)
        site.apply(pools=[CPU], queue=EXTERNAL)
        site.wait("serviceaccount", "home-queue", _is_gone)
        site.settle(operator)
        assert operator.stop() == 0


def _is_registered(found: object) -> bool:
    return conditions(found).get("Registered") == "True" == conditions(found).get("CutInSync")


def _is_gone(found: object) -> bool:
    return found is None


def _has_pods(found: Any) -> bool:
    return bool(found) and bool((found.get("status") or {}).get("replicas"))


def _requests(site: Site) -> Iterator[Request]:
    user = f"system:serviceaccount:{site.namespace}:podium"
    return requests_of(user, site.cluster.program_log(AUDIT))


def _granted(site: Site) -> set[Right]:
    roles = site.cluster.kubectl_json("get", "roles", namespace=site.namespace)
    return granted(rule for role in roles["items"] for rule in role["rules"])


def _granted_everywhere(site: Site) -> set[Right]:
    """Return what the operator's own ClusterRole grants."""
    role = site.cluster.kubectl_json("get", "clusterrole", f"{site.namespace}-podium")
    return granted(role["rules"])


def _granted_in_a_namespace() -> set[Right]:
    """Return what the chart grants where the scope is a namespace: used up by a whole life."""
    roles = [one for one in render("scope.mode=release") if one["kind"] == "Role"]
    return granted(rule for role in roles for rule in role["rules"])
