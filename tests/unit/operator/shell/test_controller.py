"""The table of keepers: who is started, told, and ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.unit.operator.shell.world import World

from podium_operator.controller import Controller
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named
from podium_operator.sightings import Sighting, version_of


class Keeper:
    """Remembers what it was told; runs until cancelled, or fails when asked to."""

    made: list["Keeper"]

    def __init__(self, body: Body, _around: object) -> None:
        self.uid, self.last_pass_at = body["metadata"]["uid"], 0.0
        self.version = version_of(body)
        self.told: list[Body] = []
        self.fault: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        type(self).made.append(self)

    def see(self, sighting: Sighting) -> None:
        self.told.append(sighting.body)

    async def run(self) -> None:
        try:
            await self.fault
        finally:
            self.ended.set()


def _sighting(
    name: str = "home", *, uid: str = "1", version: int = 1, gone: bool = False
) -> Sighting:
    meta = {"namespace": "media", "name": name, "uid": uid, "resourceVersion": str(version)}
    return Sighting(ORCHESTRATOR, {"metadata": meta}, gone)


def _child(instance: str) -> Sighting:
    meta = {"namespace": "media", "name": "x", "labels": {"app.kubernetes.io/instance": instance}}
    return Sighting(
        kind_named("ConfigMap"), {"kind": "ConfigMap", "metadata": meta}, was_deleted=False
    )


@pytest.fixture
async def controller() -> AsyncIterator[Controller]:
    Keeper.made = []
    controller: Any = Controller(World().around, Keeper)  # type: ignore[arg-type]
    ready = asyncio.Event()

    async def source(_: Callable[[Sighting], None]) -> None:
        ready.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(controller.run(source))
    controller.task = task
    await ready.wait()
    yield controller
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_one_keeper_is_made_per_orchestrator(controller: Controller) -> None:
    controller.notice(_sighting("home"))
    controller.notice(_sighting("home"))
    controller.notice(_sighting("other"))

    assert len(Keeper.made) == 2


async def test_children_reach_their_own_keeper_only(controller: Controller) -> None:
    controller.notice(_sighting("home"))
    controller.notice(_sighting("other"))

    controller.notice(_child("home"))
    controller.notice(_child("stranger"))

    assert [len(keeper.told) for keeper in Keeper.made] == [1, 0]


async def test_a_goodbye_ends_the_keeper(controller: Controller) -> None:
    controller.notice(_sighting())
    await asyncio.sleep(0)

    controller.notice(_sighting(gone=True))

    await asyncio.wait_for(Keeper.made[0].ended.wait(), 60)


async def test_a_goodbye_of_an_earlier_object_ends_nothing(controller: Controller) -> None:
    controller.notice(_sighting(uid="2"))
    controller.notice(_sighting(uid="1", gone=True))
    controller.notice(_child("home"))

    assert len(Keeper.made[0].told) == 1


async def test_an_object_made_again_gets_a_keeper_of_its_own(controller: Controller) -> None:
    controller.notice(_sighting(uid="1"))
    await asyncio.sleep(0)

    controller.notice(_sighting(uid="2"))
    await asyncio.wait_for(Keeper.made[0].ended.wait(), 60)
    controller.notice(_child("home"))

    assert [len(keeper.told) for keeper in Keeper.made] == [0, 1]


async def test_late_news_of_an_earlier_object_replaces_no_keeper(controller: Controller) -> None:
    controller.notice(_sighting(uid="2", version=9))
    controller.notice(_sighting(uid="1", version=8))
    controller.notice(_child("home"))

    assert [len(keeper.told) for keeper in Keeper.made] == [1]


async def test_a_keeper_that_fails_ends_the_process(controller: Any) -> None:
    controller.notice(_sighting())
    await asyncio.sleep(0)

    Keeper.made[0].fault.set_exception(RuntimeError("bug"))

    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(asyncio.shield(controller.task), 60)
