"""Cuts one file of any length into segments by copying its packets, as a gateway does.

Nothing is decoded but sound that a segment cannot carry, and no more is held than the segments in
the making. H.264 and HEVC go into MPEG-TS; VP8, VP9 and AV1, which that does not carry, into
Matroska. One file, one pass.
"""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from podium_worker.batch.cuts import CutPlan
from podium_worker.batch.decode_times import with_decode_times
from podium_worker.batch.memory import give_back
from podium_worker.batch.pieces import Piece
from podium_worker.batch.segment_writer import SegmentWriter
from podium_worker.batch.sound import sound_for
from podium_worker.errors import StartError
from podium_worker.transcoder.media.limits import Limits

__all__ = ["CutFile"]

# The engine's quick probe (`skip_frame`) would leave Matroska's decoding times wrong.
_OPTIONS = {
    # None that follows names to other files: playlists, image sequences, concatenations.
    "format_whitelist": "mpegts,mpeg,mov,matroska,webm,flv,avi,asf,ogg,mxf,nut,wtv",
    "fflags": "+genpts",
}
_CONTAINERS = {
    **dict.fromkeys(("h264", "hevc"), "mpegts"),
    **dict.fromkeys(("vp8", "vp9", "av1"), "matroska"),
}
_TS_WRAP_SECONDS = Fraction(1 << 33, 90_000)  # MPEG-TS counts modulo: only the sign changes
_SHIFT_SECONDS = Fraction(10)  # room below for what lies before 0: decoding times, primed sound
_MOST_WAITING = 100_000
_GIVE_BACK_EVERY = 32


class CutFile:
    """The segments of one file; read them once, then `close`."""

    def __init__(self, path: Path, *, segment_seconds: float) -> None:
        self._path = path
        self._input = _open(path)
        self._video = _video(self._input, path)
        self._container = _CONTAINERS[_codec(self._video)]
        audio = self._input.streams.best("audio")
        self._audio = audio if isinstance(audio, AudioStream) else None
        self._sound, self.note = sound_for(self._audio)
        self._plan = CutPlan(segment_seconds, has_audio=self._sound is not None)
        self._writers: dict[int, SegmentWriter] = {}
        self._waiting: deque[Packet[Any]] = deque()
        self.count: int | None = None
        self.size: tuple[int, int] | None = (self._video.width, self._video.height)
        self.seconds = self._input.duration / av.time_base if self._input.duration else None

    def __iter__(self) -> Iterator[Piece]:
        problem = ""
        try:
            for packet in self._packets():
                self._place(packet)
                yield from self._pieces(self._plan.take_complete())
        except FFmpegError as error:
            problem = f"{self._path} breaks off here: {error.strerror}"
        yield from self._rest(problem)

    def close(self) -> None:
        """Close the file."""
        self._input.close()

    def _packets(self) -> "Iterator[Packet[Any]]":
        """Yield the packets of both streams; an empty one ends each of them.

        PyAV then goes on to end streams that a broken file declared later, and fails.
        """
        wanted = [self._video, *([self._audio] if self._audio and self._sound else [])]
        open_streams = len(wanted)
        for packet in with_decode_times(self._input.demux(wanted), index=self._video.index):
            yield packet
            open_streams -= packet.size == 0 and packet.dts is None
            if open_streams == 0:
                return

    def _place(self, packet: "Packet[Any]") -> None:
        if packet.stream.index != self._video.index:
            if self._sound is not None:
                self._waiting.extend(self._sound.take(packet))
        elif (time := _time(packet)) is not None and packet.size:
            # Sound before this may be placed: no cut that is still to come lies there.
            self._place_sound(
                before=packet.time_base * (time if packet.dts is None else packet.dts)
            )
            number = self._plan.place_video(
                float(time * packet.time_base), is_key=packet.is_keyframe
            )
            self._writer(number).write_video(packet)

    def _place_sound(self, *, before: Fraction | None) -> None:
        while self._waiting:
            time = _time(self._waiting[0]) or 0
            seconds = time * self._waiting[0].time_base
            if before is not None and seconds >= before and len(self._waiting) < _MOST_WAITING:
                return
            number = self._plan.place_audio(float(seconds))
            self._writer(number).write_audio(self._waiting.popleft())

    def _writer(self, number: int) -> SegmentWriter:
        if number not in self._writers:
            is_ts = self._input.format.name == self._container == "mpegts"
            self._writers[number] = SegmentWriter(
                self._container,
                self._video,
                sound=self._sound,
                shift_seconds=_TS_WRAP_SECONDS if is_ts else _SHIFT_SECONDS,
                max_bytes=Limits().source_bytes,
            )
        return self._writers[number]

    def _pieces(self, numbers: list[int]) -> Iterator[Piece]:
        for number in numbers:
            if number % _GIVE_BACK_EVERY == 0:
                give_back()
            writer = self._writers.pop(number)
            data = writer.finish()
            if writer.problem:
                yield Piece(number, _name(number), problem=writer.problem)
            else:
                yield Piece(number, _name(number), data, writer.seconds)

    def _rest(self, problem: str) -> Iterator[Piece]:
        self._place_sound(before=None)
        numbers = self._plan.finish()
        yield from self._pieces(numbers)
        if problem:
            number = self._plan.next_number
            yield Piece(number, _name(number), problem=problem)


def _name(number: int) -> str:
    return f"{number:05}"


def _open(path: Path) -> InputContainer:
    try:
        return av.open(str(path), "r", options=dict(_OPTIONS), metadata_errors="replace")
    except (FFmpegError, OSError) as error:
        raise StartError(
            f"IN: {path} cannot be read as video ({error.strerror}); give MPEG-TS, MP4, MOV, "
            "Matroska, WebM, FLV or AVI, or --segment-seconds 0 to try it as one segment"
        ) from error


def _video(container: InputContainer, path: Path) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.codec_context is None:
        container.close()
        raise StartError(f"IN: {path} has no video that can be read; give one that has")
    if _codec(stream) not in _CONTAINERS:
        container.close()
        raise StartError(
            f"IN: the video of {path} is {_codec(stream)}, and transcoders take "
            f"{', '.join(_CONTAINERS)}; convert it first"
        )
    return stream


def _codec(stream: VideoStream) -> str:
    return stream.codec_context.codec.canonical_name


def _time(packet: "Packet[Any]") -> int | None:
    return packet.dts if packet.pts is None else packet.pts
