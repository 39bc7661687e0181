"""What load does to one Orchestrator, what it tells of it, and where its queue may be."""

import asyncio
import base64
import json

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from tests.unit.operator.shell.world import CPU, World

from podium_operator.api import names
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import kind_named

HD = "h264/1280x720@30"


@pytest.fixture
async def world(world: World) -> World:
    await world.settle()
    return world


def _busy(world: World, streams: int) -> None:
    """Say that so many streams are open, each of which needs half a slot."""
    world.report(
        {
            "kind": "node",
            "id": "home-node-0",
            "sessions": streams,
            "maxSessions": 8,
            "streams": {HD: {"open": streams, "segmentSeconds": 2.0}},
        },
    )
    world.report(
        {
            "kind": "transcoder",
            "id": "home-pool-cpu-1",
            "pool": "cpu",
            "slots": 1,
            "busy": 1,
            "service": {HD: {"segments": 100, "slotSeconds": 100.0, "p95Seconds": 1.1}},
        },
    )


async def _say_of_gpu1(world: World, *, failed: str) -> None:
    """Report one working device and another, and let the keeper look."""
    devices = [{"name": "gpu0", "slots": 2}, {"name": "gpu1", "slots": 2, "failed": failed}]
    transcoder = {"kind": "transcoder", "id": "home-pool-cpu-1", "pool": "cpu", "slots": 2}
    world.report({**transcoder, "devices": devices})
    await world.step()


def _conditions(body: Body) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["reason"]) for one in body["status"]["conditions"]}


async def _replicas(world: World) -> int:
    body = await world.kube.get(kind_named("Deployment"), "media", "home-pool-cpu")
    return int(body["spec"]["replicas"])


def _events(world: World) -> list[Body]:
    return [body for (kind, *_), body in world.kube.objects.items() if kind == "Event"]


def _startup_seconds(world: World) -> float:
    """Return what nodes are told of a start of the one pool."""
    [pool] = world.keeper._link._capacity or ()
    return pool.startup_seconds


def _pod_that_took(seconds: int) -> Body:
    ready = {
        "type": "Ready",
        "status": "True",
        "lastTransitionTime": f"2026-01-01T00:00:{seconds:02}Z",
    }
    meta = {
        "name": "home-pool-cpu-1",
        "uid": "p1",
        "labels": {names.POOL_LABEL: "cpu"},
        "creationTimestamp": "2026-01-01T00:00:00Z",
    }
    return {"kind": "Pod", "metadata": meta, "status": {"conditions": [ready]}}


async def test_streams_scale_their_pool_and_the_event_says_why(world: World) -> None:
    _busy(world, 6)

    await world.step()

    assert await _replicas(world) == 4
    told = [event for event in _events(world) if event["reason"] == "Scaled"][-1]
    assert told["note"].startswith("cpu 1 -> 4: 6 open streams")
    assert told["regarding"]["name"] == "home"


async def test_a_stream_that_opens_ends_the_keepers_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("podium_operator.keeper._TICK_SECONDS", 1e6)
    resting = asyncio.create_task(world.keeper._rest())
    wire = {"kind": "node", "id": "n", "streams": {HD: {"open": 1}}}
    message = Msg(_client=Client(), subject="podium.load.node.n", data=json.dumps(wire).encode())

    await world.keeper._link._receive(message)

    await asyncio.wait_for(resting, 60)


async def test_the_status_shows_the_decision_at_once_and_live_numbers_in_their_time(
    world: World,
) -> None:
    _busy(world, 6)
    await world.step()

    status = (await world.orchestrator())["status"]

    assert status["decision"]["pools"][0]["desired"] == 4
    assert "6 open streams" in status["decision"]["text"]
    assert status["summary"]["sessions"] == "6/8"


async def test_a_device_that_fails_is_told_once_and_its_recovery_too(world: World) -> None:
    await _say_of_gpu1(world, failed="no decoder (NVDEC)")
    await world.step()
    judged = _conditions(await world.orchestrator())
    await world.restart()  # a new leader has status alone to remember by
    await _say_of_gpu1(world, failed="no decoder (NVDEC)")
    await _say_of_gpu1(world, failed="")

    told = [one for one in _events(world) if one["reason"] in {"DeviceFailed", "DeviceRecovered"}]
    assert [(event["type"], event["reason"], event["note"]) for event in told] == [
        (
            "Warning",
            "DeviceFailed",
            "pod home-pool-cpu-1: gpu1 failed and takes no more segments: no decoder (NVDEC)",
        ),
        ("Normal", "DeviceRecovered", "pod home-pool-cpu-1: gpu1 works again"),
    ]
    assert judged["DevicesHealthy"] == ("False", "DeviceFailed")
    assert judged["Degraded"] == ("True", "DevicesUnhealthy")
    assert _conditions(await world.orchestrator())["DevicesHealthy"] == ("True", "Healthy")


async def test_a_blackout_changes_no_pool(world: World) -> None:
    _busy(world, 6)
    await world.step()

    await world.step(seconds=600)
    await world.step(seconds=600)

    assert await _replicas(world) == 4


async def test_nodes_are_told_what_is_on_its_way(world: World) -> None:
    _busy(world, 6)
    await world.step()

    told = world.keeper._link._capacity

    assert told is not None
    assert [(pool.name, pool.desired_pods, pool.max_pods) for pool in told] == [("cpu", 4, 4)]


async def test_a_start_takes_what_the_spec_says_until_a_pod_has_shown_it(world: World) -> None:
    await world.edit(pools=[CPU | {"scale": {"min": 1, "max": 4, "startupSeconds": 300}}])

    await world.step()
    at_first = _startup_seconds(world)
    world.see(_pod_that_took(4))
    await world.step()

    assert (at_first, _startup_seconds(world)) == (300, 4)


async def test_gauges_follow(world: World) -> None:
    _busy(world, 6)
    await world.step()

    text = world.metrics.render().decode()

    for line in (
        'podium_orchestrator_sessions{name="home",namespace="media"} 6.0',
        'podium_orchestrator_streams{name="home",namespace="media"} 6.0',
        'podium_pool_desired_pods{name="home",namespace="media",pool="cpu"} 4.0',
        'podium_pool_busy_slots{name="home",namespace="media",pool="cpu"} 1.0',
    ):
        assert line in text


async def test_the_embedded_queue_is_reached_with_its_own_secret(world: World) -> None:
    access = world.keeper._link._access

    assert access is not None
    assert access.servers == ("tls://home-queue.media.svc:4222",)
    assert access.username
    assert access.password
    assert "BEGIN CERTIFICATE" in access.ca_pem
    assert "tls" in access.options


@pytest.mark.parametrize("has_secret", [True, False], ids=["its Secret is there", "is missing"])
async def test_an_external_queue_is_reached_with_the_providers_secret(*, has_secret: bool) -> None:
    world = World()
    if has_secret:
        data = {"username": "me", "password": "word", "ca.crt": ""}
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        meta = {"namespace": "media", "name": "nats"}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": encoded}
        await world.kube.create(secret)
    external = {"servers": ["nats://nats.example:4222"], "secretName": "nats"}
    await world.begin(queue={"external": external})

    await world.settle()

    access = world.keeper._link._access
    assert "home-queue" not in world.names_of("StatefulSet")
    assert (access is not None) is has_secret
    if access is not None:
        assert (access.username, access.password) == ("me", "word")


async def test_an_external_queue_may_ask_for_nothing() -> None:
    world = World()
    await world.begin(queue={"external": {"servers": ["nats://nats.example:4222"]}})

    await world.settle()

    access = world.keeper._link._access
    assert access is not None
    assert access.options == {}


async def test_a_keeper_runs_until_its_object_is_gone(world: World) -> None:
    running = asyncio.create_task(world.keeper.run())
    del world.kube.objects["Orchestrator", "media", "home"]
    world.now += 400

    await asyncio.wait_for(running, 60)

    assert b'name="home"' not in world.metrics.render()
