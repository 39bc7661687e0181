"""Profiles as a gateway's configuration and its requests write them: a JSON array.

The shape is go-livepeer's (`-transcodingOptions FILE`, `Livepeer-Transcode-Configuration`): words
for codecs, seconds as text for `gop`. Inside Podium a profile is `podium_worker.profiles.Profile`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from podium_worker.errors import StartError
from podium_worker.profiles import Codec, CodecProfile, Profile

__all__ = ["parse_gateway_profiles"]

_Meaning = TypeVar("_Meaning")

_CODECS = {
    "h.264": Codec.H264,
    "h264": Codec.H264,
    "hevc": Codec.H265,
    "h265": Codec.H265,
    "vp8": Codec.VP8,
    "vp9": Codec.VP9,
}
_SHAPES = {
    "": CodecProfile.ENCODER_DEFAULT,
    "none": CodecProfile.ENCODER_DEFAULT,
    "h264baseline": CodecProfile.H264_BASELINE,
    "h264main": CodecProfile.H264_MAIN,
    "h264high": CodecProfile.H264_HIGH,
    "h264constrainedhigh": CodecProfile.H264_CONSTRAINED_HIGH,
}


class _GatewayProfile(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    name: str = ""
    width: Annotated[int, Field(ge=1, le=65535)]
    height: Annotated[int, Field(ge=1, le=65535)]
    bitrate: Annotated[int, Field(ge=0, le=10**9)]
    fps: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    fps_den: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    profile: str = ""
    gop: str = ""
    encoder: str = ""
    quality: Annotated[int, Field(ge=0, le=63)] = 0
    color_depth: Literal[0, 8] = 0
    chroma_format: Literal[0] = 0


_PROFILES = TypeAdapter(Annotated[tuple[_GatewayProfile, ...], Field(min_length=1)])


def parse_gateway_profiles(text: str, origin: str, *, codec: Codec) -> tuple[Profile, ...]:
    """Read the array; `StartError` begins with `origin` and names the field and the fix.

    `codec` is for profiles that name no encoder.
    """
    try:
        read = _PROFILES.validate_json(text)
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(str(step) for step in problem["loc"]) or "the text"
        raise StartError(
            f"{origin}: {field}: {problem['msg']}; write an array of profiles like "
            '[{"name":"480p","width":854,"height":480,"bitrate":1600000,"fps":30}]'
        ) from error
    return tuple(_profile(one, f"{origin}: {place}", codec=codec) for place, one in enumerate(read))


def _profile(one: _GatewayProfile, origin: str, *, codec: Codec) -> Profile:
    return Profile(
        name=one.name or f"custom_{one.width}x{one.height}_{one.bitrate}",
        width=one.width,
        height=one.height,
        bitrate=one.bitrate,
        fps=one.fps,
        fps_den=one.fps_den or 1,
        codec_profile=_word(_SHAPES, one.profile, f"{origin}.profile"),
        gop_ms=_gop_ms(one.gop, f"{origin}.gop"),
        encoder=_word({"": codec, **_CODECS}, one.encoder, f"{origin}.encoder"),
        quality=one.quality,
    )


def _word(table: Mapping[str, _Meaning], text: str, origin: str) -> _Meaning:
    try:
        return table[text.lower()]
    except KeyError:
        known = ", ".join(word for word in table if word)
        raise StartError(f"{origin}: {text!r} is not one of {known}") from None


def _gop_ms(text: str, origin: str) -> int:
    if text.lower() == "intra":
        return -1
    try:
        seconds = float(text or 0)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise StartError(f"{origin}: {text!r} is neither seconds (0 to 3600) nor intra")
    return round(seconds * 1000)
