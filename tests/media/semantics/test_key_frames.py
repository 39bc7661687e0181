"""Where key frames are: first of all, then by the rule that the profile names."""

from fractions import Fraction

import pytest
from tests.media.semantics.films import Film, film
from tests.media.semantics.showing import show, small

from podium_worker.profiles import Codec, CodecProfile
from podium_worker.transcoder.media.encoding import EncoderProfile

_CUTS = Film(frames=60, options=(("g", "7"), ("bf", "2")))
_SLOW = Film(frames=12, times=tuple(9000 * number for number in range(12)))


@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize(
    ("source", "fps", "gop_ms", "expected"),
    [
        pytest.param(
            Film(frames=60), Fraction(25), 0, [0], id="the encoder's own distance is long"
        ),
        pytest.param(Film(frames=60), Fraction(0), 0, [0], id="the same for kept frames"),
        pytest.param(_CUTS, Fraction(25), 0, [0], id="the source's key frames do not leak"),
        pytest.param(_CUTS, Fraction(0), 0, [0], id="nor into kept frames"),
        pytest.param(Film(frames=60), Fraction(25), 1000, [0, 25, 50], id="one a second at 25"),
        pytest.param(Film(frames=60), Fraction(50), 1000, [0, 50, 100], id="one a second at 50"),
        pytest.param(
            Film(frames=60), Fraction(25), 500, [0, 12, 24, 36, 48], id="half a second: 12.5"
        ),
        pytest.param(Film(frames=60), Fraction(30_000, 1001), 1001, [0, 30, 60], id="30 of 29.97"),
        pytest.param(
            Film(frames=60), Fraction(0), 1000, [0, 25, 50], id="one a second of kept frames"
        ),
        pytest.param(_SLOW, Fraction(0), 250, [0, 3, 6, 9], id="by time, not by count: 3 of 0.1 s"),
        pytest.param(_SLOW, Fraction(0), 1, list(range(12)), id="shorter than a frame: every one"),
        pytest.param(Film(frames=12), Fraction(25), -1, list(range(12)), id="key frames only"),
        pytest.param(Film(frames=12), Fraction(0), -1, list(range(12)), id="only, of kept frames"),
        pytest.param(Film(frames=12), Fraction(25), 10, list(range(12)), id="a tiny distance"),
    ],
)
def test_key_frames(
    source: Film, fps: Fraction, gop_ms: int, expected: list[int], encoder: Codec
) -> None:
    profile = small(fps=fps.numerator, fps_den=fps.denominator, gop_ms=gop_ms, encoder=encoder)

    assert show(film(source), profile).keys == expected


@pytest.mark.parametrize("encoder_profile", EncoderProfile)
def test_key_frames_are_the_same_with_every_encoder_profile(
    encoder_profile: EncoderProfile,
) -> None:
    profile = small(fps=25, gop_ms=1000)

    assert show(film(Film(frames=60)), profile, encoder_profile=encoder_profile).keys == [0, 25, 50]


@pytest.mark.parametrize(
    ("codec_profile", "name"),
    [
        pytest.param(CodecProfile.ENCODER_DEFAULT, "High", id="the encoder's own is high"),
        pytest.param(CodecProfile.H264_BASELINE, "Constrained Baseline", id="baseline"),
        pytest.param(CodecProfile.H264_MAIN, "Main", id="main"),
        pytest.param(CodecProfile.H264_HIGH, "High", id="high"),
        pytest.param(CodecProfile.H264_CONSTRAINED_HIGH, "High", id="high without B frames"),
    ],
)
@pytest.mark.parametrize("encoder_profile", EncoderProfile)
def test_codec_profile(
    codec_profile: CodecProfile, name: str, encoder_profile: EncoderProfile
) -> None:
    seen = show(
        film(Film(frames=25)),
        small(codec_profile=codec_profile, fps=25),
        encoder_profile=encoder_profile,
    )

    assert seen.profile == name
    assert seen.times[0] == Fraction(10)
