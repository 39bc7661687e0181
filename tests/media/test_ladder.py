"""Renditions made together: shared pictures, threads, and what the encoder says of itself."""

import threading
from dataclasses import replace

import pytest
from av.video.frame import VideoFrame
from tests.media import Contents, probe
from tests.media.hostile import drawn, small_segment
from tests.media.measuring import psnr, scaled_luma

from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.media.limits import Limits
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.media.scale_plan import scale_plan
from podium_worker.transcoder.media.scaler import Scaler
from podium_worker.transcoder.media.sizes import Size

WIDE = Profile(name="wide", width=320, height=180, bitrate=900_000, fps=25)
TWIN = replace(WIDE, name="twin", bitrate=400_000, fps=30)
SLOW = replace(WIDE, name="slow", width=240, height=136, bitrate=400_000, fps=5)
KEPT = replace(WIDE, name="kept", width=160, height=90, bitrate=300_000, fps=0, gop_ms=400)
LADDER = (KEPT, WIDE, SLOW, TWIN)


def seen_in(result: TranscodeResult) -> list[Contents]:
    return [probe(each.data, with_luma=True) for each in result.renditions]


def test_what_one_rendition_is_does_not_depend_on_the_others() -> None:
    data = small_segment().data

    together = transcode(data, [WIDE, TWIN]).renditions

    assert together == tuple(transcode(data, [each]).renditions[0] for each in (WIDE, TWIN))


def test_a_slow_rendition_feeds_a_faster_smaller_one() -> None:
    data = small_segment().data

    slow, kept = seen_in(transcode(data, [replace(SLOW, width=320, height=180), KEPT]))

    assert (slow.frames, kept.frames) == (5, 25)
    assert psnr(kept.luma, scaled_luma(data, 160, 90)) > 33


@pytest.mark.parametrize("bitrate", [150_000, 900_000])
@pytest.mark.parametrize("free_cores", [1, 2])
def test_the_encoder_tells_the_true_likeness(bitrate: int, free_cores: int) -> None:
    data = small_segment().data
    unscaled = replace(WIDE, fps=0, bitrate=bitrate)

    (rendition,) = transcode(data, [unscaled], free_cores=free_cores).renditions

    seen = probe(rendition.data, with_luma=True)
    measured = psnr(seen.luma, scaled_luma(data, 320, 180))
    assert rendition.psnr_db == pytest.approx(measured, abs=0.02)


class TestThreads:
    """With cores to spare the same comes out, sooner."""

    def test_renditions_of_one_thread_each_are_the_same_bytes(self) -> None:
        data = small_segment().data
        alike = [WIDE, replace(WIDE, name="of the same area", width=240, height=240)]

        assert transcode(data, alike, free_cores=2) == transcode(data, alike, free_cores=1)

    @pytest.mark.parametrize("free_cores", [2, 4, 16])
    def test_frames_times_and_sound_are_the_same(self, free_cores: int) -> None:
        data = small_segment().data
        alone, together = transcode(data, LADDER), transcode(data, LADDER, free_cores=free_cores)

        for one, other, profile in zip(seen_in(alone), seen_in(together), LADDER, strict=True):
            assert (one.times, one.key_times) == (other.times, other.key_times), profile.name
            assert (one.pixels, one.audio_md5s) == (other.pixels, other.audio_md5s)
            assert psnr(one.luma, other.luma) > 30
        assert [each.pixels for each in alone.renditions] == [
            each.pixels for each in together.renditions
        ]

    @pytest.mark.parametrize(
        "limits",
        [
            pytest.param(Limits(output_bytes=5000), id="in an encoder's thread"),
            pytest.param(Limits(frames=20), id="in the decoder"),
        ],
    )
    def test_a_failure_is_one_error_and_leaves_no_thread(self, limits: Limits) -> None:
        before = set(threading.enumerate())

        with pytest.raises(TranscodeError, match=ErrorText.INVALID_VIDEO):
            transcode(small_segment().data, LADDER, limits=limits, free_cores=4)

        assert set(threading.enumerate()) <= before

    def test_success_leaves_no_thread(self) -> None:
        before = set(threading.enumerate())

        transcode(small_segment().data, LADDER, free_cores=4)

        assert set(threading.enumerate()) <= before


class TestChangedShape:
    """Pictures that turn or stretch inside a segment."""

    @staticmethod
    def turning() -> bytes:
        return drawn(320, 180, frames=5) + drawn(180, 320, frames=5, first_ticks=18_000)

    @pytest.mark.parametrize("free_cores", [1, 4])
    def test_renditions_turn_with_the_source(self, free_cores: int) -> None:
        result = transcode(self.turning(), LADDER, free_cores=free_cores)

        for rendition, profile, seen in zip(
            result.renditions, LADDER, seen_in(result), strict=True
        ):
            assert (seen.width, seen.height) == (rendition.width, rendition.height)
            assert (rendition.pixels, rendition.frames) == (seen.pixels, seen.frames)
            assert seen.frames == (10 if profile.fps in {0, 25} else {5: 2, 30: 12}[profile.fps])

    def test_a_player_sees_both_shapes_in_step(self) -> None:
        data = self.turning()
        (rendition,) = transcode(data, [WIDE]).renditions

        seen = probe(rendition.data, with_luma=True)

        assert seen.times == probe(data).times
        assert seen.sizes == ((320, 180),) * 5 + ((180, 320),) * 5
        assert len(seen.key_times) == 2
        assert psnr(seen.luma[:5], scaled_luma(data, 320, 180)[:5]) > 38
        assert psnr(seen.luma[5:], scaled_luma(data, 180, 320)[5:]) > 38

    def test_a_shape_that_nobody_gets_to_see_does_not_count(self) -> None:
        data = drawn(320, 180, frames=1) + drawn(180, 320, frames=30, first_ticks=3600)

        (rendition,) = transcode(data, [replace(WIDE, fps=2)]).renditions

        assert (rendition.width, rendition.height) == probe(rendition.data).sizes[0] == (180, 320)

    def test_mp4_keeps_its_first_size(self) -> None:
        mp4 = replace(WIDE, format=Container.MP4)

        (rendition,) = transcode(self.turning(), [mp4]).renditions

        seen = probe(rendition.data)
        assert set(seen.sizes) == {(320, 180)}
        assert rendition.pixels == seen.pixels == 10 * 320 * 180


class TestScaler:
    """Pictures are made once, and only when somebody wants them."""

    PLAN = scale_plan(Size(640, 360), [Size(320, 180), Size(160, 90), Size(640, 360)])

    def test_makes_what_is_wanted_and_its_parents(self) -> None:
        made = Scaler(self.PLAN).scale(VideoFrame(640, 360, "yuv420p"), [2])

        assert {place: (frame.width, frame.height) for place, frame in made.items()} == {
            1: (320, 180),
            2: (160, 90),
        }

    def test_hands_a_picture_that_fits_on_as_it_is(self) -> None:
        picture = VideoFrame(640, 360, "yuv420p")

        assert Scaler(self.PLAN).scale(picture, [0])[0] is picture


def test_sounds_share_their_headers() -> None:
    source = small_segment()

    (rendition,) = transcode(source.data, [WIDE]).renditions

    packets = [rendition.data[at : at + 188] for at in range(0, len(rendition.data), 188)]
    starts = [each for each in packets if each[1] == 0x41 and each[2] == 0x01]
    assert 1 < len(starts) < len(source.audio_md5s) / 3


def test_profiles_of_the_encoder_differ_in_effort_only() -> None:
    data = small_segment().data

    made = [transcode(data, [WIDE], encoder_profile=each).renditions[0] for each in EncoderProfile]

    assert {(each.frames, each.pixels) for each in made} == {(25, 25 * 320 * 180)}
    assert len({each.data for each in made}) == len(EncoderProfile)
