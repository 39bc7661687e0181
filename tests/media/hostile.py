"""Segments that no encoder should have made, for tests of everything that takes segments.

Each builder returns MPEG-TS (or worse) and is deterministic; `HOSTILE` lists them by a name that
says what is wrong.
"""

import io
import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

import av
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from tests.media.segments import Segment, segments

__all__ = [
    "HOSTILE",
    "audio_only",
    "drawn",
    "endless_gap",
    "huge_picture",
    "no_keyframe",
    "noise",
    "playlist",
    "small_segment",
    "truncated",
    "without_audio",
]

_QUICK = {"preset": "ultrafast", "bf": "0", "x265-params": "log-level=none"}


@cache
def small_segment() -> Segment:
    """Return one good real segment, small enough to be mutated often."""
    return segments(seconds=1, segment_seconds=1.0, size=(320, 180))[0]


def truncated(data: bytes | None = None) -> bytes:
    """Cut a good segment in the middle of a packet."""
    data = data or small_segment().data
    return data[: len(data) // 2 + 77]


def noise() -> bytes:
    """Return random bytes."""
    return random.Random(1).randbytes(50_000)


def playlist() -> bytes:
    """Return text that some demuxers follow to files and addresses of the reader's machine."""
    return b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"


def no_keyframe() -> bytes:
    """Return a segment whose key frame is lost."""
    return _remuxed(lambda packet: packet.stream.type == "audio" or not packet.is_keyframe)


def audio_only() -> bytes:
    """Return a segment with sound and no video stream."""
    return _remuxed(lambda packet: packet.stream.type == "audio", kinds=("audio",))


def silent_picture() -> bytes:
    """Return a segment whose video stream is declared and carries nothing."""
    return _remuxed(lambda packet: packet.stream.type == "audio")


def without_audio() -> bytes:
    """Return a good segment without an audio stream."""
    return _remuxed(lambda packet: packet.stream.type == "video", kinds=("video",))


def empty_audio() -> bytes:
    """Return a segment whose audio stream is declared and carries nothing."""
    return _remuxed(lambda packet: packet.stream.type == "video")


def endless_gap() -> bytes:
    """Return a segment whose second half lies 200 s later."""
    middle = small_segment().start_ticks + 45_000

    def later(packet: "Packet[Stream]") -> int:
        return 200 * 90_000 if (packet.dts or 0) >= middle else 0

    return _remuxed(lambda _: True, shift=later)


def long_tail() -> bytes:
    """Return a segment that claims to last ten minutes."""
    middle = small_segment().start_ticks + 45_000

    def later(packet: "Packet[Stream]") -> int:
        return 600 * 90_000 if (packet.dts or 0) >= middle else 0

    return _remuxed(lambda _: True, shift=later)


@cache
def huge_picture() -> bytes:
    """Return a small file that decodes to a picture of 8192x8192."""
    return drawn(8192, 8192, frames=1)


def drawn(
    width: int,
    height: int,
    *,
    frames: int = 10,
    pixel_format: str = "yuv420p",
    codec: str = "libx264",
    container: str = "mpegts",
    rate: int = 25,
    first_ticks: int = 0,
    gaps: Mapping[int, int] | None = None,
    colours: tuple[int, int, int, int] | None = None,
) -> bytes:
    """Return a plain moving gradient; `gaps` adds 90 kHz ticks before a frame by its number."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, options=dict(_QUICK))
        if not isinstance(stream, VideoStream):
            raise TypeError(f"{codec} is no video codec")
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.time_base = Fraction(1, 90_000)
        if colours:
            context = stream.codec_context
            context.color_range, context.colorspace = colours[:2]
            context.color_primaries, context.color_trc = colours[2:]
        ticks = first_ticks
        for number in range(frames):
            ticks += (gaps or {}).get(number, 0)
            frame = _gradient(width, height, number).reformat(format=pixel_format)
            frame.pts, frame.time_base = ticks, Fraction(1, 90_000)
            output.mux(stream.encode(frame))
            ticks += 90_000 // rate
        output.mux(stream.encode(None))
    return buffer.getvalue()


def _mpeg2() -> bytes:
    """Return a segment of the codec before H.264."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mpegts") as output:
        stream = output.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(5):
            frame = _gradient(320, 180, number)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "noise": noise,
    "a playlist that names a local file": playlist,
    "truncated": truncated,
    "no key frame": no_keyframe,
    "audio only": audio_only,
    "a video stream without packets": silent_picture,
    "a gap of 200 s": endless_gap,
    "ten minutes long": long_tail,
    "pictures of 8192x8192": huge_picture,
    "a codec that nobody asks for": _mpeg2,
}
"""Everything here but `truncated` must be refused; each with a known text."""


def _gradient(width: int, height: int, number: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for index, plane in enumerate(frame.planes):
        size = plane.buffer_size
        rows = bytes((8 * number + 32 * index + place) % 200 + 20 for place in range(256))
        plane.update((rows * (size // 256 + 1))[:size])
    return frame


def _remuxed(
    keep: "Callable[[Packet[Stream]], bool]",
    *,
    kinds: tuple[str, ...] = ("video", "audio"),
    shift: "Callable[[Packet[Stream]], int]" = lambda _: 0,
) -> bytes:
    """Copy a good segment, leaving out packets and moving the others in time."""
    buffer = io.BytesIO()
    with (
        av.open(io.BytesIO(small_segment().data), "r") as source,
        av.open(buffer, "w", format="mpegts") as output,
    ):
        chosen = [stream for stream in source.streams if stream.type in kinds]
        streams = {stream.index: output.add_stream_from_template(stream) for stream in chosen}
        output.start_encoding()
        for packet in source.demux(chosen):
            if packet.dts is None or packet.pts is None or not keep(packet):
                continue
            later = shift(packet)
            packet.dts, packet.pts = packet.dts + later, packet.pts + later
            packet.stream = streams[packet.stream.index]
            output.mux_one(packet)
    return buffer.getvalue()
