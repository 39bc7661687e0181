"""One segment in the making: packets in, a whole container out, in memory."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import av
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from podium_worker.batch.sound import Sound
from podium_worker.transcoder.media.timestamps import DecodingClock

__all__ = ["SegmentWriter"]


class SegmentWriter:
    """Collects packets; `shift_seconds` is added to every time, the same in all segments.

    `problem` says why it cannot become a segment, "" while it can: past `max_bytes`, or when
    packets are too broken to be put into a container. It then keeps nothing more.
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
        self._video = self._output.add_stream_from_template(video, opaque=True)
        self._audio = sound.add_to(self._output) if sound else None
        self._shift, self._max_bytes = shift_seconds, max_bytes
        self._bytes = 0
        self.problem = ""
        self._clocks = (DecodingClock(), DecodingClock())
        self._first: Fraction | None = None
        self._end = Fraction(0)

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
        """Return the whole segment; worthless when there is a `problem` afterwards."""
        with self._noting_problems():
            self._output.close()
        return self._buffer.getvalue()

    def _write(self, packet: "Packet[Any]", stream: Any, clock: DecodingClock) -> None:
        self._bytes += packet.size
        if self._bytes > self._max_bytes:
            self.problem = f"over {self._max_bytes >> 20} MiB; cut shorter with --segment-seconds"
        if self.problem:
            return
        shift = round(self._shift / packet.time_base)
        pts = None if packet.pts is None else packet.pts + shift
        dts = None if packet.dts is None else packet.dts + shift
        packet.pts, packet.dts = clock.repair(pts, dts, packet.duration or 0)
        packet.stream = stream
        with self._noting_problems():
            self._output.mux_one(packet)

    @contextmanager
    def _noting_problems(self) -> Iterator[None]:
        try:
            yield
        except FFmpegError as error:
            self.problem = f"its packets cannot be copied: {error.strerror}"
