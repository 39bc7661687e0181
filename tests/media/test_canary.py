"""What a transcoder proves before it is ready."""

import pytest
from tests.media import probe

from podium_worker.transcoder import canary
from podium_worker.transcoder.canary import CanaryError, run_canary
from podium_worker.transcoder.sample import build_sample
from podium_worker.transcoder.slots import SlotPool


def test_the_built_in_segment_has_pictures_and_sound() -> None:
    contents = probe(build_sample(width=320, height=180, frames=30))

    assert (contents.frames, contents.width, contents.height) == (30, 320, 180)
    assert len(contents.key_times) == 1
    assert contents.audio_md5s


async def test_a_working_transcoder_proves_its_class_and_speed() -> None:
    async with SlotPool(1) as pool:
        report = await run_canary(pool)

    assert report.classes == ("h264",)
    ((load_class, seconds),) = report.slot_seconds.items()
    assert load_class == "h264/640x360@30+1280x720@30"
    assert seconds > 0


async def test_a_transcoder_that_is_too_slow_to_finish_is_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(canary, "_TIMEOUT_SECONDS", 0.01)
    async with SlotPool(1) as pool:
        with pytest.raises(CanaryError, match=r"TranscoderStopped \(not done after 0\.010 s\)"):
            await run_canary(pool)


async def test_a_gpu_that_cannot_be_opened_is_not_ready() -> None:
    try:
        async with SlotPool(1, hardware="nvidia") as pool:
            report = await run_canary(pool, hardware="nvidia")
    except CanaryError as error:
        assert "no H.264" in str(error)  # noqa: PT017  # a host with a GPU may pass
    else:
        assert report.classes == ("h264",)


async def test_slots_on_the_wrong_hardware_are_not_ready() -> None:
    async with SlotPool(1, hardware="nvidia") as pool:
        with pytest.raises(CanaryError, match="slots work on nvidia, the pod was asked for cpu"):
            await run_canary(pool, hardware="cpu")
