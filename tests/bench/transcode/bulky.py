"""A segment that is large in bytes and small in work: noise in little pictures.

What a slot adds to a segment is moving bytes; beside two seconds of real work it would drown in
the machine's noise.
"""

import io

import av
import numpy as np
from av.video.frame import VideoFrame

from podium_worker.profiles import Profile

__all__ = ["BULKY_LADDER", "bulky_segment"]

_WIDTH, _HEIGHT, _FPS, _FRAMES = 320, 180, 30, 60
_SOURCE_BITRATE, _RENDITION_BITRATE = 6_000_000, 7_400_000
BULKY_LADDER = (
    Profile(name="bulky", width=_WIDTH, height=_HEIGHT, bitrate=_RENDITION_BITRATE, fps=_FPS),
)
"""One rendition of as many bytes as a whole ladder."""


def bulky_segment() -> bytes:
    """Return two seconds of MPEG-TS, about 1.5 MB, always the same pictures."""
    buffer = io.BytesIO()
    rate = dict.fromkeys(("b", "minrate", "maxrate", "bufsize"), str(_SOURCE_BITRATE))
    with av.open(buffer, "w", format="mpegts") as output:
        stream = output.add_stream("libx264", rate=_FPS, options={**rate, "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        dice = np.random.default_rng(1)
        for _ in range(_FRAMES):
            noise = dice.integers(0, 256, (_HEIGHT * 3 // 2, _WIDTH), dtype=np.uint8)
            output.mux(stream.encode(VideoFrame.from_ndarray(noise, "yuv420p")))
        output.mux(stream.encode(None))
    return buffer.getvalue()
