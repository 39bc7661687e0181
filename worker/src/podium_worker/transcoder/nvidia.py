"""The GPU check of the canary: can this process encode and decode H.264 on an NVIDIA GPU?

Run as a program, in a process of its own: exit status 0 means yes, 1 means no with one line of
reason. Some data-centre GPUs have a decoder only; a container without the driver's `video`
capability has neither.
"""

import io
import sys
from fractions import Fraction

import av
from av.codec.hwaccel import HWAccel
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from podium_worker.transcoder.sample import build_sample

__all__ = ["main"]

_FRAMES = 4
_HINT = "a pod needs NVIDIA_DRIVER_CAPABILITIES=compute,video,utility, and not every GPU has both"


def main() -> int:
    """Try decoder and encoder; print what is missing."""
    for name, attempt in (("decoder (NVDEC)", _decode), ("encoder (NVENC)", _encode)):
        try:
            attempt()
        except (FFmpegError, RuntimeError, NotImplementedError) as error:
            sys.stderr.write(f"no H.264 {name}: {error}; {_HINT}\n")
            return 1
    return 0


def _decode() -> None:
    sample = build_sample(width=640, height=360, frames=_FRAMES)
    accelerator = HWAccel("cuda", allow_software_fallback=False)
    with av.open(io.BytesIO(sample), "r", hwaccel=accelerator) as source:
        frames = sum(1 for _ in source.decode(video=0))
    if frames != _FRAMES:
        raise RuntimeError(f"it gave {frames} of {_FRAMES} frames")


def _encode() -> None:
    context = VideoCodecContext.create("h264_nvenc", "w")
    context.width, context.height, context.pix_fmt = 640, 360, "yuv420p"
    context.time_base = Fraction(1, 30)
    packets = 0
    for number in range(_FRAMES):
        frame = VideoFrame(640, 360, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([16 * number]) * plane.buffer_size)
        frame.pts = number
        packets += len(context.encode(frame))
    packets += len(context.encode(None))
    if packets != _FRAMES:
        raise RuntimeError(f"it gave {packets} of {_FRAMES} frames")


if __name__ == "__main__":
    sys.exit(main())
