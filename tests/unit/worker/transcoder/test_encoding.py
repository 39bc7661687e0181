"""What a profile means in the encoder's options."""

import av
import pytest

from podium_worker.profiles import Codec, CodecProfile, Profile
from podium_worker.transcoder.devices.hardware import CPU, Backend, Hardware, nvidia
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.encoding import (
    EncoderProfile,
    check_profiles,
    encoder_name,
    encoder_options,
    key_frame_interval,
)


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
        pytest.param(
            profile(quality=60, encoder=Codec.H265), {"crf": "51"}, id="quality of HEVC ends at 51"
        ),
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
    options = encoder_options(wanted, nvidia(1))

    assert options | expected == options


@pytest.mark.parametrize(
    ("encoder_profile", "codec", "expected"),
    [
        pytest.param(
            EncoderProfile.LPMS, Codec.H264, {"preset": "medium"}, id="lpms is x264's medium"
        ),
        pytest.param(
            EncoderProfile.FAST, Codec.H264, {"preset": "veryfast"}, id="fast is x264's veryfast"
        ),
        pytest.param(
            EncoderProfile.SEGMENT,
            Codec.H264,
            {
                "preset": "veryfast",
                "rc-lookahead": "36",
                "partitions": "i8x8,i4x4",
                "aq-mode": "2",
                "aq-strength": "0.8",
            },
            id="segment looks ahead, has no inter partitions, and spends bits more evenly",
        ),
        pytest.param(
            EncoderProfile.LPMS,
            Codec.H265,
            {"preset": "medium", "x265-params": "log-level=none:pools=none:frame-threads=1"},
            id="lpms is x265's medium",
        ),
        pytest.param(
            EncoderProfile.SEGMENT,
            Codec.H265,
            {
                "preset": "veryfast",
                "x265-params": "log-level=none:pools=none:frame-threads=1"
                ":info=0:open-gop=0:rc-lookahead=36",
            },
            id="segment looks ahead with x265 too",
        ),
    ],
)
def test_encoder_profiles(
    encoder_profile: EncoderProfile, codec: Codec, expected: dict[str, str]
) -> None:
    options = encoder_options(profile(encoder=codec), encoder_profile=encoder_profile)

    assert options | expected == options
    assert "tune" not in options


def test_lpms_adds_nothing_to_the_reference() -> None:
    options = encoder_options(profile(), encoder_profile=EncoderProfile.LPMS)

    assert options == {
        "preset": "medium",
        "forced-idr": "1",
        "bf": "3",
        **dict.fromkeys(("b", "minrate", "maxrate", "bufsize"), "1000000"),
    }


def test_hevc_on_a_gpu_is_of_the_high_tier() -> None:
    options = encoder_options(profile(encoder=Codec.H265), nvidia(3))

    assert (options["tier"], options["gpu"]) == ("high", "3")


def test_threads_reach_an_encoder_that_has_a_pool_of_its_own() -> None:
    options = encoder_options(profile(encoder=Codec.H265), threads=3)

    assert ":pools=3:frame-threads=2" in options["x265-params"]


def test_options_follow_the_encoder_and_not_the_hardware() -> None:
    backend = Backend(Hardware.NVIDIA, {Codec.H264: "libx264"}, device=0)

    assert encoder_options(profile(), backend) == encoder_options(profile())


@pytest.mark.parametrize("backend", [CPU, nvidia(0)], ids=["cpu", "nvidia"])
@pytest.mark.parametrize("encoder_profile", EncoderProfile)
@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_every_option_is_one_the_encoder_knows(
    backend: Backend, encoder_profile: EncoderProfile, codec: Codec
) -> None:
    wanted = profile(codec_profile=CodecProfile.H264_MAIN, gop_ms=1000, quality=20, encoder=codec)
    context = av.CodecContext.create(encoder_name(wanted, backend), "w")
    known = {option.name for option in context.supported_options.generic}
    known |= {option.name for option in context.supported_options.private}

    asked = encoder_options(wanted, backend, encoder_profile=encoder_profile)

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
        pytest.param((profile(encoder=Codec.VP9),), "Encoder not found", id="another codec"),
        pytest.param(
            (profile(encoder=Codec.H265, codec_profile=CodecProfile.H264_HIGH),),
            "Invalid argument",
            id="a codec profile that HEVC has not",
        ),
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
