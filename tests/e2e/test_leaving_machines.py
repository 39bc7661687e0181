"""A machine that goes away under live streams takes no segment with it.

Everything of an Orchestrator begins on the second machine, so that all of it must move: nodes,
transcoders, and the queue where the notice is for every pod.
"""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from tests.demo.installation import orchestrator_ready
from tests.devcluster.cluster import Cluster
from tests.devcluster.images import build, load_into
from tests.devcluster.layout import home as cluster_home
from tests.devcluster.request import build_request
from tests.devcluster.starting import up
from tests.e2e.leaving import await_pods, machines_of
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import streaming

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(900)]

_STAYING, _GOING = "node-0", "node-1"
_EVICTING = "example.com/spot-interruption=notice:NoExecute"
_SPOT_NOTICE = "aws-node-termination-handler/spot-itn=1:NoSchedule"
_PODS = 2
_PARTS = "app.kubernetes.io/component in (node,transcoder)"


@pytest.fixture(scope="module")
def two_machines(installed_cluster: Cluster) -> Cluster:
    """The cluster with a second machine that knows the images."""
    if not installed_cluster.is_own:
        pytest.skip("adds a machine: only on a cluster started here")
    up(cluster_home(), build_request(2), report=print)
    load_into(installed_cluster, build(report=print))
    return installed_cluster


@pytest.fixture
def moving(two_machines: Cluster) -> Iterator[Home]:
    """Two nodes and two transcoders on the machine that goes."""
    with two_machines.namespace("machines") as namespace:
        made = Home(two_machines, namespace, nodes=2)
        two_machines.kubectl("cordon", _STAYING)
        try:
            two_machines.apply(orchestrator(made, least=_PODS, most=_PODS, in_window_seconds=0))
            orchestrator_ready(two_machines, made.name, namespace=namespace)
        finally:
            two_machines.kubectl("uncordon", _STAYING)
        yield made


def _drain(home: Home) -> None:
    flags = ("--ignore-daemonsets", "--delete-emptydir-data", "--timeout=240s")
    try:
        home.cluster.kubectl(
            "drain", _GOING, *flags, f"--pod-selector={_PARTS}", timeout_seconds=260
        )
        await_pods(home, _PODS)
    finally:
        home.cluster.kubectl("uncordon", _GOING)


def _be_evicted(home: Home) -> None:
    """Leave by a taint that nobody listed as a notice, and that evicts."""
    _leave_for(home, _EVICTING, pods="app.kubernetes.io/component=transcoder")


def _heed_a_notice(home: Home) -> None:
    """Leave while the notice runs: it evicts nobody, the operator has pods leave."""
    _leave_for(home, _SPOT_NOTICE, pods=_PARTS)
    assert set(machines_of(home, "node")) == {_STAYING}
    told = ("get", "events", "--field-selector=reason=MachineLeaves")
    assert home.cluster.kubectl_json(*told, namespace=home.namespace)["items"]


def _leave_for(home: Home, taint: str, *, pods: str) -> None:
    """Taint the machine until these pods have left it and all are there again elsewhere."""
    home.cluster.kubectl("taint", "nodes", _GOING, taint)
    try:
        home.cluster.kubectl(
            *("wait", "--for=delete", "pod", "-l", pods),
            *("--field-selector", f"spec.nodeName={_GOING}", "--timeout=240s"),
            namespace=home.namespace,
            timeout_seconds=260,
        )
        await_pods(home, _PODS)
    finally:
        home.cluster.kubectl("taint", "nodes", _GOING, f"{taint}-")


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(_drain, id="drained"),
        pytest.param(_be_evicted, id="a taint that evicts"),
        pytest.param(_heed_a_notice, id="a spot notice"),
    ],
)
async def test_streams_move_off_a_machine_that_goes(
    moving: Home, leave: Callable[[Home], None]
) -> None:
    assert set(machines_of(moving, "transcoder")) == {_GOING}
    async with (
        moving.place.gateway() as gateway,
        streaming(gateway, streams=2, ladder=LADDER[1:], size=(320, 180)) as seen,
    ):
        await seen.more(4, within_seconds=120)

        await asyncio.to_thread(leave, moving)

        await seen.more(4, within_seconds=120)

    assert set(machines_of(moving, "transcoder")) == {_STAYING}
    assert seen.lost() == []
