"""The good sources that are damaged: small ones of at most 360p, and large ones of 1080p."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.fuzz.encoded import Form, encoded
from tests.media.hostile import small_segment

__all__ = ["LARGE", "LIVE", "SMALL", "Good", "good", "of_folder"]

_FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
_MOST_FILE_BYTES = 8 << 20
LIVE = "live"
_SHORT = Form(frames=8)

SMALL: Mapping[str, Form] = {
    "h264 of a camera": Form(width=640, height=360, frames=10),
    "h264 without sound": replace(_SHORT, audio=""),
    "h264 upright": replace(_SHORT, width=180, height=320),
    "h264 tiny": replace(_SHORT, width=16, height=16, audio=""),
    "h264 odd size": replace(_SHORT, width=178, height=98),
    "h264 interlaced": replace(_SHORT, options={"flags": "+ilme+ildct"}),
    "h264 4:2:2 of 10 bits": replace(_SHORT, pixel_format="yuv422p10le"),
    "h264 4:4:4": replace(_SHORT, pixel_format="yuv444p"),
    "h264 key frames only": replace(_SHORT, options={"g": "1"}),
    "h264 with slices": replace(_SHORT, options={"slices": "6", "refs": "8", "bf": "8"}),
    "h264 with mp2": replace(_SHORT, audio="mp2"),
    "h264 with mp3": replace(_SHORT, audio="libmp3lame"),
    "h264 with ac3": replace(_SHORT, audio="ac3"),
    "h264 with opus": replace(_SHORT, audio="libopus"),
    "h264 mp4": replace(_SHORT, container="mp4"),
    "h264 fragmented mp4": replace(_SHORT, container="mp4", container_options=_FRAGMENTED),
    "h264 mov": replace(_SHORT, container="mov"),
    "h264 matroska": replace(_SHORT, container="matroska"),
    "h264 flac matroska": replace(_SHORT, container="matroska", audio="flac"),
    "h264 flv": replace(_SHORT, container="flv"),
    "hevc": replace(_SHORT, video="libx265"),
    "hevc fragmented mp4": replace(
        _SHORT,
        video="libx265",
        container="mp4",
        pixel_format="yuv420p10le",
        container_options=_FRAGMENTED,
    ),
    "mpeg2": replace(_SHORT, video="mpeg2video", audio="mp2"),
    "mpeg4": replace(_SHORT, video="mpeg4"),
    "vp8 webm": replace(_SHORT, video="libvpx", audio="vorbis", container="webm"),
    "vp9 webm": replace(_SHORT, video="libvpx-vp9", audio="libopus", container="webm"),
    "vp9 mp4": replace(_SHORT, video="libvpx-vp9", audio="libopus", container="mp4"),
    "av1 mp4": replace(_SHORT, video="libsvtav1", container="mp4"),
    "av1 webm": replace(_SHORT, video="libsvtav1", audio="libopus", container="webm"),
}
_BIG = Form(width=1920, height=1080, frames=8)
LARGE: Mapping[str, Form] = {
    "1080p h264": _BIG,
    "1080p h264 fragmented mp4": replace(_BIG, container="mp4", container_options=_FRAGMENTED),
    "1080p h264 matroska": replace(_BIG, container="matroska"),
    "1080p hevc": replace(_BIG, video="libx265", frames=4),
    "1080p vp9": replace(_BIG, video="libvpx-vp9", audio="libopus", container="webm", frames=4),
}


@dataclass(frozen=True, slots=True)
class Good:
    """A source that nobody has damaged yet; `frames` 0 means that nobody has counted."""

    name: str
    data: bytes
    container: str
    width: int = 0
    height: int = 0
    frames: int = 0


@cache
def good(name: str) -> Good:
    """Return a source by its name in `SMALL` or `LARGE`, or the live one; made once."""
    if name == LIVE:
        live = small_segment()
        return Good(LIVE, live.data, "mpegts", live.width, live.height, live.frames)
    form = SMALL[name] if name in SMALL else LARGE[name]
    return Good(name, encoded(form), form.container, form.width, form.height, form.frames)


def of_folder(folder: Path) -> tuple[Good, ...]:
    """Return all files of a folder that are small enough to be damaged often."""
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    small = [path for path in paths if 0 < path.stat().st_size <= _MOST_FILE_BYTES]
    return tuple(Good(path.name, path.read_bytes(), _container(path)) for path in small)


def _container(path: Path) -> str:
    names = {".mp4": "mp4", ".m4s": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm"}
    return names.get(path.suffix.lower(), "flv" if path.suffix == ".flv" else "mpegts")
