"""Load, and nothing else, makes transcoders come and go."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from tests.demo.installation import orchestrator_ready
from tests.devcluster.cluster import Cluster
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import streaming
from tests.gateway.gateway import Gateway

pytestmark = pytest.mark.cluster

_IN_WINDOW_SECONDS = 5
_SEGMENTS_TO_BE_SEEN = 2
_MOST_STREAMS = 12


@pytest.fixture
def elastic(installed_cluster: Cluster) -> Iterator[Home]:
    with installed_cluster.namespace("elastic") as namespace:
        made = Home(installed_cluster, namespace)
        manifest = orchestrator(made, least=1, most=2, in_window_seconds=_IN_WINDOW_SECONDS)
        installed_cluster.apply(manifest)
        orchestrator_ready(installed_cluster, made.name, namespace=namespace)
        yield made


async def test_streams_bring_a_second_pod_and_their_end_takes_it_away(elastic: Home) -> None:
    async with elastic.place.gateway() as gateway, _light(gateway, "first") as first:
        await first.more(3, within_seconds=120)
        await asyncio.to_thread(_await_pods, elastic, 1)

        async with AsyncExitStack() as others:
            await _add_until_more_is_wanted(elastic, gateway, others)
            await asyncio.to_thread(_await_pods, elastic, 2)
            await first.more(2, within_seconds=120)
        await asyncio.to_thread(_await_pods, elastic, 1)

    assert first.lost() == []


def _light(gateway: Gateway, name: str) -> streaming:
    return streaming(gateway, streams=1, ladder=LADDER[1:], size=(320, 180), name=name)


async def _add_until_more_is_wanted(home: Home, gateway: Gateway, others: AsyncExitStack) -> None:
    # How many streams a pod can take is this machine's to say: they come one by one, so that no
    # more of them come than the policy needs to see, and the first never waits behind too many.
    for number in range(_MOST_STREAMS):
        added = await others.enter_async_context(_light(gateway, f"other-{number}"))
        await added.more(_SEGMENTS_TO_BE_SEEN, within_seconds=120)
        if await asyncio.to_thread(home.desired_pods) > 1:
            return
    pytest.fail(f"{_MOST_STREAMS} streams brought no second pod")


def _await_pods(home: Home, count: int) -> None:
    home.cluster.wait_for(
        "deployment",
        home.deployment,
        lambda found: (
            found is not None
            and found["spec"]["replicas"] == count
            and found.get("status", {}).get("readyReplicas", 0) == count
        ),
        namespace=home.namespace,
        timeout_seconds=180,
    )
