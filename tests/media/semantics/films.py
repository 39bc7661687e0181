"""Small films made on the spot: every picture carries its number, every sound packet differs.

A number is seven bars of black or white across the middle, which survive scaling and hard
compression; a still texture around them keeps encoders from seeing cuts. Cached by value,
deterministic.
"""

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from tests.support.scheduling import scheduled_as_before

__all__ = ["START_SECONDS", "Film", "film", "number_in", "pictures"]

START_SECONDS = 10
"""When a film begins; MPEG-TS then keeps every time as it was given."""

_Unit = tuple[Fraction, Callable[[Any], "list[Packet[Any]]"], VideoFrame | AudioFrame]
_BARS = 7
_BLACK, _WHITE = 40, 200
_OPTIONS = {
    "libx264": {"preset": "ultrafast", "bf": "2", "g": "250"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=none:frame-threads=1"},
    "libvpx": {"deadline": "realtime", "cpu-used": "-8"},  # above 0 it goes by the time it gets
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "11", "crf": "20", "svtav1-params": "lp=1"},
}


@dataclass(frozen=True)
class Film:
    """What is in a file; `times` are the pictures' in 1/90000 s after the start, None for even."""

    width: int = 320
    height: int = 180
    frames: int = 25
    rate: Fraction = Fraction(25)
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    container: str = "mpegts"
    sound: str = "aac"
    times: tuple[int, ...] | None = None
    colours: tuple[int, int, int, int] = (0, 2, 2, 2)
    sample_aspect_ratio: Fraction = Fraction(1)
    start_seconds: int = START_SECONDS
    title: str = ""
    options: tuple[tuple[str, str], ...] = field(default=())
    container_options: tuple[tuple[str, str], ...] = field(default=())


@cache
def film(what: Film | None = None) -> bytes:
    """Make the file."""
    what = what or Film()
    buffer = io.BytesIO()
    written = av.open(
        buffer,
        "w",
        format=what.container,
        container_options=dict(what.container_options),
    )
    with scheduled_as_before(), written as output:
        if what.title:
            output.metadata["title"] = what.title
        video = _video(output, what) if what.frames else None
        audio = _audio(output, what.sound) if what.sound else None
        units = [*_pictures_of(what, video), *_sounds(what, audio)]
        for _, encode, frame in sorted(units, key=lambda unit: unit[0]):
            output.mux(encode(frame))
        if video is not None:
            output.mux(video.encode(None))
        if audio is not None:
            output.mux(audio.encode(None))
    return buffer.getvalue()


def pictures(count: int, width: int, height: int) -> Iterator[VideoFrame]:
    """Yield numbered pictures without times."""
    for number in range(count):
        frame = VideoFrame(width, height, "yuv420p")
        luma, *chroma = frame.planes
        row = b"".join(_bar(number, bar, width) for bar in range(_BARS))
        bars = row.ljust(luma.line_size, b"\x10") * (luma.height // 4 + 1)
        texture = _texture(luma.line_size, luma.height)
        above = luma.height * 3 // 8 * luma.line_size
        luma.update(texture[:above] + bars + texture[above + len(bars) :])
        for index, plane in enumerate(chroma):
            plane.update(bytes([110 + 30 * index]) * plane.buffer_size)
        yield frame


@cache
def _texture(width: int, height: int) -> bytes:
    noise = random.Random(0)
    rows = [
        bytes(60 + level // 2 for level in noise.randbytes(width // 4 + 1) for _ in range(4))
        for _ in range(height // 4 + 1)
    ]
    return b"".join(rows[line // 4][:width] for line in range(height))


def number_in(luma: bytes, width: int) -> int:
    """Read the number off a picture's luma plane, packed to its width."""
    middle = len(luma) // width // 2 * width
    centres = [middle + (2 * bar + 1) * width // (2 * _BARS) for bar in range(_BARS)]
    return sum((luma[centre] > (_BLACK + _WHITE) // 2) << bar for bar, centre in enumerate(centres))


def _bar(number: int, bar: int, width: int) -> bytes:
    level = _WHITE if number >> bar & 1 else _BLACK
    return bytes([level]) * ((bar + 1) * width // _BARS - bar * width // _BARS)


def _video(output: OutputContainer, what: Film) -> VideoStream:
    options = _OPTIONS[what.codec] | dict(what.options)
    stream = output.add_stream(what.codec, rate=what.rate, options=options)
    assert isinstance(stream, VideoStream)
    context = stream.codec_context
    context.width, context.height = what.width, what.height
    context.pix_fmt = what.pixel_format
    context.thread_count = 1
    context.time_base = Fraction(1, 90_000) if what.codec != "libsvtav1" else 1 / what.rate
    context.sample_aspect_ratio = what.sample_aspect_ratio
    context.color_range, context.colorspace = what.colours[:2]
    context.color_primaries, context.color_trc = what.colours[2:]
    return stream


def _pictures_of(what: Film, stream: VideoStream | None) -> Iterator[_Unit]:
    if stream is None:
        return
    tick = Fraction(1, 90_000)
    reformatter = VideoReformatter()
    even = (round(number / what.rate / tick) for number in range(what.frames))
    times = what.times or tuple(even)
    for frame, after in zip(pictures(what.frames, what.width, what.height), times, strict=True):
        frame.color_range, frame.colorspace = 1, what.colours[1]
        made = reformatter.reformat(
            frame, format=what.pixel_format, dst_color_range=what.colours[0] or 1, threads=1
        )
        made.color_range = what.colours[0]
        seconds = what.start_seconds + after * tick
        made.time_base = stream.codec_context.time_base
        made.pts = round(seconds / made.time_base)
        yield seconds, stream.encode, made


def _audio(output: OutputContainer, codec: str) -> AudioStream:
    stream = output.add_stream(codec, rate=48_000)
    assert isinstance(stream, AudioStream)
    stream.layout = "stereo"
    return stream


def _sounds(what: Film, stream: AudioStream | None) -> Iterator[_Unit]:
    """Yield as much sound as the pictures last, or a second; a tone that rises all the time."""
    if stream is None:
        return
    samples = stream.codec_context.frame_size or 960
    name = stream.codec_context.format.name
    seconds = what.frames / what.rate if what.frames else Fraction(1)
    for index in range(int(seconds * 48_000 / samples)):
        frame = AudioFrame(name, "stereo", samples)
        for plane in frame.planes:
            plane.update(_tone(index, plane.buffer_size))
        frame.sample_rate, frame.time_base = 48_000, Fraction(1, 48_000)
        frame.pts = what.start_seconds * 48_000 + index * samples
        yield Fraction(frame.pts, 48_000), stream.encode, frame


def _tone(index: int, size: int) -> bytes:
    """Return samples of any format: bytes whose pattern depends on the packet's number."""
    period = 16 * (index % 50 + 2)
    wave = bytes(64) * (period // 16) + (b"\x00\x00\x00\x3e" * 16) * (period // 16)
    return (wave * (size // len(wave) + 1))[:size]
