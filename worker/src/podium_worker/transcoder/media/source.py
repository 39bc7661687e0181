"""Reading one hostile segment: what it holds, its frames in order, its audio untouched.

The bytes come from strangers: only known containers and codecs are opened, none of which may
follow a reference to another file, and everything is bounded by `Limits`.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.context import ThreadType
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from podium_worker.transcoder.devices.hardware import Backend, Hardware
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.accelerator import accelerator
from podium_worker.transcoder.media.limits import Limits
from podium_worker.transcoder.media.sei_order import with_supplements_first
from podium_worker.transcoder.media.sizes import Size
from podium_worker.transcoder.media.timestamps import PresentationClock
from podium_worker.transcoder.media.unshown import unshown_times
from podium_worker.transcoder.media.untimed import UntimedPictures

__all__ = ["AudioUnit", "Picture", "Source", "open_source"]

_VIDEO_DECODERS = ("h264", "hevc", "vp8", "vp9", "libdav1d", "av1")
_AUDIO_DECODERS = "aac,aac_latm,mp3,mp3float,mp2,mp2float,ac3,eac3,opus,libopus,vorbis"
_OPEN_OPTIONS = {
    "format_whitelist": "mpegts,mov,matroska,webm,flv",
    "codec_whitelist": ",".join((*_VIDEO_DECODERS, _AUDIO_DECODERS)),
    "skip_frame": "all",  # reaches only the probe: it need not decode the first picture
}
_GPU_FORMATS = {"nv12", "yuv420p", "yuvj420p"}
_DEFAULT_FRAME_RATE = Fraction(30)
_DAMAGE = (av.error.InvalidDataError, av.error.PatchWelcomeError, av.error.ArgumentError)
_DEVICE_FAULTS = (
    av.error.ExternalError,
    av.error.UnknownError,
    av.error.PermissionError,  # what a missing driver gives
)


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
def open_source(
    data: bytes, limits: Limits, backend: Backend, *, decode_threads: int = 1
) -> Iterator["Source"]:
    """Open a segment for one reading; `TranscodeError` when it is none."""
    if len(data) > limits.source_bytes:
        raise TranscodeError(ErrorText.INVALID_VIDEO, f"{len(data)} bytes")
    with _open(data, backend) as container:
        source = Source(container, limits, backend)
        source.decode_with(decode_threads)
        yield source


def _open(data: bytes, backend: Backend) -> InputContainer:
    """Open a container.

    Whatever FFmpeg finds wrong with the bytes, the answer is the reference's: no video. Its own
    words for some of it would say that the profiles were wrong.
    """
    device = accelerator(backend)
    try:
        return av.open(
            io.BytesIO(with_supplements_first(data)),
            "r",
            options=dict(_OPEN_OPTIONS),
            metadata_errors="replace",
            hwaccel=device,
        )
    except _DEVICE_FAULTS as error:
        text = ErrorText.INVALID_VIDEO if device is None else ErrorText.UNRECOVERABLE
        raise TranscodeError(text, repr(error)) from error
    except av.error.MemoryError as error:
        raise TranscodeError(ErrorText.OUT_OF_MEMORY, repr(error)) from error
    except FFmpegError as error:
        raise TranscodeError(ErrorText.INVALID_VIDEO, repr(error)) from error


class Source:
    """An opened segment; counts what left its decoder."""

    def __init__(self, container: InputContainer, limits: Limits, backend: Backend) -> None:
        self._backend = backend
        self._container = container
        self._is_ts = container.format.name == "mpegts"
        self._limits = limits
        self._video_packets = 0
        self._key_packets = 0
        self._rates: tuple[Fraction | None, ...] = (None,)
        self._unshown: frozenset[int] = frozenset()
        self._left_out: set[int] = set()
        self._is_progressive = False
        self._last_pixels = 0
        self.decoded_frames = 0
        self.decoded_pixels = 0
        _check_duration(container, limits)
        self._video = _best_video(container, limits, backend)
        self.audio = _best_audio(container)

    def decode_with(self, threads: int) -> None:
        """Use that many threads to decode; more than one costs more than it gains when busy."""
        context = self._video.codec_context
        context.thread_count = threads
        context.thread_type = ThreadType.FRAME if threads > 1 else ThreadType.SLICE

    def show_at(self, rates: Sequence[Fraction | None]) -> None:
        """Leave out pictures that no rendition of these frame rates shows, where that is safe."""
        self._rates = tuple(rates)

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
        """Shape of a pixel, 0 when unknown; only a decoder knows it of some containers."""
        decoded = self._video.codec_context.sample_aspect_ratio
        return self._video.sample_aspect_ratio or decoded or Fraction(0)

    def units(self) -> Iterator[Picture | AudioUnit]:
        """Yield pictures in presentation order and audio packets in file order, once."""
        step = int(1 / (self.frame_rate * self.time_base))
        clock, untimed = PresentationClock(step), UntimedPictures[VideoFrame](step)
        for packet in self._planned(self._packets()):
            if packet.stream.index != self._video.index:
                yield from self._audio_unit(packet)
                continue
            self._count_packet(packet)
            for frame in self._decode(packet):
                self._count_frame(frame)
                for ready, pts in untimed.push(frame, _time_of(frame)):
                    yield Picture(ready, *clock.repair(pts, ready.duration or untimed.found_step))
        for ready, pts in untimed.finish():
            yield Picture(ready, *clock.repair(pts, ready.duration or untimed.found_step))
        self._count_left_out()
        self._check_decoded()

    def _planned(self, packets: Iterator["Packet[Stream]"]) -> Iterator["Packet[Stream]"]:
        """Find the pictures that nobody will see, from the times of all packets."""
        context = self._video.codec_context
        if None in self._rates or context.name != "h264" or self._backend.accelerator is not None:
            return packets
        kept = list(packets)
        times = [one.pts for one in kept if one.stream.index == self._video.index and one.size]
        self._unshown = unshown_times(times, self._rates, self.time_base)
        return iter(kept)

    def _packets(self) -> Iterator["Packet[Stream]"]:
        """Yield the packets of both streams; an empty one ends each of them.

        PyAV then goes on to end streams that a broken segment declared later, and fails. A file
        that breaks off is played as far as it goes.
        """
        wanted = [self._video, *([self.audio] if self.audio else [])]
        open_streams = len(wanted)
        packets = self._container.demux(wanted)
        while open_streams:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (*_DAMAGE, av.error.OSError, av.error.BlockingIOError):
                yield _end_of(self._video)
                return
            yield packet
            open_streams -= packet.size == 0 and packet.dts is None

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
            self._allow_leaving_out(packet)
            return self._video.decode(packet if packet.size else None)
        except _DAMAGE:
            return []
        except _DEVICE_FAULTS as error:
            if self._backend.accelerator is None or self.decoded_frames:
                raise
            raise TranscodeError(ErrorText.UNRECOVERABLE, repr(error)) from error

    def _allow_leaving_out(self, packet: "Packet[Stream]") -> None:
        """Let the decoder drop a picture that nobody sees, if no other picture is made from it.

        A field is half a picture: interlaced sources are decoded whole.
        """
        may = self._is_progressive and packet.pts is not None and packet.pts in self._unshown
        self._video.codec_context.skip_frame = "NONREF" if may else "DEFAULT"
        if may and packet.pts is not None:
            self._left_out.add(packet.pts)

    def _count_packet(self, packet: "Packet[Stream]") -> None:
        self._video_packets += packet.size > 0
        self._key_packets += packet.is_keyframe

    def _count_frame(self, frame: VideoFrame) -> None:
        self._check_format(frame.format.name)
        self._is_progressive = not frame.interlaced_frame
        self._last_pixels = frame.width * frame.height
        if frame.pts is not None:
            self._left_out.discard(frame.pts)
        self.decoded_frames += 1
        self.decoded_pixels += frame.width * frame.height
        if self.decoded_frames > self._limits.frames:
            raise TranscodeError(ErrorText.INVALID_VIDEO, f"over {self._limits.frames} frames")
        if self.decoded_pixels > self._limits.pixels:
            raise TranscodeError(ErrorText.INVALID_VIDEO, f"over {self._limits.pixels} pixels")

    def _count_left_out(self) -> None:
        """Count what was left out as if it had been decoded: it is a part of the source."""
        self.decoded_frames += len(self._left_out)
        self.decoded_pixels += len(self._left_out) * self._last_pixels

    def _check_decoded(self) -> None:
        if self.decoded_frames:
            return
        if not self._video_packets:
            raise TranscodeError(ErrorText.INVALID_VIDEO, "no video packets")
        if not self._key_packets:
            raise TranscodeError(ErrorText.NO_KEYFRAMES)
        declared = self._video.codec_context.sw_format  # a GPU says nothing of what it cannot do
        if declared is not None:
            self._check_format(declared.name)
        raise TranscodeError(ErrorText.INVALID_VIDEO, "no picture could be decoded")

    def _check_format(self, name: str) -> None:
        if self._backend.hardware is Hardware.NVIDIA and name not in _GPU_FORMATS:
            raise TranscodeError(ErrorText.UNSUPPORTED_PIXEL_FORMAT, name)


def _check_duration(container: InputContainer, limits: Limits) -> None:
    seconds = (container.duration or 0) / av.time_base
    if seconds > limits.duration_seconds:
        raise TranscodeError(ErrorText.INVALID_DURATION, f"{seconds:.3f} s")


def _best_video(container: InputContainer, limits: Limits, backend: Backend) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise TranscodeError(ErrorText.INVALID_VIDEO, "no video stream")
    context: VideoCodecContext | None = stream.codec_context  # the stubs forget None
    if context is None or context.name not in _VIDEO_DECODERS:
        raise TranscodeError(ErrorText.UNSUPPORTED_CODEC, getattr(context, "name", "unknown"))
    if backend.accelerator is not None and not context.is_hwaccel:
        raise TranscodeError(ErrorText.UNSUPPORTED_CODEC, f"{context.name} on {backend.name}")
    size = Size(context.width, context.height)
    if size.pixels > limits.frame_pixels:
        raise TranscodeError(ErrorText.INVALID_RESOLUTION, f"source of {size}")
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


def _end_of(stream: VideoStream) -> "Packet[Stream]":
    """Return what makes a decoder give its last frames."""
    packet: Packet[Stream] = Packet(0)
    packet.stream = stream
    return packet
