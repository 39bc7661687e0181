"""Renditions wanted, as a gateway orders them and a job carries them.

Units are those of the network's `VideoProfile`: pixels, bit/s, frames per `fps_den` seconds,
milliseconds. Nothing here judges whether a profile can be made: the engine does, with the
network's own error texts. Used by the node (from the wire), the jobs and the transcoder.
"""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

__all__ = [
    "CAPABILITY_CLASSES",
    "Codec",
    "CodecProfile",
    "Container",
    "Profile",
    "capability_class",
    "dump_profiles",
    "load_class",
    "parse_profiles",
]

CAPABILITY_CLASSES = ("h264",)
"""Classes that a transcoder can have today; a segment of any other class is refused."""


class Container(StrEnum):
    """Output container; member names are the wire's."""

    MPEGTS = "mpegts"
    MP4 = "mp4"


class CodecProfile(StrEnum):
    """Codec profile; member names are the wire's."""

    ENCODER_DEFAULT = "default"
    H264_BASELINE = "baseline"
    H264_MAIN = "main"
    H264_HIGH = "high"
    H264_CONSTRAINED_HIGH = "constrainedHigh"


class Codec(StrEnum):
    """Output codec; member names are the wire's."""

    H264 = "h264"
    H265 = "h265"
    VP8 = "vp8"
    VP9 = "vp9"


@dataclass(
    frozen=True,
    slots=True,
    config=ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid"),
)
class Profile:
    """One rendition; JSON keys are camelCase.

    `fps` 0 keeps the source's frames; `gop_ms` 0 leaves key frames to the encoder and -1 makes
    every frame one; `quality` is a constant rate factor, 0 for none.
    """

    name: str
    width: int
    height: int
    bitrate: int
    fps: int = Field(default=0, ge=0)
    fps_den: int = Field(default=1, ge=0)
    format: Container = Container.MPEGTS
    codec_profile: CodecProfile = CodecProfile.ENCODER_DEFAULT
    gop_ms: int = 0
    encoder: Codec = Codec.H264
    quality: int = Field(default=0, ge=0)

    @property
    def frame_rate(self) -> Fraction | None:
        """Frames per second; None keeps the source's (a denominator of 0 counts as 1)."""
        return Fraction(self.fps, self.fps_den or 1) if self.fps > 0 else None


_PROFILES = TypeAdapter(tuple[Profile, ...])


def parse_profiles(text: str | bytes) -> tuple[Profile, ...]:
    """Read a JSON array of profiles; `pydantic.ValidationError` names what is wrong."""
    return _PROFILES.validate_json(text)


def dump_profiles(profiles: Sequence[Profile]) -> bytes:
    """Write profiles as the JSON array that `parse_profiles` reads."""
    return _PROFILES.dump_json(tuple(profiles), by_alias=True)


def capability_class(profiles: Sequence[Profile]) -> str:
    """Name what a transcoder must be able to do; maybe none of `CAPABILITY_CLASSES`."""
    return "-".join(sorted({"h264", *(profile.encoder.value for profile in profiles)}))


def load_class(capability: str, profiles: Sequence[Profile]) -> str:
    """Group segments that cost alike: `h264/640x360@30+1280x720@30`, smallest first.

    A rendition that keeps the source's frame rate reads `@0`.
    """
    sizes = sorted((p.width, p.height, p.frame_rate or Fraction(0)) for p in profiles)
    return f"{capability}/" + "+".join(f"{w}x{h}@{float(rate):.4g}" for w, h, rate in sizes)
