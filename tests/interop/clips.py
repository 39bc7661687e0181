"""Source segments made here: a moving picture and a tone, in TS or MP4, of any shape."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

__all__ = ["Clip", "with_garbage_after_start", "without_key_frame"]

_TS_PACKET = 188
_FRAME_SAMPLES = {"aac": 1024, "libmp3lame": 1152}
_Packet: TypeAlias = "av.Packet[VideoStream] | av.Packet[AudioStream]"
_ENCODER_OPTIONS: dict[str, dict[str, object]] = {
    "libx264": {"preset": "veryfast", "g": "600"},
    "libx265": {"preset": "ultrafast", "g": "600", "x265-params": "log-level=none"},
    "mpeg2video": {"g": "600"},
}


@dataclass(frozen=True, slots=True)
class Clip:
    """How a stream of segments looks; segment n starts at `start_seconds + n * seconds`."""

    width: int = 640
    height: int = 360
    rate: Fraction = Fraction(30)
    seconds: int = 2
    start_seconds: int = 10
    sound: str = "aac"
    sound_rate: int = 48_000
    codec: str = "libx264"
    pixel_shape: Fraction = Fraction(1)
    container: str = "mpegts"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def frames(self) -> int:
        """Frames of one segment."""
        return int(self.seconds * self.rate)

    def segment(self, number: int = 0) -> bytes:
        """Return one whole segment of its own: it starts with a key frame."""
        return _encode(self, number)


@cache
def _encode(clip: Clip, number: int) -> bytes:
    sink = io.BytesIO()
    start = clip.start_seconds + number * clip.seconds
    with av.open(sink, "w", format=clip.container) as output:
        video = _add_video(output, clip) if clip.codec else None
        audio = _add_audio(output, clip) if clip.sound else None
        packets = _encode_video(video, clip, start) if video else []
        packets += _encode_audio(audio, clip, start) if audio else []
        for packet in sorted(packets, key=_decode_time):
            output.mux(packet)
    return sink.getvalue()


def _decode_time(packet: _Packet) -> Fraction:
    assert packet.dts is not None
    return packet.dts * packet.time_base


def _add_video(output: OutputContainer, clip: Clip) -> VideoStream:
    stream = output.add_stream(clip.codec, rate=clip.rate)
    assert isinstance(stream, VideoStream)
    stream.options = _ENCODER_OPTIONS[clip.codec]
    stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
    stream.codec_context.time_base = 1 / clip.rate
    stream.codec_context.sample_aspect_ratio = clip.pixel_shape
    return stream


def _add_audio(output: OutputContainer, clip: Clip) -> AudioStream:
    stream = output.add_stream(clip.sound, rate=clip.sound_rate, layout="stereo")
    assert isinstance(stream, AudioStream)
    return stream


def _encode_video(stream: VideoStream, clip: Clip, start_seconds: int) -> list[_Packet]:
    packets: list[_Packet] = []
    for index, picture in enumerate(_pictures(clip, start_seconds)):
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.time_base = 1 / clip.rate
        frame.pts = round(start_seconds * clip.rate) + index
        packets += stream.encode(frame)
    return packets + list(stream.encode())


def _encode_audio(stream: AudioStream, clip: Clip, start_seconds: int) -> list[_Packet]:
    packets: list[_Packet] = []
    samples = _FRAME_SAMPLES[clip.sound]
    ends = (start_seconds, start_seconds + clip.seconds)
    for number in range(*(end * clip.sound_rate // samples for end in ends)):
        times = np.arange(number * samples, (number + 1) * samples) / clip.sound_rate
        tone = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base = clip.sound_rate, Fraction(1, clip.sound_rate)
        frame.pts = number * samples
        packets += stream.encode(frame)
    return packets + list(stream.encode())


def _pictures(clip: Clip, start_seconds: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield a mosaic that drifts: detailed, and predictable, so that encoders see no cuts."""
    tiles = np.random.default_rng(clip.width).integers(
        40, 216, (3, clip.height // 16 + 1, clip.width // 16 + 1), dtype=np.uint8
    )
    luma = tiles[0].repeat(16, 0).repeat(16, 1)[: clip.height, : clip.width]
    colour = tiles[1:].repeat(8, 1).repeat(8, 2)[:, : clip.height // 2, : clip.width // 2]
    for index in range(clip.frames):
        shift = 2 * round((start_seconds % 60 + index / clip.rate) * 30)
        planes = [np.roll(luma, shift, 1).ravel(), np.roll(colour, shift // 2, 2).ravel()]
        yield np.concatenate(planes).reshape(clip.height * 3 // 2, clip.width)


def with_garbage_after_start(source: bytes, *, kept_packets: int = 3) -> bytes:
    """Return a TS segment whose packets keep their headers but, after the first, hold noise."""
    noise, garbled = random.Random(1), bytearray(source)
    for start in range(kept_packets * _TS_PACKET, len(source), _TS_PACKET):
        garbled[start + 4 : start + _TS_PACKET] = noise.randbytes(_TS_PACKET - 4)
    return bytes(garbled)


def without_key_frame(source: bytes) -> bytes:
    """Return a TS segment whose stream is announced but that holds no frame to start from.

    Its parameter sets are kept, so that a gateway still reads codec and size, and passes it on.
    """
    sink = io.BytesIO()
    with av.open(io.BytesIO(source), "r") as given, av.open(sink, "w", format="mpegts") as output:
        stream = given.streams.video[0]
        copy = output.add_stream_from_template(stream)
        parameters = b""
        for packet in given.demux(stream):
            if packet.is_keyframe:
                parameters = bytes(packet).partition(b"\x00\x00\x01\x65")[0]
            elif packet.pts is not None and packet.dts is not None:
                changed = av.Packet(parameters + bytes(packet))
                changed.stream, changed.time_base = copy, packet.time_base
                changed.pts, changed.dts = packet.pts, packet.dts
                output.mux(changed)
    return sink.getvalue()
