"""A queue of three servers loses one after the other while streams run, and nothing is lost."""

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from tests.demo.installation import orchestrator_ready
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import KubectlError
from tests.e2e.leaving import metric_of_nodes, request_eviction
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import streaming
from tests.support.patience import look_until

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

_SERVERS = 3
_MONITOR = 8222
_PATIENCE_SECONDS = 180
_ANSWERED = "livepeer_segment_transcoded_total"


@pytest.fixture(scope="module")
def trio(installed_cluster: Cluster) -> Iterator[Home]:
    """An Orchestrator with a queue of three servers and two transcoders."""
    with installed_cluster.namespace("trio") as namespace:
        made = Home(installed_cluster, namespace)
        manifest = orchestrator(made, least=2, most=2, in_window_seconds=0)
        manifest["spec"]["queue"]["embedded"]["replicas"] = _SERVERS
        installed_cluster.apply(manifest)
        orchestrator_ready(installed_cluster, made.name, namespace=namespace)
        yield made


def _remove_follower(home: Home) -> None:
    leader = _leader(home)
    home.remove(next(pod for pod in home.pods("queue") if pod != leader))


def _remove_leader(home: Home) -> None:
    home.remove(_leader(home))


def _kill_leader_in_place(home: Home) -> None:
    victim = _leader(home)
    home.kill(victim)
    home.await_end(victim)


def _evict_two(home: Home) -> None:
    """The budget lets one go; the second may follow when that one is back and in step."""
    first, second = home.pods("queue")[:2]
    request_eviction(home, first)
    with pytest.raises(KubectlError, match="disruption budget"):
        request_eviction(home, second)


def _update(home: Home) -> None:
    """Change the servers' template: they are restarted one at a time, each when all are in step."""
    before = set(_uids(home))
    variable = f"{20 + secrets.randbelow(20)}m"
    steps = [
        {
            "op": "add",
            "path": "/spec/queue/embedded/resources",
            "value": {"requests": {"cpu": variable, "memory": "96Mi"}},
        }
    ]
    home.cluster.kubectl(
        *("patch", "orchestrators.podium.video", home.name, "--type=json", "-p", json.dumps(steps)),
        namespace=home.namespace,
    )
    _await(lambda: not before & set(_uids(home)), "all servers are new")
    _await(lambda: _are_in_step(home), "all servers are in step")
    pods = sorted(_queue_pods(home), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    for earlier, later in pairwise(pods):
        assert _ready_since(earlier) <= later["metadata"]["creationTimestamp"]


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(_remove_follower, id="a server that does not lead is removed"),
        pytest.param(_remove_leader, id="the server that leads is removed"),
        pytest.param(_kill_leader_in_place, id="the server that leads is killed in place"),
        pytest.param(_evict_two, id="two are evicted"),
        pytest.param(_update, id="all are updated"),
    ],
)
async def test_streams_go_on_without_one_of_three_queue_servers(
    trio: Home, lose: Callable[[Home], None]
) -> None:
    await asyncio.to_thread(_await, lambda: _are_in_step(trio), "all servers are in step")
    await asyncio.to_thread(trio.await_room, 2)
    before = await asyncio.to_thread(metric_of_nodes, trio, _ANSWERED)
    async with (
        trio.place.gateway() as gateway,
        streaming(gateway, streams=2, ladder=LADDER[1:], size=(320, 180)) as seen,
    ):
        await seen.more(4, within_seconds=120)

        await asyncio.to_thread(lose, trio)

        await seen.more(8, within_seconds=120)
        await asyncio.to_thread(_await, lambda: _are_in_step(trio), "all servers are in step")

    assert seen.lost() == []
    after = await asyncio.to_thread(metric_of_nodes, trio, _ANSWERED)
    assert after - before == len(seen.records)


def _await(is_so: Callable[[], bool], what: str) -> None:
    look_until(is_so, what, within_seconds=_PATIENCE_SECONDS, every_seconds=0.5)


def _are_in_step(home: Home) -> bool:
    """Whether all servers run and each has all that it should hold."""
    pods = home.pods("queue")
    return len(pods) == _SERVERS and all(
        _ask(home, pod, "healthz").get("status") == "ok" for pod in pods
    )


def _leader(home: Home) -> str:
    """Return the server that leads the others."""
    for pod in home.pods("queue"):
        leader = _ask(home, pod, "jsz").get("meta_cluster", {}).get("leader")
        if leader:
            return str(leader)
    pytest.fail("the servers have no leader")


def _ask(home: Home, pod: str, path: str) -> dict[str, Any]:
    proxy = f"/api/v1/namespaces/{home.namespace}/pods/{pod}:{_MONITOR}/proxy/{path}"
    try:
        found: dict[str, Any] = json.loads(home.cluster.kubectl("get", "--raw", proxy))
    except KubectlError:
        return {}
    return found


def _queue_pods(home: Home) -> list[dict[str, Any]]:
    selector = f"app.kubernetes.io/instance={home.name},app.kubernetes.io/component=queue"
    found = home.cluster.kubectl_json("get", "pods", "-l", selector, namespace=home.namespace)
    return [pod for pod in found["items"] if "deletionTimestamp" not in pod["metadata"]]


def _uids(home: Home) -> list[str]:
    return [pod["metadata"]["uid"] for pod in _queue_pods(home)]


def _ready_since(pod: dict[str, Any]) -> str:
    conditions = pod["status"]["conditions"]
    return str(next(one["lastTransitionTime"] for one in conditions if one["type"] == "Ready"))
