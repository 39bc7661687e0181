"""Reading one hostile segment: what it holds, its frames in order, its audio untouched.

The bytes come from strangers: only known containers and codecs are opened, none of which may
follow a reference to another file, and everything is bounded by `Limits`.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.hardware import Hardware
from podium_worker.transcoder.limits import Limits
from podium_worker.transcoder.sizes import Size
from podium_worker.transcoder.timestamps import PresentationClock

__all__ = ["AudioUnit", "Picture", "Source", "open_source"]

_OPEN_OPTIONS = {
    "format_whitelist": "mpegts,mov,matroska,webm,flv",
    "codec_whitelist": "h264,aac,aac_latm,mp3,mp3float,mp2,mp2float,ac3,opus",
    "skip_frame": "all",  # reaches only the probe: it need not decode the first picture
}
_GPU_FORMATS = {"nv12", "yuv420p", "yuvj420p"}
_DEFAULT_FRAME_RATE = Fraction(30)


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded frame with repaired time and duration in ticks of the source."""

    frame: VideoFrame
    pts: int
    duration: int


@dataclass(frozen=True, slots=True)
class AudioUnit:
    """One audio packet as it came."""

    data: bytes
    pts: int | None
    dts: int | None
    duration: int
    time_base: Fraction


@contextmanager
def open_source(data: bytes, limits: Limits, hardware: Hardware) -> Iterator["Source"]:
    """Open a segment for one reading; `TranscodeError` or `FFmpegError` when it is none."""
    if len(data) > limits.source_bytes:
        raise TranscodeError(ErrorText.INVALID_VIDEO, f"{len(data)} bytes")
    accelerator = None
    if hardware is Hardware.NVIDIA:
        accelerator = HWAccel("cuda", allow_software_fallback=False)
    options = dict(_OPEN_OPTIONS)
    with av.open(io.BytesIO(data), "r", options=options, hwaccel=accelerator) as container:
        yield Source(container, limits, hardware)


class Source:
    """An opened segment; counts what left its decoder."""

    def __init__(self, container: InputContainer, limits: Limits, hardware: Hardware) -> None:
        self.hardware = hardware
        self._container = container
        self._is_ts = container.format.name == "mpegts"
        self._limits = limits
        self._video_packets = 0
        self._key_packets = 0
        self.decoded_frames = 0
        self.decoded_pixels = 0
        _check_duration(container, limits)
        self._video = _best_video(container, limits)
        self.audio = _best_audio(container)

    @property
    def time_base(self) -> Fraction:
        """Seconds per tick of the pictures."""
        return self._video.time_base or Fraction(1, 90_000)

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second as declared or guessed; never used to place a frame."""
        rate = self._video.average_rate or self._video.guessed_rate
        return Fraction(rate) if rate and 1 <= rate <= 1000 else _DEFAULT_FRAME_RATE

    @property
    def sample_aspect_ratio(self) -> Fraction:
        """Shape of a pixel, 0 when unknown."""
        return self._video.sample_aspect_ratio or Fraction(0)

    def units(self) -> Iterator[Picture | AudioUnit]:
        """Yield pictures in presentation order and audio packets in file order, once."""
        clock = PresentationClock(int(1 / (self.frame_rate * self.time_base)))
        for packet in self._packets():
            if packet.stream.index != self._video.index:
                yield from self._audio_unit(packet)
                continue
            self._count_packet(packet)
            for frame in self._decode(packet):
                self._count_frame(frame)
                yield Picture(frame, *clock.repair(_time_of(frame), frame.duration))
        self._check_decoded()

    def _packets(self) -> Iterator["Packet[Stream]"]:
        """Yield the packets of both streams; an empty one ends each of them.

        PyAV then goes on to end streams that a broken segment declared later, and fails.
        """
        wanted = [self._video, *([self.audio] if self.audio else [])]
        open_streams = len(wanted)
        for packet in self._container.demux(wanted):
            yield packet
            open_streams -= packet.size == 0 and packet.dts is None
            if open_streams == 0:
                return

    def _audio_unit(self, packet: "Packet[Stream]") -> Iterator[AudioUnit]:
        """Pass an audio packet on, but for samples that only prime a decoder.

        Files have those before 0; in MPEG-TS a time below 0 lies before the counter's wrap.
        """
        is_priming = not self._is_ts and packet.pts is not None and packet.pts < 0
        if packet.size and not is_priming:
            yield AudioUnit(
                bytes(packet), packet.pts, packet.dts, packet.duration or 0, packet.time_base
            )

    def _decode(self, packet: "Packet[Stream]") -> list[VideoFrame]:
        """Decode one packet; a broken one costs its frames, as a player would have it."""
        try:
            return self._video.decode(packet)
        except av.error.InvalidDataError:
            return []

    def _count_packet(self, packet: "Packet[Stream]") -> None:
        self._video_packets += packet.size > 0
        self._key_packets += packet.is_keyframe

    def _count_frame(self, frame: VideoFrame) -> None:
        if self.hardware is Hardware.NVIDIA and frame.format.name not in _GPU_FORMATS:
            raise TranscodeError(ErrorText.UNSUPPORTED_PIXEL_FORMAT, frame.format.name)
        self.decoded_frames += 1
        self.decoded_pixels += frame.width * frame.height
        if self.decoded_frames > self._limits.frames:
            raise TranscodeError(ErrorText.INVALID_VIDEO, f"over {self._limits.frames} frames")
        if self.decoded_pixels > self._limits.pixels:
            raise TranscodeError(ErrorText.INVALID_VIDEO, f"over {self._limits.pixels} pixels")

    def _check_decoded(self) -> None:
        if self.decoded_frames:
            return
        if not self._video_packets:
            raise TranscodeError(ErrorText.INVALID_VIDEO, "no video packets")
        if not self._key_packets:
            raise TranscodeError(ErrorText.NO_KEYFRAMES)
        raise TranscodeError(ErrorText.INVALID_VIDEO, "no picture could be decoded")


def _check_duration(container: InputContainer, limits: Limits) -> None:
    seconds = (container.duration or 0) / av.time_base
    if seconds > limits.duration_seconds:
        raise TranscodeError(ErrorText.INVALID_DURATION, f"{seconds:.3f} s")


def _best_video(container: InputContainer, limits: Limits) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise TranscodeError(ErrorText.INVALID_VIDEO, "no video stream")
    context: VideoCodecContext | None = stream.codec_context  # the stubs forget None
    if context is None or context.name != "h264":
        raise TranscodeError(ErrorText.UNSUPPORTED_CODEC, getattr(context, "name", "unknown"))
    size = Size(context.width, context.height)
    if size.pixels > limits.frame_pixels:
        raise TranscodeError(ErrorText.INVALID_RESOLUTION, f"source of {size}")
    context.thread_count = 1
    context.options = {"max_pixels": str(limits.frame_pixels)}
    return stream


def _best_audio(container: InputContainer) -> AudioStream | None:
    """Return the audio to copy; a declared stream that carries nothing counts as missing."""
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        return None
    context: AudioCodecContext | None = stream.codec_context  # the stubs forget None
    return stream if context is not None and context.sample_rate > 0 else None


def _time_of(frame: VideoFrame) -> int | None:
    return frame.pts if frame.pts is not None else frame.dts
