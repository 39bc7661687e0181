"""Pools of several devices, with a processor's encoder in the place of the GPUs'.

A stand-in takes the path of a GPU in everything but the codecs' names. One that breaks gets the
names back, and a device number that no machine has: its encoder cannot be opened anywhere.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pytest
from av.codec.context import CodecContext
from tests.media.hostile import drawn, noise, small_segment

from podium_worker.profiles import Codec, CodecProfile, Profile
from podium_worker.transcoder.devices import health, survey
from podium_worker.transcoder.devices.hardware import Backend, Hardware, nvidia
from podium_worker.transcoder.devices.placement import DeviceState, Placement, Report
from podium_worker.transcoder.devices.survey import NoDeviceError, find_placements, probe_device
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.encoding import EncoderProfile, encoder_options
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.slots import nursery
from podium_worker.transcoder.slots.dialogue import Answer, ask
from podium_worker.transcoder.slots.frames import Job
from podium_worker.transcoder.slots.nursery import Child
from podium_worker.transcoder.slots.pool import SlotPool

ONE, OTHER = 98, 99
PATIENT = 240.0
QUICK = Profile(name="quick", width=160, height=90, bitrate=200_000, fps=15)


def stand_in(device: int) -> Backend:
    return Backend(Hardware.NVIDIA, MappingProxyType({Codec.H264: "libx264"}), device=device)


def broken(device: int) -> Backend:
    return replace(nvidia(device), accelerator=None)


@dataclass
class Site:
    """A pool whose devices can be broken and mended."""

    pool: SlotPool
    broken: set[int | None] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, *profiles: Profile) -> TranscodeResult:
        return await self.pool.run(
            small_segment().data, profiles or (QUICK,), timeout_seconds=PATIENT
        )

    def break_down(self, *devices: int) -> None:
        """Have children of these devices fail from now on, those that live as well."""
        self.broken |= set(devices)
        for child, desk in list(self.pool._crew.children.items()):
            if desk.placement.backend.device in devices:
                os.kill(child.pid, signal.SIGKILL)

    async def until(self, *states: DeviceState) -> None:
        """Wait until the devices are in these states, told by nothing but `on_change`."""
        async with asyncio.timeout(PATIENT):
            while self.pool.devices != states:
                self.changed.clear()
                await self.changed.wait()

    def out(self, device: int) -> str:
        """Return why a device is out, "" while it works."""
        (state,) = (each for each in self.pool.devices if each.name == f"gpu{device}")
        return state.failed


@asynccontextmanager
async def site(*placements: Placement, fallback_to_cpu: bool = False) -> AsyncIterator[Site]:
    pool = SlotPool(placements=placements, fallback_to_cpu=fallback_to_cpu)
    made = Site(pool)
    pool.on_change = made.changed.set
    real = pool._nursery.fork

    async def fork(backend: Backend) -> Child:
        is_broken = backend.device in made.broken
        return await real(broken(backend.device or 0) if is_broken else backend)

    pool._nursery.fork = fork  # type: ignore[method-assign]  # a device that breaks on demand
    async with pool:
        yield made


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try devices that are out again without a wait."""
    monkeypatch.setattr(health, "_FIRST_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(health, "_LAST_RETRY_SECONDS", 0.0)


def placed(device: int, slots: int = 1, sessions: int = 8) -> Placement:
    return Placement(stand_in(device), slots, sessions)


async def test_a_stand_in_makes_what_the_processor_makes() -> None:
    async with site(placed(ONE)) as there:
        result = await there.run()

    expected = transcode(small_segment().data, [QUICK])
    assert result.renditions[0].pixels == expected.renditions[0].pixels
    assert there.pool.devices == (DeviceState("gpu98", 1),)


async def test_a_segment_that_is_to_blame_blames_no_device() -> None:
    deep = drawn(320, 180, pixel_format="yuv422p")
    async with site(placed(ONE)) as there:
        before = set(there.pool._crew.children)
        texts = []
        for data in (deep, noise(), deep, noise()):
            with pytest.raises(TranscodeError) as caught:
                await there.pool.run(data, [QUICK], timeout_seconds=PATIENT)
            texts.append(caught.value.text)

        assert texts[0] == ErrorText.UNSUPPORTED_PIXEL_FORMAT
        assert texts[1] == ErrorText.INVALID_VIDEO
        assert set(there.pool._crew.children) == before
        assert there.pool._stations._watches["gpu98"].health == health.Health()


async def test_a_broken_device_takes_its_slots_out_and_loses_no_segment() -> None:
    async with site(placed(ONE), placed(OTHER, slots=2)) as there:
        there.break_down(ONE)

        results = []
        while not there.out(ONE):
            results += await asyncio.gather(*(there.run() for _ in range(3)))

        assert {each.decoded_frames for each in results} == {small_segment().frames}
        assert there.pool.slots == 2
        assert there.out(ONE).startswith("its trial failed")
        assert there.out(OTHER) == ""
        assert (await there.run()).decoded_frames == small_segment().frames


async def test_a_mended_device_comes_back() -> None:
    async with site(placed(ONE), placed(OTHER)) as there:
        there.break_down(ONE)
        while not there.out(ONE):
            await asyncio.gather(there.run(), there.run())
        seats = there.pool.seats._count

        there.broken.clear()
        await there.until(DeviceState("gpu98", 1), DeviceState("gpu99", 1))

        assert (seats, there.pool.seats._count) == (1, 2)
        await asyncio.gather(*(there.run() for _ in range(4)))


async def test_a_device_that_failed_at_the_start_joins_later() -> None:
    late = replace(placed(ONE, slots=2), failed="all its encoder sessions are taken")
    async with site(late, placed(OTHER)) as there:
        there.broken.add(ONE)
        assert there.pool.slots == 1
        await there.run()

        there.broken.clear()
        await there.until(DeviceState("gpu98", 2), DeviceState("gpu99", 1))


async def test_without_a_device_nothing_is_taken() -> None:
    async with site(placed(ONE)) as there:
        there.break_down(ONE)
        while not there.out(ONE):
            with pytest.raises(TranscodeError) as caught:
                await there.run()
            assert caught.value.text == ErrorText.STOPPED

        with pytest.raises(TranscodeError, match="no device works"):
            await there.run()
        assert (there.pool.slots, there.pool.seats._count) == (0, 0)


async def test_the_processor_stands_in_only_where_it_was_told_to() -> None:
    async with site(placed(ONE), fallback_to_cpu=True) as there:
        assert [state.name for state in there.pool.devices] == ["gpu98"]
        there.break_down(ONE)
        while not there.out(ONE):
            await asyncio.gather(there.run(), return_exceptions=True)

        gpu, cpu = there.pool.devices
        assert (gpu.name, cpu.name, cpu.failed) == ("gpu98", "cpu", "")
        assert there.pool.slots == cpu.slots > 0
        assert (await there.run()).decoded_frames == small_segment().frames

        there.broken.clear()
        await there.until(DeviceState("gpu98", 1))
        assert there.pool.slots == 1
        await there.run()


async def test_the_processor_stands_in_from_the_start() -> None:
    blind = Placement(nvidia(0), 0, 0, "it only decodes")
    async with site(blind, fallback_to_cpu=True) as there:
        assert [state.name for state in there.pool.devices] == ["gpu0", "cpu"]
        await there.run()


async def test_segments_that_kill_children_put_no_device_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(nursery, "_SEED", "tests.media.rogue")
    monkeypatch.setenv("ROGUE_NO_FORK", str(tmp_path / "never"))
    async with site(placed(ONE)) as there:
        watch = there.pool._stations._watches["gpu98"]
        for _ in range(4):
            with pytest.raises(TranscodeError):
                await there.run(replace(QUICK, name="a sudden death"))
        while watch._task is not None:
            await asyncio.wait({watch._task})

        assert watch.health.outs == 0
        assert (await there.run()).decoded_frames == small_segment().frames
    assert not there.changed.is_set()


async def test_segments_share_a_devices_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = (QUICK, replace(QUICK, name="second"))
    async with site(placed(ONE, slots=2, sessions=3)) as there:
        busy: list[int] = []

        async def counted(child: Child, job: Job) -> Answer:
            busy.append(there.pool.busy)
            return await ask(child, job)

        monkeypatch.setattr("podium_worker.transcoder.slots.pool.ask", counted)
        await asyncio.gather(*(there.run(*pair) for _ in range(4)))

        assert busy == [1, 1, 1, 1]
        await there.run(*pair, replace(QUICK, name="third"))
        with pytest.raises(TranscodeError) as caught:
            await there.run(*pair, *pair)
    assert caught.value.text == ErrorText.BUSY


def known_words(encoder: str) -> dict[str, set[str]]:
    """Return an encoder's options with the words that each takes; no device is needed for that."""
    options = CodecContext.create(encoder, "w").supported_options
    every = (*options.generic, *options.private)
    return {each.name: {choice.name for choice in each.choices} for each in every}


@pytest.mark.parametrize("encoder_profile", EncoderProfile)
@pytest.mark.parametrize(
    ("codec", "codec_profile"),
    [*((Codec.H264, each) for each in CodecProfile), (Codec.H265, CodecProfile.ENCODER_DEFAULT)],
)
@pytest.mark.parametrize("wish", [(30, 1000, 0), (0, -1, 30)])
def test_the_gpus_encoders_know_all_that_they_are_told(
    codec: Codec,
    codec_profile: CodecProfile,
    encoder_profile: EncoderProfile,
    wish: tuple[int, int, int],
) -> None:
    fps, gop_ms, quality = wish
    shape = replace(QUICK, encoder=codec, codec_profile=codec_profile)
    profile = replace(shape, fps=fps, gop_ms=gop_ms, quality=quality)

    told = encoder_options(profile, nvidia(1), encoder_profile=encoder_profile)

    words = known_words(nvidia(1).encoders[codec])
    assert told.keys() <= words.keys()
    for option, word in told.items():
        assert word.lstrip("-").isdecimal() or word in words[option], option


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a driver show two GPUs; their probes are real."""
    real = survey._asked

    async def asked(*arguments: str) -> dict[str, Any]:
        if arguments == ("devices",):
            return {"devices": ["NVIDIA A", "NVIDIA B"]}
        return await real(*arguments)

    monkeypatch.setattr(survey, "_asked", asked)


@pytest.mark.usefixtures("two_gpus")
async def test_a_survey_finds_what_works_and_says_what_does_not() -> None:
    placements = await find_placements(
        "nvidia", backend_of=lambda device: stand_in(device) if device else broken(ONE)
    )

    first, second = placements
    assert "a pod needs NVIDIA_DRIVER_CAPABILITIES" in first.failed
    assert (first.slots, first.sessions) == (2, 8)
    assert (second.slots, second.sessions, second.failed) == (8, 32, "")


async def test_no_gpu_at_all_is_an_error_with_a_reason() -> None:
    try:
        placements = await find_placements("nvidia")
    except NoDeviceError as error:
        assert "gpu0: " in str(error)  # noqa: PT017  # a host with a GPU may pass
        (only,) = await find_placements("nvidia", fallback_to_cpu=True)
        assert (only.slots, only.backend) == (0, nvidia(0))
    else:
        assert any(not placement.failed for placement in placements)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        pytest.param("_PROBE", "this", "ended with status 0 and no answer", id="talks nonsense"),
        pytest.param("_PROBE", "no.such", "ended with status 1 and no answer", id="crashes"),
        pytest.param("_PROBE_SECONDS", 0.0, "did not end in 0 s", id="hangs"),
    ],
)
async def test_a_probe_that_goes_wrong_fails_its_device(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object, reason: str
) -> None:
    monkeypatch.setattr(survey, name, value)

    report = await probe_device(stand_in(ONE))

    assert report == Report(stand_in(ONE), 0, report.failed)
    assert reason in report.failed
