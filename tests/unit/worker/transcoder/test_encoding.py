"""What a profile means in libx264's options."""

import av
import pytest

from podium_worker.profiles import Codec, CodecProfile, Profile
from podium_worker.transcoder.encoding import (
    ENCODERS,
    check_profiles,
    encoder_options,
    key_frame_interval,
)
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.hardware import Hardware


def profile(
    *,
    bitrate: int = 1_000_000,
    fps: int = 30,
    fps_den: int = 1,
    codec_profile: CodecProfile = CodecProfile.ENCODER_DEFAULT,
    gop_ms: int = 0,
    encoder: Codec = Codec.H264,
    quality: int = 0,
) -> Profile:
    return Profile(
        name="p",
        width=640,
        height=360,
        bitrate=bitrate,
        fps=fps,
        fps_den=fps_den,
        codec_profile=codec_profile,
        gop_ms=gop_ms,
        encoder=encoder,
        quality=quality,
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(
            profile(),
            {"b": "1000000", "minrate": "1000000", "maxrate": "1000000", "bufsize": "1000000"},
            id="the bitrate is constant",
        ),
        pytest.param(profile(), {"forced-idr": "1", "bf": "3"}, id="forced frames are key frames"),
        pytest.param(
            profile(codec_profile=CodecProfile.H264_BASELINE),
            {"profile": "baseline", "bf": "0"},
            id="baseline has no B frames",
        ),
        pytest.param(
            profile(codec_profile=CodecProfile.H264_MAIN),
            {"profile": "main", "bf": "3"},
            id="main has B frames",
        ),
        pytest.param(
            profile(codec_profile=CodecProfile.H264_HIGH),
            {"profile": "high", "bf": "3"},
            id="high has B frames",
        ),
        pytest.param(
            profile(codec_profile=CodecProfile.H264_CONSTRAINED_HIGH),
            {"profile": "high", "bf": "0"},
            id="constrained high has none",
        ),
        pytest.param(profile(quality=23), {"crf": "23", "maxrate": "1000000"}, id="quality capped"),
        pytest.param(profile(gop_ms=2000), {"g": "60"}, id="a key frame every two seconds"),
        pytest.param(profile(gop_ms=-1), {"g": "0"}, id="key frames only"),
    ],
)
def test_options_of(wanted: Profile, expected: dict[str, str]) -> None:
    options = encoder_options(wanted)

    assert options | expected == options


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(
            profile(),
            {"rc": "cbr", "b": "1000000", "maxrate": "1000000", "bf": "0", "forced-idr": "1"},
            id="constant rate, no B frames unless a profile says so",
        ),
        pytest.param(
            profile(codec_profile=CodecProfile.H264_HIGH),
            {"profile": "high", "bf": "3"},
            id="high has B frames",
        ),
        pytest.param(
            profile(fps=0, codec_profile=CodecProfile.H264_HIGH),
            {"profile": "high", "bf": "0"},
            id="kept frames have none",
        ),
        pytest.param(profile(quality=23), {"rc": "vbr", "cq": "30"}, id="quality, seven higher"),
        pytest.param(profile(quality=60), {"cq": "51"}, id="quality ends at 51"),
        pytest.param(profile(gop_ms=2000), {"g": "60"}, id="a key frame every two seconds"),
    ],
)
def test_options_on_a_gpu(wanted: Profile, expected: dict[str, str]) -> None:
    options = encoder_options(wanted, Hardware.NVIDIA)

    assert options | expected == options


@pytest.mark.parametrize("hardware", Hardware)
@pytest.mark.parametrize("codec_profile", CodecProfile)
def test_every_option_is_one_the_encoder_knows(
    hardware: Hardware, codec_profile: CodecProfile
) -> None:
    context = av.CodecContext.create(ENCODERS[hardware], "w")
    known = {option.name for option in context.supported_options.generic}
    known |= {option.name for option in context.supported_options.private}

    asked = encoder_options(profile(codec_profile=codec_profile, gop_ms=1000, quality=20), hardware)

    assert asked.keys() <= known


@pytest.mark.parametrize(
    ("wanted", "absent"),
    [
        pytest.param(profile(), "g", id="without a key frame interval the encoder has its own"),
        pytest.param(profile(fps=0, gop_ms=1000), "g", id="kept frames have forced key frames"),
        pytest.param(profile(), "crf", id="without quality the bitrate rules"),
        pytest.param(profile(bitrate=0, quality=23), "b", id="quality alone needs no bitrate"),
        pytest.param(profile(), "profile", id="the encoder's own profile is the default"),
    ],
)
def test_options_leave_out(wanted: Profile, absent: str) -> None:
    assert absent not in encoder_options(wanted)


def test_the_interval_counts_frames_of_a_fractional_rate() -> None:
    assert key_frame_interval(profile(fps=30_000, fps_den=1001, gop_ms=2000)) == 59


@pytest.mark.parametrize(
    ("profiles", "text"),
    [
        pytest.param((), "TranscoderUnrecognizedProfile", id="no profile"),
        pytest.param((profile(),) * 11, "Too many outputs", id="eleven outputs"),
        pytest.param((profile(encoder=Codec.H265),), "Encoder not found", id="another codec"),
        pytest.param((profile(gop_ms=-2),), "TranscoderInvalidGOP", id="a negative interval"),
        pytest.param((profile(bitrate=-1),), "Invalid argument", id="a negative bitrate"),
        pytest.param((profile(bitrate=0),), "Invalid argument", id="neither bitrate nor quality"),
    ],
)
def test_impossible_profiles_are_refused(profiles: tuple[Profile, ...], text: str) -> None:
    with pytest.raises(TranscodeError) as caught:
        check_profiles(profiles)

    assert caught.value.text == text


def test_ten_outputs_are_not_too_many() -> None:
    check_profiles((profile(),) * 10)
