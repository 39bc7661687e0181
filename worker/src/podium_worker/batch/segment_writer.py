"""One segment in the making: packets in, a whole container out, in memory."""

import io
from fractions import Fraction
from typing import Any

import av
from av.packet import Packet
from av.video.stream import VideoStream

from podium_worker.batch.sound import Sound
from podium_worker.transcoder.timestamps import DecodingClock

__all__ = ["SegmentWriter"]


class SegmentWriter:
    """Collects packets; `shift_seconds` is added to every time, the same in all segments.

    Past `max_bytes` it keeps nothing more: such a segment is refused as a whole.
    """

    def __init__(
        self,
        container: str,
        video: VideoStream,
        *,
        sound: Sound | None,
        shift_seconds: Fraction,
        max_bytes: int,
    ) -> None:
        self._buffer = io.BytesIO()
        self._output = av.open(self._buffer, "w", format=container)
        self._video = self._output.add_stream_from_template(video)
        self._audio = sound.add_to(self._output) if sound else None
        self._shift, self._max_bytes = shift_seconds, max_bytes
        self._bytes = 0
        self._clocks = (DecodingClock(), DecodingClock())
        self._first: Fraction | None = None
        self._end = Fraction(0)

    @property
    def is_too_large(self) -> bool:
        """Whether it got more than it may hold."""
        return self._bytes > self._max_bytes

    @property
    def seconds(self) -> float:
        """How long its pictures last."""
        return float(self._end - self._first) if self._first is not None else 0.0

    def write_video(self, packet: "Packet[VideoStream]") -> None:
        """Take one packet of the video stream."""
        if packet.pts is not None:
            start = packet.pts * packet.time_base
            self._first = start if self._first is None else min(self._first, start)
            self._end = max(self._end, start + (packet.duration or 0) * packet.time_base)
        self._write(packet, self._video, self._clocks[0])

    def write_audio(self, packet: "Packet[Any]") -> None:
        """Take one packet of the sound."""
        if self._audio is not None:
            self._write(packet, self._audio, self._clocks[1])

    def finish(self) -> bytes:
        """Return the whole segment."""
        self._output.close()
        return self._buffer.getvalue()

    def _write(self, packet: "Packet[Any]", stream: Any, clock: DecodingClock) -> None:
        self._bytes += packet.size
        if self.is_too_large:
            return
        shift = round(self._shift / packet.time_base)
        pts = None if packet.pts is None else packet.pts + shift
        dts = None if packet.dts is None else packet.dts + shift
        packet.pts, packet.dts = clock.repair(pts, dts, packet.duration or 0)
        packet.stream = stream
        self._output.mux_one(packet)
