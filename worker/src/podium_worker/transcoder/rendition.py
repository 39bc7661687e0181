"""One output of a segment: place frames in time, scale, encode, count."""

from fractions import Fraction

from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from podium_worker.profiles import Profile
from podium_worker.transcoder.encoding import ENCODERS, encoder_options
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.grid import FrameGrid
from podium_worker.transcoder.muxer import Muxer
from podium_worker.transcoder.results import Rendition
from podium_worker.transcoder.sizes import Size, rendition_size
from podium_worker.transcoder.source import AudioUnit, Picture, Source

__all__ = ["RenditionWriter"]

_PIXEL_FORMAT = "yuv420p"
_NEVER = 1 << 62
_RUNAWAY_FACTOR = 25


class RenditionWriter:
    """Turns pictures and audio packets of one source into one rendition.

    A frame object may be shared between writers when no scaling is needed, and encoding rewrites
    its times: a writer sets them anew at every use and reads them from `Picture` only.
    """

    def __init__(self, profile: Profile, source: Source, first: Picture, muxer: Muxer) -> None:
        self._profile, self._source, self._muxer = profile, source, muxer
        rate = profile.frame_rate
        self._grid = FrameGrid(rate, source.time_base) if rate else None
        self._tick = 1 / rate if rate else source.time_base
        self._held: Picture | None = None
        self._next_key = -_NEVER
        self._planned = self._frames = 0
        self._size = rendition_size(
            Size(first.frame.width, first.frame.height), Size(profile.width, profile.height)
        )
        self._reformatter = VideoReformatter()
        options = encoder_options(profile, source.hardware)
        self._stream = muxer.add_video(
            ENCODERS[source.hardware], rate or source.frame_rate, options
        )
        self._encoder = self._stream.codec_context
        self._set_up_encoder(first.frame)
        muxer.add_audio(source.audio)
        muxer.start(first_pts=first.pts)

    def write_picture(self, picture: Picture) -> None:
        """Take the next picture; a frame that fills no slot is never scaled."""
        if self._grid is None:
            self._encode(picture, range(picture.pts, picture.pts + 1))
            return
        slots = self._grid.push(picture.pts, picture.duration)
        if self._held is not None:
            self._encode(self._held, slots)
        self._held = picture

    def write_audio(self, unit: AudioUnit) -> None:
        """Copy one audio packet."""
        self._muxer.write_audio(unit)

    def finish(self) -> Rendition:
        """Flush everything and return the rendition."""
        if self._grid is not None and self._held is not None:
            self._encode(self._held, self._grid.finish())
        self._drain(None)
        return Rendition(
            name=self._profile.name,
            data=self._muxer.finish(),
            pixels=self._frames * self._size.pixels,
            frames=self._frames,
            width=self._size.width,
            height=self._size.height,
            container=self._profile.format,
        )

    def _set_up_encoder(self, first: VideoFrame) -> None:
        context = self._encoder
        context.width, context.height = self._size.width, self._size.height
        context.pix_fmt = _PIXEL_FORMAT
        context.time_base = self._tick
        context.thread_count = 1
        context.sample_aspect_ratio = self._source.sample_aspect_ratio
        context.color_range = self._scale(first).color_range  # scaling may change it
        _copy_colours(first, context)

    def _encode(self, picture: Picture, times: range) -> None:
        """Encode a picture at every one of `times`, in ticks of this rendition."""
        self._check_runaway(times)
        scaled: VideoFrame | None = None
        for time in times:
            scaled = scaled or self._scale(picture.frame)
            scaled.pts, scaled.time_base = time, self._tick
            scaled.pict_type = self._picture_type(time)
            self._drain(scaled)

    def _drain(self, frame: VideoFrame | None) -> None:
        for packet in self._encoder.encode(frame):
            packet.stream = self._stream
            self._muxer.write_video(packet)
            self._frames += 1

    def _scale(self, frame: VideoFrame) -> VideoFrame:
        return self._reformatter.reformat(
            frame,
            self._size.width,
            self._size.height,
            _PIXEL_FORMAT,
            interpolation=Interpolation.BICUBIC,
            threads=1,
        )

    def _picture_type(self, time: int) -> PictureType:
        """Force the key frames that are due; a decoded frame's own type must not leak."""
        if time < self._next_key:
            return PictureType.NONE
        self._next_key = self._key_after(time)
        return PictureType.I

    def _key_after(self, time: int) -> int:
        if self._grid is not None or self._profile.gop_ms <= 0:
            return _NEVER  # after the first frame the encoder's interval rules
        return time + max(1, int(Fraction(self._profile.gop_ms, 1000) / self._tick))

    def _check_runaway(self, times: range) -> None:
        """Wild time stamps ask for endless copies; refuse before making them."""
        self._planned += times.stop - times.start
        limit = _RUNAWAY_FACTOR * self._source.decoded_frames
        if self._planned > limit:
            raise TranscodeError(ErrorText.RUNAWAY, f"{self._planned} frames, over {limit}")


def _copy_colours(frame: VideoFrame, context: VideoCodecContext) -> None:
    """A player shows wrong colours when the tags do not travel with the picture."""
    context.colorspace = frame.colorspace
    context.color_primaries = frame.color_primaries
    context.color_trc = frame.color_trc
