"""Good sources in every codec and container that strangers may send, made from one real clip."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import Flags, OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from tests.media.hostile import small_segment
from tests.support.scheduling import scheduled_as_before

__all__ = ["RATE", "Form", "encoded"]

RATE = 25
_AUDIO_RATE = 48_000
_QUICK: dict[str, dict[str, str]] = {
    "libx264": {"preset": "veryfast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=none:frame-threads=1"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
    # Below 0: VP8 would choose its speed, and so its bytes, by the time that it gets.
    "libvpx": {"deadline": "realtime", "cpu-used": "-8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}
_FORMATS = {"libopus": "flt", "flac": "s16", "libmp3lame": "s16p", "mp2": "s16"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a source is encoded; `audio` empty means none."""

    video: str = "libx264"
    audio: str = "aac"
    container: str = "mpegts"
    width: int = 320
    height: int = 180
    frames: int = 15
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)


def encoded(form: Form) -> bytes:
    """Encode the clip's first frames; the same bytes at every call."""
    buffer = io.BytesIO()
    written = av.open(buffer, "w", form.container, container_options=form.container_options)
    with scheduled_as_before(), written as output:
        output.flags = Flags.bitexact.value  # type: ignore[assignment]  # it takes numbers only
        video = _video_stream(output, form)
        audio = _audio_stream(output, form)
        for frame in _pictures(form):
            output.mux(video.encode(frame))
        if audio is not None:
            for sound in _sounds(form):
                output.mux(audio.encode(sound))
            output.mux(audio.encode(None))
        output.mux(video.encode(None))
    return buffer.getvalue()


def _video_stream(output: OutputContainer, form: Form) -> VideoStream:
    options = _QUICK.get(form.video, {}) | form.options
    stream = output.add_stream(form.video, rate=RATE, options=options)
    if not isinstance(stream, VideoStream):
        raise TypeError(f"{form.video} is no video codec")
    stream.width, stream.height, stream.pix_fmt = form.width, form.height, form.pixel_format
    stream.codec_context.thread_count = 1
    return stream


def _audio_stream(output: OutputContainer, form: Form) -> AudioStream | None:
    if not form.audio:
        return None
    options = {"strict": "experimental"} if form.audio == "vorbis" else {}
    stream = output.add_stream(form.audio, rate=_AUDIO_RATE, options=options)
    if not isinstance(stream, AudioStream):
        raise TypeError(f"{form.audio} is no audio codec")
    stream.codec_context.layout = "stereo"
    stream.codec_context.format = _FORMATS.get(form.audio, "fltp")
    return stream


def _pictures(form: Form) -> Iterator[VideoFrame]:
    reformatter = VideoReformatter()
    clip = _clip()
    for number in range(form.frames):
        picture = clip[number % len(clip)]
        frame = reformatter.reformat(picture, form.width, form.height, form.pixel_format, threads=1)
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        frame.pict_type = PictureType.NONE
        yield frame


@cache
def _clip() -> tuple[VideoFrame, ...]:
    with av.open(io.BytesIO(small_segment().data), "r") as source:
        return tuple(source.decode(video=0))


def _sounds(form: Form) -> Iterator[AudioFrame]:
    """Yield a tone in frames of 960 samples, which every encoder's own frame size cuts anew."""
    total = form.frames * _AUDIO_RATE // RATE
    tone = np.sin(np.arange(total) * 0.05)
    sample_format = _FORMATS.get(form.audio, "fltp")
    is_planar = sample_format.endswith("p")
    scale, kind = (1.0, "float32") if sample_format.startswith("f") else (30_000, "int16")
    for start in range(0, total, 960):
        piece = (tone[start : start + 960] * scale).astype(kind)
        both = np.stack([piece, piece]) if is_planar else np.repeat(piece, 2)[np.newaxis]
        frame = AudioFrame.from_ndarray(both, format=sample_format, layout="stereo")
        frame.sample_rate, frame.pts = _AUDIO_RATE, start
        frame.time_base = Fraction(1, _AUDIO_RATE)
        yield frame
