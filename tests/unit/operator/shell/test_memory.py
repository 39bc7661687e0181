"""What outlives an operator: lessons of its pools, and the last decision as it was made."""

import pytest
from tests.unit.operator.shell.world import HD, World

from podium_operator.archive import DECISION_KEY, LEARNED_KEY, Archive, opened
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import kind_named
from podium_operator.learned import Learned, LearnedPool, parse_learned
from podium_operator.scaling.recording import read, replay

CONFIG_MAP = kind_named("ConfigMap")


@pytest.fixture
async def world(world: World) -> World:
    await world.settle()
    return world


def _measured(world: World, *, slots: int = 1) -> None:
    service = {HD: {"segments": 100, "slotSeconds": 50.0, "p95Seconds": 0.6}}
    world.report(
        {"kind": "transcoder", "id": "t", "pool": "cpu", "slots": slots, "service": service},
    )


async def _kept(world: World) -> Body:
    found = await world.kube.get(CONFIG_MAP, "media", "home-scaling")
    data: Body = found["data"]
    return data


async def test_what_was_learned_outlives_the_operator(world: World) -> None:
    await world.step(seconds=61)
    _measured(world, slots=3)
    await world.step()
    await world.step(seconds=61)
    assert parse_learned((await _kept(world))[LEARNED_KEY]).pools["cpu"].service[HD].mean_seconds

    await world.restart()
    await world.step()

    view = world.keeper._book.view(now=world.now)
    assert view.service["cpu"][HD].mean_seconds == 0.5
    assert view.service["cpu"][HD].p95_seconds == 0.6
    assert view.slots_per_pod == {"cpu": 3.0}


async def test_start_up_times_outlive_the_operator(world: World) -> None:
    world.keeper._startup.take_over("cpu", [40.0, 41.0, 80.0])
    await world.step(seconds=61)

    await world.restart()
    await world.step()

    assert world.keeper._startup.times["cpu"] == (40.0, 41.0, 80.0)


async def test_the_last_decision_can_be_made_again(world: World) -> None:
    world.open_streams(6)
    await world.step(seconds=6)

    recording = read((await _kept(world))[DECISION_KEY])

    shown = (await world.orchestrator())["status"]["decision"]
    assert replay(recording).decision_id == shown["id"]
    assert replay(recording).text == shown["text"]
    assert recording.at == shown["at"]


async def test_at_rest_nothing_is_written(world: World) -> None:
    world.open_streams(6)
    await world.step(seconds=6)
    await world.step(seconds=6)
    world.writes()

    for _ in range(20):
        world.open_streams(6)
        await world.step()

    assert [call for call in world.writes() if call[1] == "ConfigMap"] == []


async def test_decisions_in_quick_succession_are_written_once_in_five_seconds(
    world: World,
) -> None:
    await world.step(seconds=60)
    world.writes()
    for count in (1, 2, 3, 4, 5, 6, 7, 8, 9):
        world.open_streams(count)
        await world.step(seconds=1)

    written = [call for call in world.writes() if call[1:] == ("ConfigMap", "home-scaling")]
    assert 1 <= len(written) <= 3


@pytest.mark.parametrize(
    "data",
    [
        None,
        {LEARNED_KEY: 7},
        {LEARNED_KEY: "{"},
        {LEARNED_KEY: '{"pools": {"cpu": {"startupSeconds": [-1]}}}'},
        {LEARNED_KEY: '{"pools": {"cpu": {"slotsPerPod": 1e99}}}'},
        {LEARNED_KEY: '{"pools": {"cpu": {"service": {"x": {"meanSeconds": "NaN"}}}}}'},
        {LEARNED_KEY: "x" * 300_000},
    ],
)
async def test_a_spoiled_memory_is_no_memory(world: World, data: Body | None) -> None:
    assert opened(data).learned == Learned()

    await world.spoil("ConfigMap", "home-scaling", data=data or {})
    await world.restart()

    assert await world.step()
    assert parse_learned((await _kept(world))[LEARNED_KEY]).pools.keys() <= {"cpu"}


def test_lessons_are_written_when_they_differ_much_and_once_a_minute() -> None:
    def lesson(seconds: float) -> Learned:
        return Learned(pools={"cpu": LearnedPool(startup_seconds=(seconds,))})

    archive = Archive().noted("", lesson(10), now=0)

    assert archive.noted("", lesson(10.5), now=100).learned == lesson(10)
    assert archive.noted("", lesson(12), now=59).learned == lesson(10)
    assert archive.noted("", lesson(12), now=60).learned == lesson(12)
