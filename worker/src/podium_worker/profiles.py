"""Renditions wanted, as a gateway orders them and a job carries them.

Units are those of the network's `VideoProfile`: pixels, bit/s, frames per `fps_den` seconds,
milliseconds. Nothing here judges whether a profile can be made: the engine does, with the
network's own error texts. Used by the node (from the wire), the jobs and the transcoder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

__all__ = [
    "CAPABILITY_CLASSES",
    "CLASS_NEEDS",
    "ClassNeeds",
    "Codec",
    "CodecProfile",
    "Container",
    "Profile",
    "SourceKind",
    "capability_class",
    "dump_profiles",
    "load_class",
    "parse_profiles",
]


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


class SourceKind(StrEnum):
    """What a decoder must know, as far as a gateway tells before a segment comes."""

    H264 = "h264"
    """8 bits, 4:2:0."""
    H264_DEEP = "h264-deep"
    """More bits or more colour, which no GPU decodes."""
    HEVC = "hevc"
    VP8 = "vp8"
    VP9 = "vp9"


@plain_dataclass(frozen=True, slots=True)
class ClassNeeds:
    """What a transcoder of a class does: it decodes every source and encodes every output."""

    sources: tuple[SourceKind, ...]
    outputs: tuple[Codec, ...]


_OTHER = (SourceKind.HEVC, SourceKind.VP8, SourceKind.VP9)
_DEEP = (SourceKind.H264_DEEP,)
_BOTH = (Codec.H264, Codec.H265)
CLASS_NEEDS: Mapping[str, ClassNeeds] = MappingProxyType(
    {
        "h264": ClassNeeds((SourceKind.H264,), (Codec.H264,)),
        "h264-h265": ClassNeeds((SourceKind.H264,), _BOTH),
        "other-h264": ClassNeeds(_OTHER, (Codec.H264,)),
        "other-h264-h265": ClassNeeds(_OTHER, _BOTH),
        "deep-h264": ClassNeeds(_DEEP, (Codec.H264,)),
        "deep-h264-h265": ClassNeeds(_DEEP, _BOTH),
    }
)
CAPABILITY_CLASSES = tuple(CLASS_NEEDS)
"""Classes that a transcoder can have today; a segment of any other class is refused.

They are few: each is a queue of its own, which every free transcoder asks in turn.
"""


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


def capability_class(profiles: Sequence[Profile], source: SourceKind = SourceKind.H264) -> str:
    """Name what a transcoder must be able to do; maybe none of `CAPABILITY_CLASSES`."""
    wanted = {profile.encoder for profile in profiles}
    for name, needs in CLASS_NEEDS.items():  # the one with fewer outputs comes first
        if source in needs.sources and wanted <= set(needs.outputs):
            return name
    return "-".join([source.value, *sorted(wanted)])


def load_class(capability: str, profiles: Sequence[Profile]) -> str:
    """Group segments that cost alike: `h264/640x360@30+1280x720@30`, smallest first.

    A rendition that keeps the source's frame rate reads `@0`.
    """
    sizes = sorted((p.width, p.height, p.frame_rate or Fraction(0)) for p in profiles)
    return f"{capability}/" + "+".join(f"{w}x{h}@{float(rate):.4g}" for w, h, rate in sizes)
