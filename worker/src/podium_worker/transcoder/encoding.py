"""What a profile means in the encoder's options; a pure table."""

from podium_worker.profiles import Codec, CodecProfile, Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError

__all__ = ["MAX_OUTPUTS", "check_profiles", "encoder_options", "key_frame_interval"]

MAX_OUTPUTS = 10
_PRESET = "veryfast"
_MAX_QUALITY = 63
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


def encoder_options(profile: Profile) -> dict[str, str]:
    """Return libx264's options: constant rate, first frame forced, shape by codec profile."""
    options = {"preset": _PRESET, "forced-idr": "1", **_SHAPES[profile.codec_profile]}
    if profile.bitrate:
        options |= dict.fromkeys(("b", "minrate", "maxrate", "bufsize"), str(profile.bitrate))
    if 0 < profile.quality <= _MAX_QUALITY:
        options["crf"] = str(profile.quality)
    interval = key_frame_interval(profile)
    if interval is not None:
        options["g"] = str(interval)
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
