"""Pods are told to leave while streams run, and no segment is lost or answered twice."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from tests.demo.installation import orchestrator_ready
from tests.devcluster.cluster import Cluster
from tests.e2e.leaving import await_pods, evict, renew, resize
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import streaming

pytestmark = pytest.mark.cluster

_LIGHT = (320, 180)
_PODS = 2


@pytest.fixture(scope="module")
def pair(installed_cluster: Cluster) -> Iterator[Home]:
    """Two nodes and two transcoders."""
    with installed_cluster.namespace("leaving") as namespace:
        made = Home(installed_cluster, namespace, nodes=2)
        installed_cluster.apply(orchestrator(made, least=_PODS, most=_PODS, in_window_seconds=0))
        orchestrator_ready(installed_cluster, made.name, namespace=namespace)
        yield made


def _shrink(home: Home) -> None:
    resize(home, 1)
    await_pods(home, 1)
    resize(home, _PODS)
    await_pods(home, _PODS)


def _evict_one(home: Home) -> None:
    evict(home, home.pods("transcoder")[0])
    await_pods(home, _PODS)


def _renew_transcoders(home: Home) -> None:
    renew(home, "transcoder")


def _renew_nodes(home: Home) -> None:
    renew(home, "node")


@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(_shrink, id="a smaller pool"),
        pytest.param(_evict_one, id="an eviction"),
        pytest.param(
            _renew_transcoders, id="a rolling update of the transcoders", marks=pytest.mark.slow
        ),
        pytest.param(_renew_nodes, id="a rolling update of the nodes", marks=pytest.mark.slow),
    ],
)
async def test_pods_leave_under_live_streams_and_nothing_is_lost(
    pair: Home, leave: Callable[[Home], None]
) -> None:
    async with (
        pair.place.gateway() as gateway,
        streaming(gateway, streams=2, ladder=LADDER[1:], size=_LIGHT) as seen,
    ):
        await seen.more(4, within_seconds=120)

        await asyncio.to_thread(leave, pair)

        await seen.more(4, within_seconds=120)

    assert seen.lost() == []
