"""What the codecs and the scaler cost alone: the floor that no pipeline can go under.

Each stage runs by itself over all frames of a segment, on one thread, with the options and the
scaling plan of the engine; whatever the engine costs above the sum is its own.
"""

import io
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import TypeVar

import av
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from podium_worker.profiles import Profile
from podium_worker.transcoder.media.encoding import EncoderProfile, encoder_options
from podium_worker.transcoder.media.scale_plan import scale_plan
from podium_worker.transcoder.media.sizes import Size

__all__ = ["measure_floor"]

_T = TypeVar("_T")


def measure_floor(
    source: bytes, ladder: Sequence[Profile], encoder_profile: EncoderProfile
) -> dict[str, float]:
    """Return CPU seconds of decode, scale and encode; the source has the ladder's frame rate."""
    decode, frames = _timed(lambda: _decode(source))
    scale, pictures = _timed(lambda: _scale(frames, ladder))
    encode = 0.0
    for rung in ladder:
        mine = pictures[Size(rung.width, rung.height)]
        encode += _timed(partial(_encode, mine, rung, encoder_profile))[0]
    return {"decode": decode, "scale": scale, "encode": encode, "cpu": decode + scale + encode}


def _timed(work: Callable[[], _T]) -> tuple[float, _T]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _decode(source: bytes) -> list[VideoFrame]:
    with av.open(
        io.BytesIO(source), "r", format="mpegts", options={"skip_frame": "all"}
    ) as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        video.codec_context.skip_frame = "DEFAULT"
        return list(container.decode(video))


def _scale(frames: Sequence[VideoFrame], ladder: Sequence[Profile]) -> dict[Size, list[VideoFrame]]:
    plan = scale_plan(
        Size(frames[0].width, frames[0].height), [Size(rung.width, rung.height) for rung in ladder]
    )
    done: list[list[VideoFrame]] = []
    for step in plan:
        parents = frames if step.parent is None else done[step.parent]
        filter_ = Interpolation.BICUBIC if step.parent is None else Interpolation.LANCZOS
        done.append(_scaled(parents, step.size, filter_))
    return {step.size: pictures for step, pictures in zip(plan, done, strict=True)}


def _scaled(
    frames: Sequence[VideoFrame], size: Size, interpolation: Interpolation
) -> list[VideoFrame]:
    if (frames[0].width, frames[0].height) == (size.width, size.height):
        return list(frames)
    reformatter = VideoReformatter()
    return [
        reformatter.reformat(
            frame, size.width, size.height, "yuv420p", interpolation=interpolation, threads=1
        )
        for frame in frames
    ]


def _encode(frames: Sequence[VideoFrame], rung: Profile, encoder_profile: EncoderProfile) -> None:
    context = av.VideoCodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = rung.width, rung.height, "yuv420p"
    rate = rung.frame_rate or Fraction(30)
    context.framerate, context.time_base, context.thread_count = rate, 1 / rate, 1
    context.options = encoder_options(rung, encoder_profile=encoder_profile)
    for place, frame in enumerate(frames):
        frame.pts, frame.time_base = place, context.time_base
        frame.pict_type = PictureType.NONE if place else PictureType.I
        context.encode(frame)
    context.encode(None)
