"""What a transcoder is asked for, against what its machine can do: before it takes a job."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from podium_worker.errors import StartError
from podium_worker.load import Canary
from podium_worker.settings import TranscoderSettings
from podium_worker.transcoder import preparation
from podium_worker.transcoder.canary import CanaryError, CanaryReport
from podium_worker.transcoder.devices.survey import NoDeviceError
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.tally import Tally

COSTS = {"h264/640x360@30": Canary(slot_seconds=0.2, segment_seconds=1.0)}


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture(autouse=True)
def proving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots that need no process, and a start-up test that passes at once."""

    async def nothing(_pool: SlotPool) -> None:
        return

    async def passed(_pool: SlotPool) -> CanaryReport:
        return CanaryReport(("h264", "h264-h265"), COSTS)

    monkeypatch.setattr(SlotPool, "start", nothing)
    monkeypatch.setattr(preparation, "run_canary", passed)


async def test_a_pools_choices_reach_its_slots(stack: AsyncExitStack) -> None:
    tally = Tally("t", "cpu")
    part = TranscoderSettings(slots=3, encoder_profile="lpms")

    pool = await preparation.prepare(part, tally, stack)

    assert pool.encoder_profile is EncoderProfile.LPMS
    assert [placement.slots for placement in pool.placements] == [3]


async def test_what_was_proven_is_what_is_told(stack: AsyncExitStack) -> None:
    tally = Tally("t", "cpu")

    await preparation.prepare(TranscoderSettings(slots=1), tally, stack)

    assert tally.snapshot().classes == ("h264", "h264-h265")
    assert tally.snapshot().canary == COSTS


async def test_classes_that_were_not_proven_are_refused_by_name(stack: AsyncExitStack) -> None:
    part = TranscoderSettings(slots=1, capacity_classes=("h264", "deep-h264"))

    with pytest.raises(StartError, match="capacityClasses: 'deep-h264' did not pass"):
        await preparation.prepare(part, Tally("t", "cpu"), stack)


async def test_fewer_classes_than_were_proven_may_be_asked_for(stack: AsyncExitStack) -> None:
    tally = Tally("t", "cpu")

    await preparation.prepare(TranscoderSettings(slots=1, capacity_classes=("h264",)), tally, stack)

    assert tally.classes == ("h264",)


async def test_a_failed_start_up_test_says_why(
    stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_pool: SlotPool) -> CanaryReport:
        raise CanaryError("the self-test made 14 frames")

    monkeypatch.setattr(preparation, "run_canary", fails)

    with pytest.raises(StartError, match="start-up test failed: the self-test made 14 frames"):
        await preparation.prepare(TranscoderSettings(slots=1), Tally("t", "cpu"), stack)


async def test_a_pod_without_a_device_says_which_failed_and_why(
    stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_works(*_: object, **__: object) -> None:
        raise NoDeviceError("gpu0: the driver shows no NVIDIA GPU in this pod")

    monkeypatch.setattr(preparation, "find_placements", none_works)

    with pytest.raises(StartError, match="no device can be used: gpu0: the driver shows no"):
        await preparation.prepare(TranscoderSettings(hardware="nvidia"), Tally("t", "gpu"), stack)


@pytest.mark.parametrize(
    ("fitting", "is_warned"),
    [
        pytest.param(None, False, id="no memory limit"),
        pytest.param(4, False, id="they fit"),
        pytest.param(1, True, id="they do not fit"),
        pytest.param(0, True, id="not even one fits"),
    ],
)
async def test_more_slots_than_memory_carries_are_warned_of(
    stack: AsyncExitStack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fitting: int | None,
    *,
    is_warned: bool,
) -> None:
    monkeypatch.setattr(preparation, "slots_in_memory", lambda **_: fitting)
    caplog.set_level(logging.WARNING)

    await preparation.prepare(TranscoderSettings(slots=4), Tally("t", "cpu"), stack)

    assert ("run out of memory" in caplog.text) is is_warned


async def test_a_change_of_devices_is_told_at_once(stack: AsyncExitStack) -> None:
    tally = Tally("t", "cpu")

    pool = await preparation.prepare(TranscoderSettings(slots=1), tally, stack)
    tally.changed.clear()
    pool.on_change()

    assert tally.changed.is_set()


async def test_a_stop_ends_the_preparation() -> None:
    stop, was_cancelled = asyncio.Event(), asyncio.Event()

    async def endless() -> SlotPool:
        stop.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            was_cancelled.set()
            raise
        raise AssertionError

    assert await preparation.unless_stopped(endless(), stop) is None
    assert was_cancelled.is_set()
