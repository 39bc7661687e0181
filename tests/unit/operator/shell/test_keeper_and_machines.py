"""A keeper whose pods stand on a machine that is announced to be taken."""

from typing import Any

import pytest
from tests.unit.operator.shell.node_bodies import PREEMPTED, READY, node
from tests.unit.operator.shell.world import World

from podium_operator.kube.client import Body
from podium_operator.kube.errors import ForbiddenError, UnreachableError
from podium_operator.kube.kinds import kind_named
from podium_operator.sightings import Sighting

NODE = kind_named("Node")


async def _pod(world: World, name: str, machine: str, *, component: str = "transcoder") -> None:
    """Store a ready pod of ours and let the watch tell."""
    labels = {
        "app.kubernetes.io/managed-by": "podium-operator",
        "app.kubernetes.io/instance": "home",
        "app.kubernetes.io/component": component,
    } | ({"podium.video/pool": "cpu"} if component == "transcoder" else {})
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:05Z"}
    body: Body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "namespace": "media",
            "name": name,
            "labels": labels,
            "creationTimestamp": world.around.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "spec": {"nodeName": machine},
        "status": {"phase": "Running", "conditions": [ready]},
    }
    world.see(await world.kube.create(body))


def _machine(world: World, name: str, *conditions: dict[str, str]) -> None:
    world.machines.see(
        Sighting(NODE, node(*(conditions or (READY,)), name=name), was_deleted=False)
    )


@pytest.fixture
async def settled(world: World) -> World:
    """A node and a transcoder on m1, and m2 beside it."""
    _machine(world, "m1")
    _machine(world, "m2")
    await world.settle()
    await _pod(world, "t1", "m1")
    await _pod(world, "n1", "m1", component="node")
    await _pod(world, "q1", "m1", component="queue")
    await world.step()
    world.writes()
    return world


def _deleted(world: World) -> list[str]:
    return [name for verb, kind, name in world.writes() if (verb, kind) == ("delete", "Pod")]


def _events(world: World, reason: str) -> list[Any]:
    return [
        body["note"]
        for (kind, _, _), body in world.kube.objects.items()
        if kind == "Event" and body["reason"] == reason
    ]


def _counted(world: World, component: str) -> float | None:
    labels = {"component": component, "mark": "condition PreemptScheduled"}
    return world.metrics.registry.get_sample_value("podium_operator_pods_sent_off_total", labels)


async def test_nobody_leaves_a_machine_that_stays(settled: World) -> None:
    await settled.step()

    assert _deleted(settled) == []


async def test_nodes_and_transcoders_leave_once_are_told_of_and_counted(settled: World) -> None:
    _machine(settled, "m1", READY, PREEMPTED)

    await settled.step()
    assert _deleted(settled) == ["n1", "t1"], "and the queue's server stays"
    await settled.step()
    assert _deleted(settled) == [], "while they are on their way"

    (said,) = _events(settled, "MachineLeaves")
    assert said == "m1 is to be taken (condition PreemptScheduled): 2 pods leave it now: n1, t1"
    assert (_counted(settled, "node"), _counted(settled, "transcoder")) == (1, 1)


async def test_a_successor_that_lands_on_the_same_machine_stays(settled: World) -> None:
    _machine(settled, "m1", READY, PREEMPTED)
    await settled.step()
    settled.writes()

    await _pod(settled, "t2", "m1")
    await settled.step()

    assert _deleted(settled) == []


async def test_a_paused_orchestrator_is_left_alone_until_it_goes_on(settled: World) -> None:
    await settled.edit(paused=True)
    _machine(settled, "m1", READY, PREEMPTED)
    await settled.step()
    assert _deleted(settled) == []

    await settled.edit(paused=False)
    await settled.step()

    assert _deleted(settled) == ["n1", "t1"]


async def test_a_mark_on_every_machine_takes_nobody_and_warns(settled: World) -> None:
    _machine(settled, "m1", READY, PREEMPTED)
    _machine(settled, "m2", READY, PREEMPTED)

    await settled.step()

    assert _deleted(settled) == []
    (said,) = _events(settled, "NoMachineLeft")
    assert said.startswith("m1 is to be taken (condition PreemptScheduled), and no other machine")


async def test_an_api_server_that_is_away_is_asked_again(settled: World) -> None:
    _machine(settled, "m1", READY, PREEMPTED)
    settled.kube.fail = lambda verb, *_: UnreachableError("away") if verb == "delete" else None
    await settled.step()
    settled.writes()

    settled.kube.fail = lambda *_: None
    await settled.step()

    assert _deleted(settled) == ["n1", "t1"]


async def test_a_refusal_is_not_asked_for_again(settled: World) -> None:
    _machine(settled, "m1", READY, PREEMPTED)
    settled.kube.fail = lambda verb, *_: ForbiddenError("no") if verb == "delete" else None

    await settled.step()
    await settled.step()

    assert _deleted(settled) == ["n1", "t1"]
    assert _counted(settled, "node") is None
