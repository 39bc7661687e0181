"""What a viewer gets: every picture of an output with its number, size, time and kind."""

import io
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.frame import VideoFrame
from tests.media.semantics.films import number_in

__all__ = ["Shown", "Sound", "View", "view"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One decoded picture; `seconds` is when it is shown."""

    number: int
    seconds: Fraction
    width: int
    height: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound packet without its transport's header."""

    payload: bytes
    seconds: Fraction


@dataclass(frozen=True, slots=True)
class View:
    """A whole output, decoded.

    `middle` has the darkest and brightest luma and both chromas across the last picture's middle.
    """

    container: str
    codec: str
    profile: str | None
    streams: tuple[str, ...]
    shown: tuple[Shown, ...]
    sounds: tuple[Sound, ...]
    colours: tuple[int, int, int, int]
    pixel_format: str
    sample_aspect_ratio: Fraction
    middle: tuple[float, float, float, float]
    metadata: dict[str, str]
    video_bytes: int

    @property
    def pixels(self) -> int:
        """What a verifier counts."""
        return sum(picture.width * picture.height for picture in self.shown)

    @property
    def numbers(self) -> list[int]:
        """Which pictures are shown, in order."""
        return [picture.number for picture in self.shown]

    @property
    def times(self) -> list[Fraction]:
        """When, in seconds."""
        return [picture.seconds for picture in self.shown]

    @property
    def keys(self) -> list[int]:
        """Which of the pictures shown are key frames, by their place."""
        return [place for place, picture in enumerate(self.shown) if picture.is_key]


def view(data: bytes) -> View:
    """Decode everything with a decoder that knows nothing of how it was made."""
    with av.open(io.BytesIO(data), "r") as source:
        (video,) = source.streams.video
        video.thread_count = 1
        packets = [packet for packet in source.demux() if packet.stream.type in {"video", "audio"}]
        pictures = [packet for packet in packets if packet.stream is video]
        frames = [frame for packet in pictures for frame in video.decode(packet)]
        keys = {packet.pts for packet in pictures if packet.is_keyframe}
        return View(
            container=source.format.name,
            codec=video.codec.canonical_name,
            profile=video.codec_context.profile,
            streams=tuple(stream.type for stream in source.streams),
            shown=tuple(_shown(frame, is_key=frame.pts in keys) for frame in frames),
            sounds=tuple(
                Sound(_payload(bytes(packet)), _seconds(packet.pts, packet.time_base))
                for packet in packets
                if packet.stream.type == "audio" and packet.size
            ),
            colours=(
                frames[0].color_range,
                frames[0].colorspace,
                frames[0].color_primaries,
                frames[0].color_trc,
            ),
            pixel_format=frames[0].format.name,
            sample_aspect_ratio=video.sample_aspect_ratio or Fraction(1),
            middle=_middle(frames[-1]),
            metadata=dict(source.metadata),
            video_bytes=sum(packet.size for packet in pictures),
        )


def _shown(frame: VideoFrame, *, is_key: bool) -> Shown:
    plane = frame.planes[0]
    rows, stride = bytes(plane), plane.line_size
    packed = b"".join(
        rows[row * stride : row * stride + frame.width] for row in range(frame.height)
    )
    return Shown(
        number_in(packed, frame.width),
        _seconds(frame.pts, frame.time_base),
        frame.width,
        frame.height,
        is_key,
    )


def _middle(frame: VideoFrame) -> tuple[float, float, float, float]:
    if frame.format.name not in {"yuv420p", "yuvj420p"}:
        return (0, 0, 0, 0)
    rows = []
    for plane in frame.planes:
        start = plane.height // 2 * plane.line_size
        rows.append(sorted(bytes(plane)[start : start + plane.width]))
    luma, blue, red = rows
    edge = len(luma) // 7
    return (
        sum(luma[2 : edge - 2]) / (edge - 4),
        sum(luma[2 - edge : -2]) / (edge - 4),
        sum(blue) / len(blue),
        sum(red) / len(red),
    )


def _seconds(ticks: int | None, time_base: Fraction | None) -> Fraction:
    assert ticks is not None
    assert time_base is not None
    return ticks * time_base


def _payload(packet: bytes) -> bytes:
    """Take the ADTS header off an AAC packet of MPEG-TS, as a container with its own would."""
    if packet[:1] != b"\xff" or packet[1] & 0xF6 != 0xF0:
        return packet
    return packet[7 if packet[1] & 1 else 9 :]
