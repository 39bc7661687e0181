"""How like two pictures are."""

import io

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

__all__ = ["psnr", "scaled_luma"]


def psnr(one: tuple[bytes, ...], other: tuple[bytes, ...]) -> float:
    """Return the likeness of two runs of pictures in dB; the same number of each."""
    if len(one) != len(other):
        raise ValueError(f"{len(one)} pictures against {len(other)}")
    first = np.frombuffer(b"".join(one), np.uint8).astype(np.int16)
    second = np.frombuffer(b"".join(other), np.uint8)
    error = float(np.mean(np.square(first - second, dtype=np.int32)))
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def scaled_luma(data: bytes, width: int, height: int) -> tuple[bytes, ...]:
    """Decode a segment and scale it as a viewer would, packed to its width."""
    reformatter = VideoReformatter()
    with av.open(io.BytesIO(data), "r") as source:
        return tuple(
            _packed(
                reformatter.reformat(
                    frame, width, height, "yuv420p", interpolation=Interpolation.LANCZOS
                )
            )
            for frame in source.decode(video=0)
        )


def _packed(frame: VideoFrame) -> bytes:
    plane = frame.planes[0]
    rows, stride = bytes(plane), plane.line_size
    return b"".join(rows[place : place + frame.width] for place in range(0, len(rows), stride))
