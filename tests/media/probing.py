"""What a decoder sees in an output: the referee of the media tests."""

import hashlib
import io
from dataclasses import dataclass
from fractions import Fraction

import av
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

__all__ = ["Contents", "probe"]


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything decoded: sizes, times in seconds, key frames, colours, sound.

    `width` and `height` are the first picture's, `sizes` are everyone's. `luma` has every
    picture's Y plane, packed to its width, only when it was asked for.
    """

    container: str
    width: int
    height: int
    sizes: tuple[tuple[int, int], ...]
    times: tuple[Fraction, ...]
    key_times: tuple[Fraction, ...]
    colours: tuple[int, int, int, int]
    pixel_format: str
    codec_profile: str | None
    audio_times: tuple[Fraction, ...]
    audio_md5s: tuple[str, ...]
    decode_times: tuple[Fraction, ...]
    luma: tuple[bytes, ...]

    @property
    def frames(self) -> int:
        """Pictures that a decoder gives."""
        return len(self.times)

    @property
    def pixels(self) -> int:
        """Pixels that a decoder gives."""
        return sum(width * height for width, height in self.sizes)


def probe(data: bytes, *, with_luma: bool = False) -> Contents:
    """Decode everything; raises what PyAV raises when it cannot."""
    with av.open(io.BytesIO(data), "r") as source:
        packets = [packet for packet in source.demux() if packet.stream.type in {"video", "audio"}]
        video = [packet for packet in packets if packet.stream.type == "video"]
        audio = [packet for packet in packets if packet.stream.type == "audio" and packet.size]
        frames = [frame for packet in video for frame in source.streams.video[0].decode(packet)]
        first = frames[0]
        return Contents(
            container=source.format.name,
            width=first.width,
            height=first.height,
            sizes=tuple((frame.width, frame.height) for frame in frames),
            times=tuple(_seconds(frame.pts, frame.time_base) for frame in frames),
            key_times=tuple(_pts(packet) for packet in video if packet.is_keyframe),
            colours=(
                first.color_range,
                first.colorspace,
                first.color_primaries,
                first.color_trc,
            ),
            pixel_format=first.format.name,
            codec_profile=source.streams.video[0].codec_context.profile,
            audio_times=tuple(_pts(packet) for packet in audio),
            audio_md5s=tuple(_md5(packet) for packet in audio),
            decode_times=tuple(
                _seconds(packet.dts, packet.time_base) for packet in video if packet.size
            ),
            luma=tuple(_luma(frame) for frame in frames) if with_luma else (),
        )


def _pts(packet: "Packet[Stream]") -> Fraction:
    return _seconds(packet.pts, packet.time_base)


def _seconds(ticks: int | None, time_base: Fraction | None) -> Fraction:
    if ticks is None or time_base is None:
        raise ValueError("an output without time stamps")
    return ticks * time_base


def _md5(packet: "Packet[Stream]") -> str:
    return hashlib.md5(bytes(packet), usedforsecurity=False).hexdigest()


def _luma(frame: VideoFrame) -> bytes:
    plane = frame.planes[0]
    rows, stride = bytes(plane), plane.line_size
    return b"".join(rows[row * stride : row * stride + frame.width] for row in range(frame.height))
