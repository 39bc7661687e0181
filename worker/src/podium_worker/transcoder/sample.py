"""A small segment made on the spot: the canary needs one before any gateway sends any.

Moving texture with some noise, so that it costs about what camera pictures cost. Deterministic.
"""

import io
import random
from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

__all__ = ["build_sample"]

_FPS = 30
_AUDIO_RATE = 48_000
_AUDIO_FRAME = 1024


def build_sample(*, width: int = 1280, height: int = 720, frames: int = _FPS) -> bytes:
    """Return an MPEG-TS segment of H.264 and AAC at 30 frames/s."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mpegts") as output:
        video = output.add_stream("libx264", rate=_FPS, options={"preset": "ultrafast", "g": "600"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.thread_count = 1
        audio = output.add_stream("aac", rate=_AUDIO_RATE)
        audio.layout = "stereo"
        for frame in _pictures(width, height, frames):
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        for sound in _silence(frames):
            output.mux(audio.encode(sound))
        output.mux(audio.encode(None))
    return buffer.getvalue()


def _pictures(width: int, height: int, count: int) -> Iterator[VideoFrame]:
    texture = _texture(width, height + 4 * count)
    grey = bytes([128])
    for number in range(count):
        frame = VideoFrame(width, height, "yuv420p")
        for index, plane in enumerate(frame.planes):
            size = plane.buffer_size
            shift = 4 * number * plane.line_size
            plane.update(texture[shift : shift + size] if index == 0 else grey * size)
        frame.pts, frame.time_base = number, Fraction(1, _FPS)
        yield frame


def _texture(width: int, height: int) -> bytes:
    """Return rows of soft waves with noise, a little longer than needed for padded lines."""
    noise = random.Random(0)  # noqa: S311  # texture, not a secret
    wave = bytes(64 + abs(index % 256 - 128) // 2 for index in range(width * 2 + 512))
    rows = (wave[row % 256 : row % 256 + width] for row in range(height + 64))
    return b"".join(
        row[: width // 2] + noise.randbytes(32) + row[width // 2 + 32 :] for row in rows
    ) + bytes(width * 64)


def _silence(pictures: int) -> Iterator[AudioFrame]:
    for number in range(pictures * _AUDIO_RATE // (_FPS * _AUDIO_FRAME)):
        frame = AudioFrame("fltp", "stereo", _AUDIO_FRAME)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate = _AUDIO_RATE
        frame.pts, frame.time_base = number * _AUDIO_FRAME, Fraction(1, _AUDIO_RATE)
        yield frame
