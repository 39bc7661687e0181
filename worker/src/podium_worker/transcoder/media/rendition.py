"""One output of a segment: encode frames at given times, copy sound, count.

It neither scales nor decides which frames are shown. One thread at a time may use a writer.
"""

from dataclasses import dataclass
from fractions import Fraction

from av.codec.context import Flags, ThreadType
from av.codec.hwaccel import HWAccel
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.devices.hardware import Backend
from podium_worker.transcoder.media.accelerator import accelerator
from podium_worker.transcoder.media.encoding import EncoderProfile, encoder_name, encoder_options
from podium_worker.transcoder.media.kept_times import KeptTimes
from podium_worker.transcoder.media.muxer import Muxer
from podium_worker.transcoder.media.quality import LumaQuality
from podium_worker.transcoder.media.results import Rendition
from podium_worker.transcoder.media.scaler import PIXEL_FORMAT
from podium_worker.transcoder.media.sizes import Size, rendition_size
from podium_worker.transcoder.media.source import AudioUnit, Picture, Source

__all__ = ["Coding", "RenditionWriter", "coding"]

_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Coding:
    """The encoder of a rendition: FFmpeg's name for it, its options, its threads, its device."""

    encoder: str
    options: dict[str, str]
    threads: int = 1
    device: HWAccel | None = None


def coding(
    profile: Profile, backend: Backend, encoder_profile: EncoderProfile, *, threads: int
) -> Coding:
    """Choose the encoder of a rendition; `TranscodeError` when the backend has none."""
    options = encoder_options(profile, backend, encoder_profile=encoder_profile, threads=threads)
    return Coding(encoder_name(profile, backend), options, threads, accelerator(backend))


class RenditionWriter:
    """Turns frames and audio packets of one source into one rendition.

    Frames may be shared with other writers in turn, and encoding rewrites their times: a writer
    sets them anew at every use.
    """

    def __init__(self, profile: Profile, source: Source, muxer: Muxer, coding: Coding) -> None:
        self._profile, self._source, self._muxer, self._coding = profile, source, muxer, coding
        rate = profile.frame_rate
        self._rate = rate or source.frame_rate
        self._tick = 1 / rate if rate else source.time_base
        self._key_step = _key_step(profile, self._tick)
        self._next_key = -_NEVER
        self._stream: VideoStream | None = None
        self._encoder: VideoCodecContext | None = None
        self._kept: KeptTimes | None = None
        self._size = self._first_size = Size(0, 0)
        self._frames = self._pixels = 0
        self._quality = LumaQuality()

    def size_of(self, source: Size) -> Size:
        """Return the size of frames that this writer wants of pictures of `source`."""
        wanted = Size(self._profile.width, self._profile.height)
        return rendition_size(source, wanted, self._profile.encoder)

    def prepare(self, picture: Picture, source: Size) -> None:
        """Open the output with the first picture, and another encoder when the size changes.

        MPEG-TS carries the new size in the stream itself. MP4 has one size for all: its encoder
        stays and scales what comes.
        """
        size = self.size_of(source)
        if self._stream is None:
            self._open(picture, size)
        elif size != self._size and self._profile.format is not Container.MP4:
            self.drain()
            self._encoder = self._another_encoder()
            self._set_up(self._encoder, picture.frame, size)

    def encode(self, frame: VideoFrame, times: range) -> None:
        """Encode a frame at every one of `times`, in ticks of this rendition."""
        for time in times:
            frame.pts = time if self._kept is None else self._kept.add(time)
            frame.time_base = self._tick if self._kept is None else 1 / self._rate
            frame.pict_type = self._picture_type(time)
            self._write(frame)

    def write_audio(self, unit: AudioUnit) -> None:
        """Copy one audio packet."""
        self._muxer.write_audio(unit)

    def drain(self) -> None:
        """Write everything that the encoder still holds; it takes nothing after this."""
        self._write(None)

    def finish(self) -> Rendition:
        """Close the output and return it; after `drain`."""
        return Rendition(
            name=self._profile.name,
            data=self._muxer.finish(),
            pixels=self._pixels,
            frames=self._frames,
            width=self._first_size.width,
            height=self._first_size.height,
            container=self._profile.format,
            psnr_db=self._quality.psnr_db,
        )

    def _open(self, picture: Picture, size: Size) -> None:
        coding = self._coding
        self._stream = self._muxer.add_video(
            coding.encoder, self._rate, coding.options, hwaccel=coding.device
        )
        self._stream.time_base = self._tick
        self._encoder = self._stream.codec_context
        self._set_up(self._encoder, picture.frame, size)
        self._muxer.add_audio(self._source.audio)
        self._muxer.start(first_pts=picture.pts)

    def _another_encoder(self) -> VideoCodecContext:
        coding = self._coding
        context = VideoCodecContext.create(coding.encoder, "w", hwaccel=coding.device)
        if not isinstance(context, VideoCodecContext):
            raise TypeError(f"{coding.encoder} does not encode pictures")
        context.options, context.framerate = dict(coding.options), self._rate
        return context

    def _set_up(self, context: VideoCodecContext, first: VideoFrame, size: Size) -> None:
        self._size = size
        context.width, context.height = size.width, size.height
        context.pix_fmt = PIXEL_FORMAT
        context.time_base = 1 / self._rate
        if self._profile.frame_rate is None:
            self._kept = KeptTimes(int(1 / (self._rate * self._tick)))
        context.thread_count, context.thread_type = self._coding.threads, ThreadType.FRAME
        context.sample_aspect_ratio = self._source.sample_aspect_ratio
        context.flags |= Flags.psnr
        _copy_colours(first, context)

    def _write(self, frame: VideoFrame | None) -> None:
        if self._encoder is None or self._stream is None:
            return
        for packet in self._encoder.encode(frame):
            packet.stream = self._stream
            self._count(packet)
            self._return_times(packet)
            self._muxer.write_video(packet)

    def _return_times(self, packet: "Packet[VideoStream]") -> None:
        if self._kept is not None and packet.pts is not None:
            packet.pts, packet.dts = self._kept.of(packet.pts, packet.dts)
            packet.time_base, packet.duration = self._tick, 0

    def _count(self, packet: "Packet[VideoStream]") -> None:
        if self._frames == 0:
            self._first_size = self._size  # an encoder may have come and gone without a frame
        self._frames += 1
        self._pixels += self._size.pixels
        self._quality.add(packet, self._size.pixels)

    def _picture_type(self, time: int) -> PictureType:
        """Force the key frames that are due; a decoded frame's own type must not leak."""
        if time < self._next_key:
            return PictureType.NONE
        self._next_key = time + self._key_step
        return PictureType.I


def _key_step(profile: Profile, tick: Fraction) -> int:
    """Return the ticks between forced key frames; with a frame rate the encoder counts itself."""
    if profile.frame_rate is not None or profile.gop_ms <= 0:
        return _NEVER
    return max(1, int(Fraction(profile.gop_ms, 1000) / tick))


def _copy_colours(frame: VideoFrame, context: VideoCodecContext) -> None:
    """A player shows wrong colours when the tags do not travel with the picture."""
    context.color_range = frame.color_range
    context.colorspace = frame.colorspace
    context.color_primaries = frame.color_primaries
    context.color_trc = frame.color_trc
