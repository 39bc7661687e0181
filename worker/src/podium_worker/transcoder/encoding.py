"""What a profile means in the encoder's options; a pure table."""

from typing import assert_never

from podium_worker.profiles import Codec, CodecProfile, Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.hardware import Hardware

__all__ = [
    "ENCODERS",
    "MAX_OUTPUTS",
    "check_profiles",
    "encoder_options",
    "key_frame_interval",
]

MAX_OUTPUTS = 10
ENCODERS = {Hardware.CPU: "libx264", Hardware.NVIDIA: "h264_nvenc"}
_MAX_CRF, _MAX_CQ = 63, 51
_CQ_ABOVE_CRF = 7  # the same look, as the reference has it
_SHAPES: dict[CodecProfile, dict[str, str]] = {
    CodecProfile.ENCODER_DEFAULT: {"bf": "3"},
    CodecProfile.H264_BASELINE: {"profile": "baseline", "bf": "0"},
    CodecProfile.H264_MAIN: {"profile": "main", "bf": "3"},
    CodecProfile.H264_HIGH: {"profile": "high", "bf": "3"},
    CodecProfile.H264_CONSTRAINED_HIGH: {"profile": "high", "bf": "0"},
}


def check_profiles(profiles: tuple[Profile, ...]) -> None:
    """Refuse what no source could be transcoded to."""
    if not profiles:
        raise TranscodeError(ErrorText.UNRECOGNIZED_PROFILE, "no profiles")
    if len(profiles) > MAX_OUTPUTS:
        raise TranscodeError(ErrorText.TOO_MANY_OUTPUTS, f"{len(profiles)} profiles")
    for profile in profiles:
        if profile.encoder is not Codec.H264:
            raise TranscodeError(ErrorText.ENCODER_NOT_FOUND, profile.encoder.value)
        if profile.gop_ms < -1:
            raise TranscodeError(ErrorText.INVALID_GOP, f"{profile.gop_ms} ms")
        if profile.bitrate < 0 or (profile.bitrate == 0 and not profile.quality):
            raise TranscodeError(ErrorText.INVALID_ARGUMENT, f"bitrate {profile.bitrate}")


def encoder_options(profile: Profile, hardware: Hardware = Hardware.CPU) -> dict[str, str]:
    """Return the encoder's options: constant rate, first frame forced, shape by codec profile."""
    options = {"forced-idr": "1", **_SHAPES[profile.codec_profile]}
    match hardware:
        case Hardware.CPU:
            options |= _x264_options(profile)
        case Hardware.NVIDIA:
            options |= _nvenc_options(profile)
        case _:
            assert_never(hardware)
    interval = key_frame_interval(profile)
    if interval is not None:
        options["g"] = str(interval)
    return options


def _x264_options(profile: Profile) -> dict[str, str]:
    options = {"preset": "veryfast"}
    if profile.bitrate:
        options |= dict.fromkeys(("b", "minrate", "maxrate", "bufsize"), str(profile.bitrate))
    if 0 < profile.quality <= _MAX_CRF:
        options["crf"] = str(profile.quality)
    return options


def _nvenc_options(profile: Profile) -> dict[str, str]:
    options = {"preset": "p4", "rc": "cbr"}
    if profile.bitrate:
        options |= dict.fromkeys(("b", "maxrate", "bufsize"), str(profile.bitrate))
    if profile.quality:
        options |= {"rc": "vbr", "cq": str(min(profile.quality + _CQ_ABOVE_CRF, _MAX_CQ))}
    if profile.codec_profile is CodecProfile.ENCODER_DEFAULT or profile.frame_rate is None:
        options["bf"] = "0"
    return options


def key_frame_interval(profile: Profile) -> int | None:
    """Return the longest distance of key frames in frames, 0 for key frames only.

    None leaves it to the encoder, or to forced frames when the source's frame rate is kept. The
    reference forgets the denominator of 30000/1001; here the interval is what was asked for.
    """
    if profile.gop_ms == -1:
        return 0
    if profile.gop_ms == 0 or profile.frame_rate is None:
        return None
    return max(1, int(profile.gop_ms * profile.frame_rate / 1000))
