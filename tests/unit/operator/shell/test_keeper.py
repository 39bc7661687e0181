"""One Orchestrator's keeper in a world of its own: converge, repair, prune, pause, go."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.unit.operator.shell.world import CPU, GPU, World

from podium_operator.kube.errors import ForbiddenError, InvalidError, KubeError, UnreachableError
from podium_operator.kube.kinds import kind_named
from podium_operator.lease import LeadershipLostError


def _condition(body: dict[str, Any], kind: str) -> dict[str, Any]:
    found = [one for one in body["status"]["conditions"] if one["type"] == kind]
    return dict(found[0])


async def test_the_first_pass_makes_every_child(world: World) -> None:
    await world.step()

    assert world.names_of("StatefulSet") == {"home-node", "home-queue"}
    assert world.names_of("Deployment") == {"home-pool-cpu"}
    assert world.names_of("Secret") == {"home-node", "home-queue"}
    assert world.names_of("Service") == {"home", "home-node", "home-node-0", "home-queue"}


async def test_nothing_is_written_when_nothing_changed(world: World) -> None:
    await world.settle()
    world.writes()

    for _ in range(200):
        await world.step()

    assert world.writes() == []


@pytest.mark.parametrize("told", ["a spec that changes", "a child that goes"])
async def test_what_the_watch_tells_ends_the_keepers_rest(
    world: World, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setattr("podium_operator.keeper._TICK_SECONDS", 1e6)
    await world.settle()
    world.see(await world.kube.get(kind_named("Service"), "media", "home-node"))
    await world.step()
    resting = asyncio.create_task(world.keeper._rest())

    if told == "a spec that changes":
        await world.edit(paused=True)
    else:
        world.lose("Service", "home-node")

    await asyncio.wait_for(resting, 60)


async def test_a_new_leader_changes_no_child(world: World) -> None:
    await world.settle()
    before = {key: body["metadata"]["resourceVersion"] for key, body in world.kube.objects.items()}

    await world.restart()
    await world.settle()

    after = {key: body["metadata"]["resourceVersion"] for key, body in world.kube.objects.items()}
    changed = {key for key in before if before[key] != after[key]}
    assert changed <= {("Orchestrator", "media", "home")}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param("Service", "home-node", id="a Service"),
        pytest.param("Deployment", "home-pool-cpu", id="a pool"),
        pytest.param("StatefulSet", "home-queue", id="the queue"),
        pytest.param("ConfigMap", "home-node", id="a configuration"),
    ],
)
async def test_a_deleted_child_is_made_again(world: World, kind: str, name: str) -> None:
    await world.settle()

    world.lose(kind, name)
    await world.step()

    assert name in world.names_of(kind)


async def test_a_deleted_secret_comes_back_with_the_same_content(world: World) -> None:
    await world.settle()
    before = await world.kube.get(kind_named("Secret"), "media", "home-queue")

    world.lose("Secret", "home-queue", tell=False)
    await world.step(seconds=11)

    after = await world.kube.get(kind_named("Secret"), "media", "home-queue")
    assert after["data"] == before["data"]


async def test_a_changed_child_is_repaired_and_no_other_is_touched(world: World) -> None:
    await world.settle()
    world.writes()

    await world.spoil("ConfigMap", "home-node", data={"podium.yaml": "evil"})
    world.writes()
    await world.step()

    assert world.writes() == [("apply", "ConfigMap", "home-node")]
    found = await world.kube.get(kind_named("ConfigMap"), "media", "home-node")
    assert found["data"]["podium.yaml"] != "evil"


async def test_a_pool_scaled_by_hand_is_set_back(world: World) -> None:
    await world.settle()
    body = await world.kube.get(kind_named("Deployment"), "media", "home-pool-cpu")

    await world.spoil("Deployment", "home-pool-cpu", spec={**body["spec"], "replicas": 3})
    await world.step()

    body = await world.kube.get(kind_named("Deployment"), "media", "home-pool-cpu")
    assert body["spec"]["replicas"] == 1


async def test_a_deletion_that_no_watch_told_of_is_found(world: World) -> None:
    await world.settle()

    world.lose("Service", "home-node", tell=False)
    await world.step(seconds=400)

    assert "home-node" in world.names_of("Service")


async def test_a_pool_that_the_spec_drops_is_pruned(world: World) -> None:
    await world.edit(pools=[CPU, GPU])
    await world.settle()
    assert "home-pool-gpu" in world.names_of("Deployment")

    await world.edit(pools=[CPU])
    await world.settle()

    for kind in ("Deployment", "ConfigMap", "PodDisruptionBudget", "NetworkPolicy"):
        assert "home-pool-gpu" not in world.names_of(kind)
    assert "home-pool-cpu" in world.names_of("Deployment")


async def test_a_paused_orchestrator_is_left_alone_and_reported_on(world: World) -> None:
    await world.settle()
    await world.edit(paused=True)
    await world.settle()
    world.writes()

    world.lose("Service", "home-node")
    await world.spoil("ConfigMap", "home-node", data={})
    world.writes()
    await world.settle()

    assert world.writes() == []
    assert _condition(await world.orchestrator(), "Paused")["status"] == "True"


async def test_resuming_repairs_what_drifted(world: World) -> None:
    await world.settle()
    await world.edit(paused=True)
    await world.settle()
    world.lose("Service", "home-node")

    await world.edit(paused=False)
    await world.settle()

    assert "home-node" in world.names_of("Service")


async def test_a_spec_that_cannot_be_carried_out_touches_nothing_and_says_why(
    world: World,
) -> None:
    await world.settle()
    world.writes()

    await world.edit(pools=[])
    world.writes()
    await world.settle()

    assert {call[1] for call in world.writes()} <= {"Orchestrator", "Event"}
    ready = _condition(await world.orchestrator(), "Ready")
    assert ready["status"] == "False"
    assert "pools" in ready["message"]
    assert "home-pool-cpu" in world.names_of("Deployment")


async def test_an_orchestrator_on_its_way_out_gets_nothing_new(world: World) -> None:
    await world.settle()
    body = await world.orchestrator()
    body["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    world.see(await world.kube.replace(body))
    world.lose("Service", "home-node")
    world.writes()

    assert await world.step()

    assert world.writes() == []


async def test_a_keeper_ends_when_its_object_is_gone(world: World) -> None:
    await world.settle()
    del world.kube.objects["Orchestrator", "media", "home"]

    assert not await world.step(seconds=400)


async def test_a_keeper_ends_when_its_object_is_another_by_now(world: World) -> None:
    await world.settle()
    world.kube.objects["Orchestrator", "media", "home"]["metadata"]["uid"] = "another"

    assert not await world.step(seconds=400)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(InvalidError("spec.x: Invalid value"), id="invalid"),
        pytest.param(ForbiddenError("exceeded quota"), id="a quota"),
    ],
)
async def test_one_refused_object_holds_up_no_other(world: World, error: KubeError) -> None:
    world.kube.fail = lambda verb, kind, _: error if verb == "apply" and kind == "Service" else None

    await world.settle()

    assert world.names_of("Service") == set()
    assert "home-pool-cpu" in world.names_of("Deployment")
    degraded = _condition(await world.orchestrator(), "Degraded")
    assert degraded["status"] == "True"
    assert str(error) in degraded["message"]


async def test_a_refused_object_is_tried_again_after_a_minute(world: World) -> None:
    world.kube.fail = lambda verb, kind, _: (
        ForbiddenError("exceeded quota") if verb == "apply" and kind == "Service" else None
    )
    await world.settle()
    world.kube.fail = lambda *_: None

    await world.step()
    assert world.names_of("Service") == set()
    await world.step(seconds=61)

    assert "home-node" in world.names_of("Service")


async def test_an_api_server_that_is_away_is_waited_for(world: World) -> None:
    world.kube.fail = lambda *_: UnreachableError("away")
    assert await world.step()

    world.kube.fail = lambda *_: None
    await world.settle()

    assert "home-pool-cpu" in world.names_of("Deployment")


async def test_lost_leadership_is_not_swallowed(world: World) -> None:
    def lost(*_: str) -> KubeError | None:
        raise LeadershipLostError("gone")

    world.kube.fail = lost

    with pytest.raises(LeadershipLostError):
        await world.step()


async def test_a_fault_of_ours_is_logged_and_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: str) -> KubeError | None:
        raise RuntimeError("bug")

    world.kube.fail = broken

    assert await world.step()

    assert "bug" in caplog.text


async def test_credentials_rotate_by_annotation_and_the_old_ones_stay_good(world: World) -> None:
    await world.settle()
    secret = kind_named("Secret")
    before = await world.kube.get(secret, "media", "home-queue")
    node = await world.kube.get(secret, "media", "home-node")

    body = await world.orchestrator()
    body["metadata"]["annotations"] = {"podium.video/rotate-queue-credentials": "2"}
    world.see(await world.kube.replace(body))
    await world.settle()

    after = await world.kube.get(secret, "media", "home-queue")
    assert after["data"] != before["data"]
    assert (await world.kube.get(secret, "media", "home-node"))["data"] == node["data"]


async def test_the_image_stays_when_the_operators_default_changes(world: World) -> None:
    await world.settle()
    before = await world.kube.get(kind_named("StatefulSet"), "media", "home-node")

    world.image = "example/worker:2"
    await world.restart()
    await world.settle()

    after = await world.kube.get(kind_named("StatefulSet"), "media", "home-node")
    assert after["spec"] == before["spec"]


@settings(max_examples=25, deadline=None)
@given(crash_after=st.integers(min_value=0, max_value=30))
async def test_a_crash_between_any_two_writes_is_healed_by_the_next_leader(
    crash_after: int,
) -> None:
    world = World()
    await world.begin()
    left = crash_after

    def fail(verb: str, *_: str) -> KubeError | None:
        nonlocal left
        left -= verb == "apply"
        return UnreachableError("crash") if left < 0 else None

    world.kube.fail = fail
    await world.step()
    world.kube.fail = lambda *_: None
    await world.restart()
    await world.settle()
    world.writes()
    await world.settle()

    assert world.writes() == []
    assert len(world.names_of("Service")) == 4
    assert len(world.names_of("Secret")) == 2


@settings(max_examples=25, deadline=None)
@given(
    losses=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    ("Service", "home"),
                    ("Service", "home-queue"),
                    ("ConfigMap", "home-pool-cpu"),
                    ("Deployment", "home-pool-cpu"),
                    ("StatefulSet", "home-node"),
                    ("ServiceAccount", "home-transcoder"),
                ]
            ),
            st.booleans(),
        ),
        unique_by=lambda loss: loss[0],
    )
)
async def test_any_told_or_untold_losses_end_in_the_same_state(
    losses: list[tuple[tuple[str, str], bool]],
) -> None:
    world = World()
    await world.begin()
    await world.settle()
    before = set(world.kube.objects)

    for (kind, name), is_told in losses:
        world.lose(kind, name, tell=is_told)
    await world.step()
    await world.step(seconds=400)

    assert {key for key in world.kube.objects if key[0] != "Event"} >= {
        key for key in before if key[0] != "Event"
    }
