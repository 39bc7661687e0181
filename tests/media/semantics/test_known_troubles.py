"""The kinds of segments that have broken the reference, made anew: what becomes of each.

Names are those under which its authors keep theirs; the counts are ours, of files made here.
"""

from collections.abc import Callable
from fractions import Fraction

import pytest
from tests.media.semantics.films import Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.transport import Times, concealing, retimed, without

from podium_worker.profiles import Codec
from podium_worker.transcoder.devices.hardware import Backend, Hardware
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.engine import transcode

_REFRESH = (("x264-params", "intra-refresh=1:keyint=12"), ("bf", "0"))
_INTERLACED = (("x264-params", "tff=1"), ("bf", "0"))
_SLICES = (("slices", "4"),)


def missing_dts() -> bytes:
    """60 pictures a second; every other one has no time."""
    source = Film(frames=60, rate=Fraction(60), options=(("bf", "0"),))
    return retimed(film(source), video=lambda n, t: Times(None, None) if n % 2 else t)


def duplicate_audio_dts() -> bytes:
    return retimed(film(Film(frames=24, rate=Fraction(24))), audio=_pairs)


def skip(*numbers: int) -> bytes:
    return without(film(), lambda kind, number: kind == "video" and number in numbers)


def missing_sei_and_pes() -> bytes:
    """Two pictures lost, one without a time."""
    source = without(film(), lambda kind, number: kind == "video" and number in {7, 8})
    return retimed(source, video=lambda n, t: Times(None, None) if n == 4 else t)


def without_key_frame_but_refreshed() -> bytes:
    """Pictures that renew themselves column by column; the key frame before them is lost."""
    source = Film(frames=40, options=_REFRESH)
    return without(film(source), lambda kind, number: kind == "video" and number == 0)


@pytest.mark.parametrize(
    ("data", "fps", "frames"),
    [
        pytest.param(missing_dts, 30, 30, id="missing-dts"),
        pytest.param(duplicate_audio_dts, 30, 30, id="duplicate-audio-dts"),
        pytest.param(lambda: film(Film(width=180, height=320)), 30, 30, id="portrait"),
        pytest.param(lambda: skip(1), 30, 30, id="skip_1"),
        pytest.param(lambda: skip(1, 2, 3), 30, 30, id="skip_3"),
        pytest.param(missing_sei_and_pes, 30, 30, id="missing-sei-and-pes"),
        pytest.param(lambda: film(Film(pixel_format="yuv422p")), 30, 30, id="test.ts: high 4:2:2"),
        pytest.param(
            lambda: concealing(film(Film(width=640, height=360)), 9), 0, 25, id="bad-cuvid"
        ),
        pytest.param(
            lambda: film(Film(width=16, height=4000, frames=2)), 0, 2, id="vertical-sample"
        ),
        pytest.param(lambda: film(Film(options=_INTERLACED)), 30, 30, id="interlaced"),
        pytest.param(lambda: film(Film(options=_SLICES)), 30, 30, id="several slices a picture"),
    ],
)
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
def test_is_transcoded(data: Callable[[], bytes], fps: int, frames: int, encoder: Codec) -> None:
    seen = show(data(), small(fps=fps, encoder=encoder))

    assert len(seen.shown) == frames


def test_kryp_a_segment_that_refreshes_itself_needs_no_key_frame() -> None:
    seen = show(without_key_frame_but_refreshed())

    assert len(seen.shown) >= 15
    assert seen.numbers[-5:] == [35, 36, 37, 38, 39]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(
            lambda: without(film(), lambda kind, _: kind == "video"),
            "TranscoderInvalidVideo",
            id="zero-frame",
        ),
        pytest.param(lambda: skip(0), "No keyframes in input", id="no key frame at all"),
    ],
)
def test_is_refused(data: Callable[[], bytes], text: str) -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(data(), [small()])

    assert caught.value.text == text


_LIKE_A_GPU = Backend(Hardware.NVIDIA, {Codec.H264: "libx264"}, device=0)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p"])
def test_a_gpu_takes_8_bits_of_4_2_0(pixel_format: str) -> None:
    source = Film(pixel_format=pixel_format, colours=(2 if "j" in pixel_format else 1, 1, 1, 1))

    (rendition,) = transcode(film(source), [small()], backend=_LIKE_A_GPU).renditions

    assert rendition.frames == 25


@pytest.mark.parametrize("pixel_format", ["yuv420p10le", "yuv422p", "yuv444p", "yuv422p10le"])
def test_a_gpu_takes_nothing_deeper(pixel_format: str) -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(film(Film(pixel_format=pixel_format)), [small()], backend=_LIKE_A_GPU)

    assert caught.value.text == "Unsupported input pixel format"


def test_an_encoder_that_a_device_has_not_is_refused_before_any_work() -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(b"never looked at", [small(encoder=Codec.H265)], backend=_LIKE_A_GPU)

    assert caught.value.text == "Encoder not found"


def test_a_device_that_cannot_be_opened_is_beyond_repair() -> None:
    broken = Backend(Hardware.NVIDIA, {Codec.H264: "libx264"}, accelerator="cuda", device=77)

    with pytest.raises(TranscodeError) as caught:
        transcode(film(), [small()], backend=broken)

    assert caught.value.text == "Unrecoverable state, restart process"


def _pairs(number: int, times: Times) -> Times:
    return Times((times.pts or 0) - number % 2 * 1920, None)
