"""Makes the segments of the start-up test: `python -m tests.media.specimens` writes them anew.

A zoom into a fractal under some noise: between camera pictures and animation in what it costs a
slot, and nobody's property. They are files so that a starting pod neither loads an encoder to make
them nor waits for it.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.filter import Graph
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

import podium_worker.transcoder

__all__ = ["FOLDER", "RECIPES", "Recipe", "build", "main"]

FOLDER = Path(podium_worker.transcoder.__file__).parent / "specimens"
_FPS = 30
_ZOOM = "start_scale=0.05:end_scale=0.02:end_pts=60"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one file is made; `noise` in steps of brightness, `bitrate` in bit/s."""

    encoder: str
    frames: int
    size: tuple[int, int]
    bitrate: int
    noise: int = 0
    container: str = "mpegts"
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)


_TINY, _TINY_BITRATE = (320, 180), 300_000
RECIPES = {
    "h264-720p.ts": Recipe("libx264", 15, (1280, 720), 2_000_000, noise=6),
    "h264-360p.ts": Recipe("libx264", 6, (640, 360), 600_000, noise=6),
    "h264-deep.ts": Recipe("libx264", 3, _TINY, _TINY_BITRATE, pixel_format="yuv422p"),
    "hevc.ts": Recipe(
        "libx265", 3, _TINY, _TINY_BITRATE, options={"x265-params": "log-level=error:pools=1"}
    ),
    "vp8.webm": Recipe("libvpx", 3, _TINY, _TINY_BITRATE, container="webm"),
    "vp9.webm": Recipe("libvpx-vp9", 3, _TINY, _TINY_BITRATE, container="webm"),
}


def build(recipe: Recipe) -> bytes:
    """Return the file's bytes; one thread, so that it is the same each time."""
    buffer = io.BytesIO()
    rates = dict.fromkeys(("b", "maxrate", "bufsize"), str(recipe.bitrate))
    plain = {"fflags": "+bitexact"}  # no random numbers in headers
    with av.open(buffer, "w", format=recipe.container, container_options=plain) as output:
        video = output.add_stream(recipe.encoder, rate=_FPS, options=rates | recipe.options)
        assert isinstance(video, VideoStream)
        video.width, video.height = recipe.size
        video.pix_fmt = recipe.pixel_format
        video.thread_count = 1
        for number, picture in enumerate(_pictures(recipe)):
            picture.pts, picture.time_base = number, Fraction(1, _FPS)
            picture.pict_type = PictureType.NONE
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
    return buffer.getvalue()


def _pictures(recipe: Recipe) -> Iterator[VideoFrame]:
    width, height = recipe.size
    graph = Graph()
    zoom = graph.add("mandelbrot", f"size={width}x{height}:rate={_FPS}:{_ZOOM}")
    noise = graph.add("noise", f"alls={recipe.noise}:allf=t")
    sink = graph.add("buffersink")
    zoom.link_to(noise)
    noise.link_to(sink)
    graph.configure()
    for _ in range(recipe.frames):
        picture = graph.vpull()
        yield picture.reformat(width, height, recipe.pixel_format)


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, recipe in RECIPES.items():
        (FOLDER / name).write_bytes(build(recipe))


if __name__ == "__main__":
    main()
