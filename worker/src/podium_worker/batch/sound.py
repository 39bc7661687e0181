"""The sound of a file on its way into segments: copied where they can carry it, else AAC.

Renditions copy their segment's sound, so a segment needs one that MPEG-TS and MP4 carry.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Protocol

from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import InvalidDataError
from av.packet import Packet

__all__ = ["Sound", "sound_for"]

_CARRIED = frozenset({"aac", "aac_latm", "mp3", "mp2", "ac3", "opus"})
_AAC_RATES = frozenset({16_000, 22_050, 24_000, 32_000, 44_100, 48_000})
_AAC_BITRATE = 128_000
_AAC_FRAME = 1024


class Sound(Protocol):
    """One sound track, packet by packet."""

    def add_to(self, output: OutputContainer) -> AudioStream:
        """Declare the track in a segment."""

    def take(self, packet: "Packet[AudioStream]") -> "Iterator[Packet[Any]]":
        """Return what a packet becomes; an empty one ends the track."""


def sound_for(stream: AudioStream | None) -> tuple[Sound | None, str]:
    """Return the track, None without one, and what a person should know of it."""
    if stream is None:
        return None, ""
    name = stream.codec_context.codec.canonical_name
    if name in _CARRIED:
        return _Copy(stream), ""
    if stream.codec_context.sample_rate <= 0:
        return None, f"the sound ({name}) tells no sample rate and is left out"
    return _ToAac(stream), f"the sound is {name}, which segments cannot carry: made AAC"


class _Copy:
    """Packets as they are."""

    def __init__(self, stream: AudioStream) -> None:
        self._stream = stream

    def add_to(self, output: OutputContainer) -> AudioStream:
        return output.add_stream_from_template(self._stream)

    def take(self, packet: "Packet[AudioStream]") -> "Iterator[Packet[Any]]":
        if packet.size:
            yield packet


class _ToAac:
    """Decodes and encodes again, in stereo, on the file's own timeline."""

    def __init__(self, stream: AudioStream) -> None:
        self._stream = stream
        rate = stream.codec_context.sample_rate
        self._rate = rate if rate in _AAC_RATES else 48_000
        self._resampler = self._new_resampler()
        self._encoder = AudioCodecContext.create("aac", "w")
        self._set_up(self._encoder)

    def add_to(self, output: OutputContainer) -> AudioStream:
        stream = output.add_stream("aac", rate=self._rate)
        self._set_up(stream.codec_context)
        return stream

    def take(self, packet: "Packet[AudioStream]") -> "Iterator[Packet[Any]]":
        for frame in [*self._decode(packet), *([] if packet.size else [None])]:
            for resampled in self._resampled(frame):
                yield from self._encoder.encode(resampled)
        if not packet.size:
            yield from self._encoder.encode(None)

    def _decode(self, packet: "Packet[AudioStream]") -> list[AudioFrame]:
        try:
            return self._stream.decode(packet)
        except InvalidDataError:
            return []  # a broken packet costs its own samples

    def _resampled(self, frame: AudioFrame | None) -> list[AudioFrame]:
        try:
            return self._resampler.resample(frame)
        except ValueError:  # the sound changed its rate or channels: another one is needed
            self._resampler = self._new_resampler()
            return self._resampler.resample(frame)

    def _new_resampler(self) -> AudioResampler:
        return AudioResampler("fltp", "stereo", self._rate, frame_size=_AAC_FRAME)

    def _set_up(self, encoder: AudioCodecContext) -> None:
        encoder.sample_rate = self._rate
        encoder.layout = "stereo"
        encoder.format = "fltp"
        encoder.bit_rate = _AAC_BITRATE
        encoder.time_base = Fraction(1, self._rate)
