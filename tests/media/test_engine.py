"""What a transcode promises, checked on real pictures by decoding the outputs."""

from fractions import Fraction
from itertools import pairwise

import pytest
from tests.media import Contents, Segment, probe, segments
from tests.media.hostile import drawn, empty_audio, small_segment, without_audio
from tests.media.measuring import psnr, scaled_luma

from podium_worker.profiles import CodecProfile, Container, Profile
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.media.results import Rendition, TranscodeResult

LADDER = (
    Profile(name="source size", width=1280, height=720, bitrate=4_000_000, fps=25),
    Profile(name="more frames", width=854, height=480, bitrate=1_600_000, fps=30),
    Profile(name="same frames", width=640, height=360, bitrate=1_200_000, gop_ms=500),
    Profile(name="fewer frames", width=426, height=240, bitrate=600_000, fps=15, gop_ms=1000),
)
FRAMES = {"source size": 50, "more frames": 60, "same frames": 50, "fewer frames": 30}


@pytest.fixture(scope="module")
def source() -> Segment:
    """Two seconds of 720p."""
    return segments(seconds=2)[0]


@pytest.fixture(scope="module")
def result(source: Segment) -> TranscodeResult:
    """That segment's whole ladder."""
    return transcode(source.data, LADDER)


@pytest.fixture(scope="module")
def contents(result: TranscodeResult) -> dict[str, Contents]:
    """What a decoder sees in each rendition."""
    return {item.name: probe(item.data, with_luma=True) for item in result.renditions}


def one(data: bytes, profile: Profile) -> tuple[Rendition, Contents]:
    (rendition,) = transcode(data, [profile]).renditions
    return rendition, probe(rendition.data, with_luma=True)


def small(
    *,
    fps: int = 0,
    gop_ms: int = 0,
    container: Container = Container.MPEGTS,
    codec_profile: CodecProfile = CodecProfile.ENCODER_DEFAULT,
) -> Profile:
    return Profile(
        name="small",
        width=320,
        height=180,
        bitrate=800_000,
        fps=fps,
        gop_ms=gop_ms,
        format=container,
        codec_profile=codec_profile,
    )


def test_renditions_come_in_the_order_of_their_profiles(result: TranscodeResult) -> None:
    assert [item.name for item in result.renditions] == [profile.name for profile in LADDER]


def test_the_source_is_counted(result: TranscodeResult) -> None:
    assert (result.decoded_frames, result.decoded_pixels) == (50, 50 * 1280 * 720)


@pytest.mark.parametrize("profile", LADDER, ids=lambda profile: profile.name)
class TestEveryRendition:
    """Claims that hold for each of the ladder."""

    def test_has_its_size_and_frames(self, profile: Profile, contents: dict[str, Contents]) -> None:
        seen = contents[profile.name]

        assert (seen.width, seen.height) == (profile.width, profile.height)
        assert seen.frames == FRAMES[profile.name]
        assert seen.pixel_format == "yuv420p"

    def test_counts_what_a_decoder_counts(
        self, profile: Profile, result: TranscodeResult, contents: dict[str, Contents]
    ) -> None:
        item, seen = result.renditions[LADDER.index(profile)], contents[profile.name]

        assert (item.pixels, item.frames) == (seen.pixels, seen.frames)
        assert (item.width, item.height) == (seen.width, seen.height)

    def test_carries_the_sound_bit_for_bit(
        self, profile: Profile, source: Segment, contents: dict[str, Contents]
    ) -> None:
        assert contents[profile.name].audio_md5s == source.audio_md5s
        assert contents[profile.name].audio_times == probe(source.data).audio_times

    def test_starts_with_a_key_frame_at_the_sources_time(
        self, profile: Profile, source: Segment, contents: dict[str, Contents]
    ) -> None:
        seen = contents[profile.name]

        assert seen.times[0] == seen.key_times[0] == Fraction(source.start_ticks, 90_000)

    def test_keeps_a_steady_pace(self, profile: Profile, contents: dict[str, Contents]) -> None:
        times = contents[profile.name].times
        steps = {later - earlier for earlier, later in pairwise(times)}

        assert steps == {1 / (profile.frame_rate or Fraction(25))}

    def test_spends_its_bitrate(
        self, profile: Profile, source: Segment, result: TranscodeResult
    ) -> None:
        item = result.renditions[LADDER.index(profile)]
        seconds = Fraction(source.duration_ms, 1000)

        assert 0.5 < len(item.data) * 8 / seconds / profile.bitrate < 1.6


@pytest.mark.parametrize(
    ("name", "least_db"),
    [
        pytest.param("source size", 42, id="unscaled"),
        pytest.param("same frames", 36, id="half the size"),
    ],
)
def test_pictures_are_those_of_the_source(
    name: str, least_db: float, source: Segment, contents: dict[str, Contents]
) -> None:
    seen = contents[name]

    reference = scaled_luma(source.data, seen.width, seen.height)

    assert psnr(seen.luma[::7], reference[::7]) > least_db


def test_more_frames_repeat_the_nearest(source: Segment, contents: dict[str, Contents]) -> None:
    seen = contents["more frames"]
    reference = scaled_luma(source.data, seen.width, seen.height)
    shown = [min(range(50), key=lambda frame: abs(slot * 5 - frame * 6)) for slot in range(60)]

    assert psnr(seen.luma, tuple(reference[frame] for frame in shown)) > 34


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        pytest.param("source size", (10.0,), id="none asked for: the first only"),
        pytest.param("same frames", (10.0, 10.52, 11.04, 11.56), id="500 ms of 40 ms frames"),
        pytest.param("fewer frames", (10.0, 11.0), id="every second"),
    ],
)
def test_key_frames_come_when_asked(
    name: str, keys: tuple[float, ...], contents: dict[str, Contents]
) -> None:
    assert tuple(float(time) for time in contents[name].key_times) == keys


def test_every_frame_can_be_a_key_frame() -> None:
    _, seen = one(small_segment().data, small(gop_ms=-1))

    assert len(seen.key_times) == seen.frames == 25


def test_the_same_input_gives_the_same_bytes() -> None:
    data = small_segment().data

    assert transcode(data, [small(fps=30)]) == transcode(data, [small(fps=30)])


def test_renditions_of_the_sources_size_do_not_disturb_each_other() -> None:
    data = small_segment().data
    profiles = [small(fps=30), small(), small(fps=25), small(fps=50)]

    together = transcode(data, profiles).renditions

    assert together == tuple(transcode(data, [each]).renditions[0] for each in profiles)


def test_joined_segments_have_no_seam() -> None:
    stream = segments(seconds=4, size=(320, 180))
    times = [time for each in stream for time in one(each.data, small(fps=30))[1].times]

    assert {later - earlier for earlier, later in pairwise(times)} == {Fraction(1, 30)}


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(without_audio, id="no audio stream"),
        pytest.param(empty_audio, id="an audio stream without packets"),
    ],
)
def test_a_silent_source_gives_silent_pictures(build: object) -> None:
    assert callable(build)

    _, seen = one(build(), small(fps=30))

    assert (seen.frames, seen.audio_md5s) == (30, ())


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        pytest.param(360, 640, (180, 320), id="portrait"),
        pytest.param(322, 182, (320, 180), id="nearly 16:9"),
        pytest.param(640, 480, (320, 240), id="4:3"),
        pytest.param(16, 640, (146, 4096), id="a standing ribbon"),
    ],
)
def test_shape_follows_the_source(width: int, height: int, size: tuple[int, int]) -> None:
    rendition, seen = one(drawn(width, height, frames=3), small())

    assert (seen.width, seen.height) == size
    assert rendition.pixels == seen.pixels


@pytest.mark.parametrize("pixel_format", ["yuv422p", "yuv444p", "yuv420p10le"])
def test_any_pixel_format_becomes_the_common_one(pixel_format: str) -> None:
    _, seen = one(drawn(320, 180, pixel_format=pixel_format), small())

    assert seen.pixel_format == "yuv420p"


@pytest.mark.parametrize(
    ("pixel_format", "colours"),
    [
        pytest.param("yuv420p", (0, 2, 2, 2), id="untagged stays untagged"),
        pytest.param("yuv420p", (1, 1, 1, 1), id="bt709"),
        pytest.param("yuv420p", (1, 9, 9, 16), id="bt2020 and pq"),
        pytest.param("yuvj420p", (2, 5, 6, 6), id="full range, bt601"),
    ],
)
@pytest.mark.parametrize("width", [320, 640])
def test_colours_stay(pixel_format: str, colours: tuple[int, int, int, int], width: int) -> None:
    data = drawn(width, width * 9 // 16, pixel_format=pixel_format, colours=colours)

    _, seen = one(data, small())

    assert seen.colours == (colours if colours[0] else (0, 2, 2, 2))
    assert psnr(seen.luma, scaled_luma(data, 320, 180)) > 38


def test_a_timeline_that_starts_at_zero_is_not_shifted() -> None:
    _, seen = one(drawn(320, 180), small(fps=25))

    assert seen.times == tuple(Fraction(number, 25) for number in range(10))
    assert seen.decode_times[0] == 0
    assert all(earlier < later for earlier, later in pairwise(seen.decode_times))


def test_a_timeline_goes_on_over_the_33_bit_edge() -> None:
    data = drawn(320, 180, first_ticks=(1 << 33) - 5 * 3600)

    _, seen = one(data, small())

    assert seen.times == probe(data).times
    assert seen.frames == 10


def test_kept_frames_keep_their_uneven_times() -> None:
    data = drawn(320, 180, gaps={3: 1234, 7: 9000})

    _, seen = one(data, small())

    assert seen.times == probe(data).times


def test_a_gap_is_filled_with_the_frame_before_it() -> None:
    data = drawn(320, 180, frames=20, gaps={10: 36_000})

    _, seen = one(data, small(fps=25))

    assert seen.frames == 30
    assert psnr((seen.luma[9],), (seen.luma[19],)) > 40
    assert psnr((seen.luma[9],), (seen.luma[20],)) < 40


def test_a_source_of_one_frame_gives_one_frame() -> None:
    _, seen = one(drawn(320, 180, frames=1), small(fps=5))

    assert seen.frames == 1


@pytest.mark.parametrize(
    ("codec_profile", "name", "reorders"),
    [
        pytest.param(CodecProfile.H264_BASELINE, "Baseline", False, id="baseline"),
        pytest.param(CodecProfile.H264_MAIN, "Main", True, id="main"),
        pytest.param(CodecProfile.H264_HIGH, "High", True, id="high"),
        pytest.param(CodecProfile.H264_CONSTRAINED_HIGH, "High", False, id="constrained high"),
    ],
)
def test_codec_profile(codec_profile: CodecProfile, name: str, *, reorders: bool) -> None:
    _, seen = one(small_segment().data, small(fps=25, codec_profile=codec_profile))

    assert name in (seen.codec_profile or "")
    assert (seen.decode_times != seen.times) == reorders


class TestMp4:
    """The other container, in and out."""

    def test_out_can_be_played_before_it_is_whole(self) -> None:
        rendition, seen = one(small_segment().data, small(fps=30, container=Container.MP4))

        assert rendition.data.index(b"moov") < rendition.data.index(b"mdat")
        assert "mp4" in seen.container
        assert (seen.frames, rendition.pixels) == (30, seen.pixels)

    def test_out_keeps_times_and_sound(self) -> None:
        source = small_segment()
        _, seen = one(source.data, small(fps=25, container=Container.MP4))

        assert seen.times == probe(source.data).times
        assert len(seen.audio_md5s) == len(source.audio_md5s)

    def test_in_is_as_good(self) -> None:
        data = transcode(small_segment().data, [small(container=Container.MP4)]).renditions[0].data

        rendition, seen = one(data, small(fps=30))

        assert seen.container == "mpegts"
        assert (seen.frames, rendition.pixels) == (30, seen.pixels)
        assert seen.audio_md5s
