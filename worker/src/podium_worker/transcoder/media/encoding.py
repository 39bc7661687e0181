"""What a profile means in the encoder's options; a pure table.

Options follow the encoder's name, not the hardware: a test runs the path of a GPU with a
processor's encoder. Nothing here opens an encoder.
"""

from enum import StrEnum

from podium_worker.profiles import Codec, CodecProfile, Profile
from podium_worker.transcoder.devices.hardware import CPU, Backend
from podium_worker.transcoder.errors import ErrorText, TranscodeError

__all__ = [
    "MAX_OUTPUTS",
    "EncoderProfile",
    "check_profiles",
    "encoder_name",
    "encoder_options",
    "key_frame_interval",
]

MAX_OUTPUTS = 10
_MAX_CRF, _MAX_QP = 63, 51
_CQ_ABOVE_CRF = 7  # the same look, as the reference has it
_LOOKAHEAD_FRAMES = "36"  # the segment is whole in memory: looking ahead delays nothing
_SHAPES: dict[CodecProfile, dict[str, str]] = {
    CodecProfile.ENCODER_DEFAULT: {"bf": "3"},
    CodecProfile.H264_BASELINE: {"profile": "baseline", "bf": "0"},
    CodecProfile.H264_MAIN: {"profile": "main", "bf": "3"},
    CodecProfile.H264_HIGH: {"profile": "high", "bf": "3"},
    CodecProfile.H264_CONSTRAINED_HIGH: {"profile": "high", "bf": "0"},
}
_HEVC_PROFILES = {CodecProfile.ENCODER_DEFAULT, CodecProfile.H264_MAIN}


class EncoderProfile(StrEnum):
    """How much work an encoder does for its bits; values are those of the settings."""

    LPMS = "lpms"
    """The reference's own options: the best picture, about a third of the speed."""
    FAST = "fast"
    """The encoder's `veryfast`."""
    SEGMENT = "segment"
    """`veryfast` with what a whole segment in memory allows: better and cheaper."""


_X264 = {
    EncoderProfile.LPMS: {"preset": "medium"},
    EncoderProfile.FAST: {"preset": "veryfast"},
    EncoderProfile.SEGMENT: {
        "preset": "veryfast",
        "rc-lookahead": _LOOKAHEAD_FRAMES,
        "partitions": "i8x8,i4x4",
        "aq-mode": "2",  # measured: more PSNR, SSIM and VMAF for fewer bytes, at the same speed
        "aq-strength": "0.8",
    },
}
_X265_PARAMS = {
    EncoderProfile.LPMS: "",
    EncoderProfile.FAST: ":info=0:open-gop=0",
    EncoderProfile.SEGMENT: f":info=0:open-gop=0:rc-lookahead={_LOOKAHEAD_FRAMES}",
}
_NVENC = {
    EncoderProfile.LPMS: {"preset": "medium"},
    EncoderProfile.FAST: {"preset": "p4", "rc": "cbr"},
    EncoderProfile.SEGMENT: {"preset": "p4", "rc": "cbr"},
}


def check_profiles(profiles: tuple[Profile, ...], backend: Backend = CPU) -> None:
    """Refuse what no source could be transcoded to on `backend`; `TranscodeError`."""
    if not profiles:
        raise TranscodeError(ErrorText.UNRECOGNIZED_PROFILE, "no profiles")
    if len(profiles) > MAX_OUTPUTS:
        raise TranscodeError(ErrorText.TOO_MANY_OUTPUTS, f"{len(profiles)} profiles")
    for profile in profiles:
        encoder_name(profile, backend)
        if profile.gop_ms < -1:
            raise TranscodeError(ErrorText.INVALID_GOP, f"{profile.gop_ms} ms")
        if profile.bitrate < 0 or (profile.bitrate == 0 and not profile.quality):
            raise TranscodeError(ErrorText.INVALID_ARGUMENT, f"bitrate {profile.bitrate}")
        if profile.encoder is Codec.H265 and profile.codec_profile not in _HEVC_PROFILES:
            raise TranscodeError(
                ErrorText.INVALID_ARGUMENT, f"HEVC has no profile {profile.codec_profile}"
            )


def encoder_name(profile: Profile, backend: Backend = CPU) -> str:
    """Return FFmpeg's name of the encoder; `TranscodeError` when the backend has none."""
    name = backend.encoders.get(profile.encoder)
    if name is None:
        raise TranscodeError(ErrorText.ENCODER_NOT_FOUND, profile.encoder.value)
    return name


def encoder_options(
    profile: Profile,
    backend: Backend = CPU,
    *,
    encoder_profile: EncoderProfile = EncoderProfile.SEGMENT,
    threads: int = 1,
) -> dict[str, str]:
    """Return the encoder's options: constant rate, first frame forced, shape by codec profile.

    `threads` is said again to encoders that would start threads of their own.
    """
    name = encoder_name(profile, backend)
    options = {"forced-idr": "1", **_SHAPES[profile.codec_profile], **_rate(profile)}
    if name.endswith("_nvenc"):
        options |= _nvenc_options(name, profile, encoder_profile)
        if backend.device is not None:
            options["gpu"] = str(backend.device)
    elif name == "libx265":
        options |= _x265_options(profile, encoder_profile, threads)
    else:
        options |= _X264[encoder_profile]
        if 0 < profile.quality <= _MAX_CRF:
            options["crf"] = str(profile.quality)
    interval = key_frame_interval(profile)
    if interval is not None:
        options["g"] = str(interval)
    return options


def _rate(profile: Profile) -> dict[str, str]:
    if not profile.bitrate:
        return {}
    return dict.fromkeys(("b", "minrate", "maxrate", "bufsize"), str(profile.bitrate))


def _x265_options(
    profile: Profile, encoder_profile: EncoderProfile, threads: int
) -> dict[str, str]:
    pools = str(threads) if threads > 1 else "none"
    options = {
        "preset": _X264[encoder_profile]["preset"],
        "x265-params": f"log-level=none:pools={pools}:frame-threads={min(threads, 2)}"
        + _X265_PARAMS[encoder_profile],
    }
    if 0 < profile.quality <= _MAX_CRF:
        options["crf"] = str(min(profile.quality, _MAX_QP))
    return options


def _nvenc_options(name: str, profile: Profile, encoder_profile: EncoderProfile) -> dict[str, str]:
    options = dict(_NVENC[encoder_profile])
    if name == "hevc_nvenc":
        options["tier"] = "high"
    if profile.quality:
        options |= {"rc": "vbr", "cq": str(min(profile.quality + _CQ_ABOVE_CRF, _MAX_QP))}
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
