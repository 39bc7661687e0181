"""What hostile segments are answered with, and that none costs much."""

import gc
from dataclasses import replace
from pathlib import Path

import pytest
from tests.media import probe
from tests.media.hostile import HOSTILE, drawn, small_segment, truncated

from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.media.limits import Limits

PROFILES = (Profile(name="small", width=320, height=180, bitrate=500_000, fps=25),)
TEXTS = {
    "empty": ErrorText.INVALID_VIDEO,
    "noise": ErrorText.INVALID_VIDEO,
    "a playlist that names a local file": ErrorText.INVALID_VIDEO,
    "no key frame": ErrorText.NO_KEYFRAMES,
    "audio only": ErrorText.INVALID_VIDEO,
    "a video stream without packets": ErrorText.INVALID_VIDEO,
    "a gap of 200 s": ErrorText.RUNAWAY,
    "ten minutes long": ErrorText.INVALID_DURATION,
    "pictures of 8192x8192": ErrorText.INVALID_RESOLUTION,
    "a codec that nobody asks for": ErrorText.UNSUPPORTED_CODEC,
}


def text_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(TranscodeError) as caught:
        transcode(data, PROFILES, limits=limits or Limits())
    return caught.value.text


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_every_hostile_segment_has_its_answer() -> None:
    assert TEXTS.keys() == HOSTILE.keys() - {"truncated"}


@pytest.mark.parametrize("wrong", TEXTS)
def test_is_refused(wrong: str) -> None:
    assert text_of(HOSTILE[wrong]()) == TEXTS[wrong]


def test_what_is_left_of_a_truncated_segment_is_transcoded() -> None:
    result = transcode(truncated(), PROFILES)

    seen = probe(result.renditions[0].data)
    assert 0 < result.decoded_frames < small_segment().frames
    assert seen.pixels == result.renditions[0].pixels


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        pytest.param(Limits(source_bytes=1000), ErrorText.INVALID_VIDEO, id="source bytes"),
        pytest.param(Limits(frame_pixels=10_000), ErrorText.INVALID_RESOLUTION, id="frame size"),
        pytest.param(Limits(frames=5), ErrorText.INVALID_VIDEO, id="frames"),
        pytest.param(Limits(pixels=100_000), ErrorText.INVALID_VIDEO, id="pixels in all"),
        pytest.param(Limits(duration_seconds=0.5), ErrorText.INVALID_DURATION, id="duration"),
        pytest.param(Limits(output_bytes=5000), ErrorText.INVALID_VIDEO, id="output bytes"),
    ],
)
def test_over_a_limit_is_refused(limits: Limits, text: ErrorText) -> None:
    assert text_of(small_segment().data, limits) == text


def test_a_declared_duration_is_believed_when_it_is_too_long() -> None:
    with pytest.raises(TranscodeError, match=ErrorText.INVALID_DURATION):
        transcode(small_segment().data, PROFILES, duration_seconds=301.0)


def test_the_decoder_has_the_picture_limit_too() -> None:
    grows = drawn(320, 180, frames=3) + drawn(640, 360, frames=3, first_ticks=20_000)

    result = transcode(grows, PROFILES, limits=Limits(frame_pixels=100_000))

    assert result.decoded_pixels == 3 * 320 * 180


def test_pictures_that_change_size_go_into_one_rendition() -> None:
    grows = drawn(320, 180, frames=5) + drawn(640, 360, frames=5, first_ticks=18_000)

    result = transcode(grows, PROFILES)

    seen = probe(result.renditions[0].data)
    assert (seen.frames, seen.width, seen.height) == (10, 320, 180)
    assert seen.pixels == result.renditions[0].pixels


def test_failed_segments_leave_no_descriptors() -> None:
    profiles = (*PROFILES, replace(PROFILES[0], format=Container.MP4))
    source = HOSTILE["a gap of 200 s"]()
    gc.collect()  # what earlier tests left shall not be closed meanwhile
    before = open_descriptors()

    for _ in range(3):
        with pytest.raises(TranscodeError):
            transcode(source, profiles)

    assert open_descriptors() <= before
