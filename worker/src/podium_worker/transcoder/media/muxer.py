"""Packets into one output container, on the source's own timeline.

It never looks at pictures, and it changes no audio byte.
"""

import contextlib
from fractions import Fraction
from typing import Any

import av
from av.audio.stream import AudioStream
from av.codec.hwaccel import HWAccel
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from podium_worker.profiles import Container
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.sinks import open_sink
from podium_worker.transcoder.media.source import AudioUnit
from podium_worker.transcoder.media.timestamps import DecodingClock

__all__ = ["Muxer"]

_METADATA = {
    Container.MPEGTS: {"service_provider": "Podium"},
    Container.MP4: {"comment": "Processed by Podium"},
}
_EARLIEST_SECONDS = 10
_MOST_REORDERED = 32
_EMPTY_TS_PACKET = b"\x47\x1f\xff\x10".ljust(188, b"\xff")
_LEAST_TS_BYTES = 4096  # FFmpeg does not take less than 2 kB for MPEG-TS, so nor would a verifier
_TS_TICKS = 90_000
_TS_WRAP = 1 << 33  # what MPEG-TS counts modulo: adding it changes nothing but the sign


class Muxer:
    """One output: add the streams, `start`, write, `finish`, and `close` in any case."""

    def __init__(self, container: Container, *, max_bytes: int) -> None:
        self._is_ts = container is Container.MPEGTS
        self._file_shift_seconds = Fraction(0)
        self._max_bytes = max_bytes
        self._bytes = 0
        self._sink = open_sink(container)
        self._output = av.open(
            self._sink.target, "w", format=container.value, container_options=self._sink.options
        )
        self._output.metadata.update(_METADATA[container])
        self._video: VideoStream | None = None
        self._audio: AudioStream | None = None
        self._first_pts: int | None = None
        self._video_packets = 0
        self._video_clock = DecodingClock()
        self._audio_clock = DecodingClock()

    def add_video(
        self,
        encoder: str,
        rate: Fraction,
        options: dict[str, str],
        *,
        hwaccel: HWAccel | None = None,
    ) -> VideoStream:
        """Add the video stream, whose codec context the caller sets up before `start`."""
        stream: VideoStream = self._output.add_stream(  # type: ignore[assignment]  # a video encoder makes a video stream
            encoder, rate=rate, options=options, hwaccel=hwaccel
        )
        if not self._is_ts and stream.codec.canonical_name == "hevc":
            stream.codec_context.codec_tag = "hvc1"  # some players know no other
        self._video = stream
        return stream

    def add_audio(self, template: AudioStream | None) -> None:
        """Declare audio like the source's; None leaves it out."""
        if template is not None:
            self._audio = self._output.add_stream_from_template(template)

    def start(self, *, first_pts: int) -> None:
        """Write the header; a timeline that starts at 0 or later keeps its zero.

        One that starts below lies before MPEG-TS's wrap. Files cannot show what is below 0: there
        the wrapped part follows, as for a player that counts on.
        """
        self._output.start_encoding()
        if self._is_ts:
            self._video_clock = DecodingClock(floor=_TS_WRAP if first_pts >= 0 else None)
        elif first_pts < 0:
            self._file_shift_seconds = Fraction(_TS_WRAP, _TS_TICKS)

    def write_video(self, packet: "Packet[VideoStream]") -> None:
        """Write one encoded packet of the video stream, the earliest picture first."""
        self._check_decoding_time(packet)
        if self._is_ts:
            self._set_ts_times(packet, self._video_clock)
        else:
            self._set_file_times(packet, self._video_clock, self._video)
        self._write(packet)

    def write_audio(self, unit: AudioUnit) -> None:
        """Copy one audio packet, its bytes and its time."""
        if self._audio is None:
            return
        packet = Packet(unit.data)
        packet.stream = self._audio
        packet.pts, packet.dts, packet.time_base = unit.pts, unit.dts, unit.time_base
        packet.duration = unit.duration
        packet.is_keyframe = True
        if self._is_ts:
            self._set_ts_times(packet, self._audio_clock)
        else:
            self._set_file_times(packet, self._audio_clock, self._audio)
        self._write(packet)

    def finish(self) -> bytes:
        """Write the trailer and return the whole output."""
        self._output.close()
        data = self._sink.read()
        if self._is_ts:
            missing = max(0, _LEAST_TS_BYTES - len(data))
            data += _EMPTY_TS_PACKET * -(-missing // len(_EMPTY_TS_PACKET))
        return data

    def close(self) -> None:
        """Give memory and descriptors back, also after a failure."""
        with contextlib.suppress(FFmpegError):  # the output is lost anyway
            self._output.close()
        self._sink.close()

    def _check_decoding_time(self, packet: "Packet[VideoStream]") -> None:
        """Make up a decoding time where there is none in sense.

        x265 leaves it to chance when a segment has fewer pictures than it reorders.
        """
        if packet.pts is None:
            return
        if self._first_pts is None:
            self._first_pts = packet.pts
        self._video_packets += 1
        early = self._first_pts - round(_EARLIEST_SECONDS / packet.time_base)
        if packet.dts is None or not early <= packet.dts <= packet.pts:
            packet.dts = self._first_pts - _MOST_REORDERED + self._video_packets

    def _set_ts_times(self, packet: "Packet[Any]", clock: DecodingClock) -> None:
        """Keep every time as it is: the muxer would shift all of them to avoid one below 0."""
        scale = packet.time_base * _TS_TICKS
        pts = None if packet.pts is None else _nearest(packet.pts * scale) + _TS_WRAP
        dts = None if packet.dts is None else _nearest(packet.dts * scale) + _TS_WRAP
        packet.pts, packet.dts = clock.repair(pts, dts, _nearest((packet.duration or 0) * scale))
        packet.duration = None
        packet.time_base = Fraction(1, _TS_TICKS)

    def _set_file_times(
        self,
        packet: "Packet[Any]",
        clock: DecodingClock,
        stream: VideoStream | AudioStream | None,
    ) -> None:
        """Let times rise in the file's own ticks: two of the source's may be one of those."""
        time_base = (stream and stream.time_base) or packet.time_base
        scale, shift = packet.time_base / time_base, self._file_shift_seconds / time_base
        pts = None if packet.pts is None else _nearest(packet.pts * scale + shift)
        dts = None if packet.dts is None else _nearest(packet.dts * scale + shift)
        duration = _nearest((packet.duration or 0) * scale)
        packet.pts, packet.dts = clock.repair(pts, dts, duration)
        packet.duration, packet.time_base = duration, time_base

    def _write(self, packet: "Packet[Any]") -> None:
        self._bytes += packet.size
        if self._bytes > self._max_bytes:
            raise TranscodeError(ErrorText.INVALID_VIDEO, f"output over {self._max_bytes} bytes")
        self._output.mux_one(packet)


def _nearest(ticks: Fraction) -> int:
    """Round halves away from zero, as FFmpeg does; `round` would go to the even one."""
    nearest = (2 * abs(ticks.numerator) + ticks.denominator) // (2 * ticks.denominator)
    return nearest if ticks >= 0 else -nearest
