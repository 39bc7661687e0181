"""Pools that somebody else scales: the operator leaves the number alone, and tells its own."""

import asyncio
from typing import Any

import pytest
from tests.unit.operator.shell.world import CPU, World

from podium_operator.external.board import Offer
from podium_operator.handover import HANDOVER_MANAGER

EXTERNAL = {**CPU, "scale": {"mode": "External", "min": 2, "max": 6}}
PLACE = ("Deployment", "media", "home-pool-cpu")


@pytest.fixture
async def world() -> World:
    return World()


def _deployment(world: World) -> dict[str, Any]:
    return world.kube.objects[PLACE]


async def _scale(world: World, replicas: int) -> None:
    """Set the number as an HPA does, which takes the field over."""
    body = _deployment(world)
    managed = [
        entry | {"fieldsV1": {"f:spec": _without_replicas(entry)}}
        for entry in body["metadata"]["managedFields"]
    ]
    meta = body["metadata"] | {"managedFields": [*managed, {"manager": "an HPA"}]}
    spec = body["spec"] | {"replicas": replicas}
    world.see(await world.kube.replace({**body, "metadata": meta, "spec": spec}))


def _without_replicas(entry: dict[str, Any]) -> dict[str, Any]:
    fields = entry["fieldsV1"]["f:spec"]
    return {name: value for name, value in fields.items() if name != "f:replicas"}


async def test_the_number_is_not_sent_at_all(world: World) -> None:
    await world.begin(pools=[EXTERNAL])

    await world.settle()

    assert "replicas" not in _deployment(world)["spec"]


async def test_what_somebody_else_sets_is_left_alone(world: World) -> None:
    await world.begin(pools=[EXTERNAL])
    await world.settle()
    world.writes()

    await _scale(world, 5)
    await world.settle()

    assert _deployment(world)["spec"]["replicas"] == 5
    assert ("apply", "Deployment", "home-pool-cpu") not in world.writes()


async def test_a_native_pool_that_somebody_scales_is_put_back(world: World) -> None:
    await world.begin()
    await world.settle()

    await _scale(world, 4)
    await world.settle()

    assert _deployment(world)["spec"]["replicas"] == 1


async def test_a_pool_that_turns_external_keeps_its_pods(world: World) -> None:
    await world.begin(pools=[{**CPU, "scale": {"min": 3, "max": 6}}])
    await world.settle()

    await world.edit(pools=[EXTERNAL])
    await world.settle()

    body = _deployment(world)
    assert body["spec"]["replicas"] == 3
    owners = {
        entry["manager"]
        for entry in body["metadata"]["managedFields"]
        if "f:replicas" in entry["fieldsV1"]["f:spec"]
    }
    assert owners == {HANDOVER_MANAGER}


async def test_a_pool_that_turns_native_again_is_ours(world: World) -> None:
    await world.begin(pools=[EXTERNAL])
    await world.settle()
    await _scale(world, 5)

    await world.edit(pools=[{**CPU, "scale": {"min": 1, "max": 1}}])
    await world.settle()

    assert _deployment(world)["spec"]["replicas"] == 1


async def test_the_wanted_number_is_offered_and_shown(world: World) -> None:
    await world.begin(pools=[EXTERNAL])

    await world.settle()

    offer = world.board.offer("media", "home", "cpu")
    status = (await world.orchestrator())["status"]["pools"][0]
    assert offer == Offer(2, 0)
    assert (status["name"], status["desired"]) == ("cpu", 2)
    assert 'podium_pool_desired_pods{name="home",namespace="media",pool="cpu"} 2.0' in (
        world.metrics.render().decode()
    )


async def test_nodes_count_on_what_was_granted_and_not_on_what_is_wanted(world: World) -> None:
    await world.begin(pools=[EXTERNAL])
    await world.settle()
    await _scale(world, 1)

    await world.settle()

    (capacity,) = world.keeper._link._capacity or ()
    assert (capacity.desired_pods, capacity.max_pods) == (1, 1)


async def test_native_pools_are_not_offered(world: World) -> None:
    await world.begin()

    await world.settle()

    assert world.board.offer("media", "home", "cpu") is None


async def test_nothing_is_offered_of_an_orchestrator_that_nobody_keeps(world: World) -> None:
    await world.begin(pools=[EXTERNAL])
    await world.settle()
    keeping = asyncio.create_task(world.keeper.run())
    await asyncio.sleep(0)

    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)

    assert world.board.offer("media", "home", "cpu") is None


async def test_an_event_tells_an_offer_from_a_deed(world: World) -> None:
    await world.begin(pools=[EXTERNAL])

    await world.settle()

    events = [body for (kind, *_), body in world.kube.objects.items() if kind == "Event"]
    told = {body["reason"]: body["note"] for body in events}
    assert told["Offered"].startswith("cpu 0 -> 2")
    assert "Scaled" not in told
