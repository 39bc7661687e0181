"""The renditions that every peer makes (pure)."""

from collections.abc import Sequence
from dataclasses import replace

from podium_worker.profiles import Profile
from podium_worker.transcoder.media.sizes import Size, rendition_size

__all__ = ["FPS", "LADDER", "fit_ladder", "ladder_text"]

FPS = 30
LADDER = (
    Profile(name="720p", width=1280, height=720, bitrate=4_000_000, fps=FPS),
    Profile(name="480p", width=854, height=480, bitrate=1_600_000, fps=FPS),
    Profile(name="360p", width=640, height=360, bitrate=1_200_000, fps=FPS),
    Profile(name="240p", width=426, height=240, bitrate=600_000, fps=FPS),
)


def fit_ladder(source: Size) -> tuple[Profile, ...]:
    """Return the ladder in the exact sizes of a source's shape, so that all do the same work."""
    sizes = [rendition_size(source, Size(rung.width, rung.height)) for rung in LADDER]
    pairs = zip(LADDER, sizes, strict=True)
    return tuple(replace(rung, width=size.width, height=size.height) for rung, size in pairs)


def ladder_text(ladder: Sequence[Profile]) -> str:
    """Return `720p:1280x720:4000000:30,...`: name, size, bit/s, frames per second."""
    return ",".join(f"{p.name}:{p.width}x{p.height}:{p.bitrate}:{p.fps}" for p in ladder)
