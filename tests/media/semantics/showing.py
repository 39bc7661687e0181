"""Transcodes a file to one rendition and looks at it; what must hold always is checked here."""

from tests.media.semantics.viewing import View, view

from podium_worker.profiles import Profile
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.engine import transcode

__all__ = ["show", "small"]


def small(**changes: object) -> Profile:
    """Return a profile of 160x90 that keeps the source's frames, with some fields changed."""
    fields: dict[str, object] = {"name": "small", "width": 160, "height": 90, "bitrate": 300_000}
    return Profile(**fields | changes)  # type: ignore[arg-type]  # a table's freedom


def show(
    data: bytes,
    profile: Profile | None = None,
    *,
    encoder_profile: EncoderProfile = EncoderProfile.FAST,
) -> View:
    """Return what a viewer gets of the rendition, which counts its pictures truly."""
    result = transcode(data, [profile or small()], encoder_profile=encoder_profile)
    (rendition,) = result.renditions
    seen = view(rendition.data)
    assert seen.pixels == rendition.pixels
    assert len(seen.shown) == rendition.frames
    assert seen.shown[0].is_key
    assert seen.times == sorted(set(seen.times))
    assert seen.pixel_format in {"yuv420p", "yuvj420p"}  # 8 bits, 4:2:0; the second is full range
    assert seen.streams in {("video",), ("video", "audio")}
    return seen
