"""One device under watch: trials when they are due, slots moved by their outcome."""

import asyncio
from collections.abc import Iterator

import pytest

from podium_worker.transcoder.devices.hardware import nvidia
from podium_worker.transcoder.devices.health import Health
from podium_worker.transcoder.devices.placement import DeviceState, Placement
from podium_worker.transcoder.slots.watch import DeviceWatch

WORKING = Placement(nvidia(0), 2, 8)


class Bench:
    """Gives trials the outcomes of a list and writes down what happens."""

    def __init__(self, placement: Placement, outcomes: list[str]) -> None:
        self.outcomes: Iterator[str] = iter(outcomes)
        self.events: list[str] = []
        self.waits: list[Health] = []
        self.idle = asyncio.Event()
        self.watch = DeviceWatch(
            placement,
            trial=self._trial,
            on_out=lambda _: self.events.append("out"),
            on_back=lambda _: self.events.append("back"),
            wait_seconds=self._wait,
        )

    async def _trial(self, _: Placement) -> str:
        self.events.append("trial")
        for outcome in self.outcomes:
            return outcome
        self.idle.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    def _wait(self, health: Health) -> float:
        self.waits.append(health)
        return 0.0

    async def settled(self) -> None:
        """Wait until the watch has stopped trying, or has no outcome left to be told."""
        if self.watch._task is None:
            return
        idle = asyncio.ensure_future(self.idle.wait())
        await asyncio.wait({self.watch._task, idle}, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()


async def test_two_failures_order_no_trial() -> None:
    bench = Bench(WORKING, [])
    bench.watch.failed()
    bench.watch.failed()
    bench.watch.succeeded()
    bench.watch.failed()

    assert bench.events == []
    assert bench.watch.state == DeviceState("gpu0", 2)


async def test_a_trial_that_passes_changes_nothing() -> None:
    bench = Bench(WORKING, [""])
    for _ in range(5):
        bench.watch.failed()

    await bench.settled()

    assert bench.events == ["trial"]
    assert bench.watch.health == Health()


async def test_a_failed_trial_takes_the_device_out_until_one_passes() -> None:
    bench = Bench(WORKING, ["no context", "no context", ""])
    for _ in range(3):
        bench.watch.failed()

    await bench.settled()

    assert bench.events == ["trial", "out", "trial", "trial", "back"]
    assert [health.outs for health in bench.waits] == [1, 2]
    assert bench.watch.state.failed == ""


async def test_a_device_that_is_out_says_why() -> None:
    bench = Bench(WORKING, ["no context", "fell off the bus"])
    for _ in range(3):
        bench.watch.failed()

    await bench.settled()

    assert bench.watch.state == DeviceState("gpu0", 2, "fell off the bus")
    await bench.watch.aclose()


async def test_a_device_that_failed_at_the_start_is_tried_after_a_wait() -> None:
    bench = Bench(Placement(nvidia(0), 2, 8, "all sessions are taken"), [""])

    bench.watch.start()
    await bench.settled()

    assert bench.events == ["trial", "back"]
    assert [health.outs for health in bench.waits] == [1]


@pytest.mark.parametrize(
    "placement",
    [
        pytest.param(WORKING, id="one that works"),
        pytest.param(Placement(nvidia(0), 0, 0, "no encoder"), id="one that never will"),
    ],
)
async def test_no_trial_without_need(placement: Placement) -> None:
    bench = Bench(placement, [])

    bench.watch.start()

    assert bench.watch._task is None
