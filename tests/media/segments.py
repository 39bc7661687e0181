"""Cuts live-like MPEG-TS segments with one continuous timeline out of an encoded cycle."""

import hashlib
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from tests.media.cycle import AUDIO_FRAME_TICKS, TICKS, Look, cycle_path

__all__ = ["Segment", "iter_segments", "segments"]

_SIZES = {"bbb720": (1280, 720)}
_NATURAL_FPS = 25
_TICK = Fraction(1, TICKS)


@dataclass(frozen=True, slots=True)
class Segment:
    """One MPEG-TS segment and what is in it; `start_ticks` is its first picture's 90 kHz time."""

    seq: int
    data: bytes
    duration_ms: int
    frames: int
    width: int
    height: int
    start_ticks: int
    audio_md5s: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """One packet of the cycle; times count from its segment's start (video) or the cycle's."""

    data: bytes
    pts: int
    dts: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class _Cycle:
    look: Look
    file: bytes
    video: tuple[tuple[_Unit, ...], ...]
    audio: tuple[_Unit, ...]


def segments(
    *,
    name: str = "bbb720",
    seconds: float,
    segment_seconds: float = 2.0,
    size: tuple[int, int] | None = None,
    fps: int | None = None,
    start_seconds: float = 10.0,
) -> list[Segment]:
    """Return the segments that cover `seconds`, at least one, the clip repeating as needed."""
    count = max(1, round(seconds / segment_seconds))
    endless = iter_segments(
        name=name, segment_seconds=segment_seconds, size=size, fps=fps, start_seconds=start_seconds
    )
    return list(itertools.islice(endless, count))


def iter_segments(
    *,
    name: str = "bbb720",
    segment_seconds: float = 2.0,
    size: tuple[int, int] | None = None,
    fps: int | None = None,
    start_seconds: float = 10.0,
) -> Iterator[Segment]:
    """Yield segments without end; `fps` must divide 90000."""
    width, height = size or _SIZES[name]
    rate = fps or _NATURAL_FPS
    look = Look(width, height, rate, max(1, round(segment_seconds * rate)))
    cycle = _load(look)
    for seq in itertools.count():
        yield _cut(cycle, seq, round(start_seconds * TICKS))


@lru_cache(maxsize=8)
def _load(look: Look) -> _Cycle:
    data = cycle_path(look).read_bytes()
    with av.open(io.BytesIO(data), "r", options={"skip_frame": "all"}) as source:
        packets = [packet for packet in source.demux() if packet.size]
        start = min(packet.pts or 0 for packet in packets if packet.stream.type == "video")
        units = [(packet.stream.type, _unit(packet, start)) for packet in packets]
    video = [unit for kind, unit in units if kind == "video"]
    keys = [place for place, unit in enumerate(video) if unit.is_key]
    audio = tuple(unit for kind, unit in units if kind == "audio")
    return _Cycle(look, data, tuple(_whole_segments(video, keys, look)), audio)


def _whole_segments(video: list[_Unit], keys: list[int], look: Look) -> Iterator[tuple[_Unit, ...]]:
    for number, (first, last) in enumerate(itertools.pairwise([*keys, len(video)])):
        offset = number * look.segment_ticks
        yield tuple(
            _Unit(unit.data, unit.pts - offset, unit.dts - offset, unit.is_key)
            for unit in video[first:last]
        )


def _unit(packet: "Packet[Stream]", start: int) -> _Unit:
    pts, dts = packet.pts, packet.dts
    if pts is None or dts is None:
        raise ValueError("our own encoder sets every time stamp")
    return _Unit(bytes(packet), pts - start, dts - start, packet.is_keyframe)


def _cut(cycle: _Cycle, seq: int, start: int) -> Segment:
    look = cycle.look
    begin = seq * look.segment_ticks
    video = cycle.video[seq % len(cycle.video)]
    sound = _sound_between(cycle, begin, begin + look.segment_ticks)
    return Segment(
        seq=seq,
        data=_mux(cycle, [(unit, start + begin) for unit in video], start, sound),
        duration_ms=look.segment_ticks * 1000 // TICKS,
        frames=len(video),
        width=look.width,
        height=look.height,
        start_ticks=start + begin,
        audio_md5s=tuple(_md5(unit.data) for _, unit in sound),
    )


def _sound_between(cycle: _Cycle, begin: int, end: int) -> list[tuple[int, _Unit]]:
    """Return the audio frames that start in `[begin, end)` of an endless grid of audio frames."""
    ticks = AUDIO_FRAME_TICKS
    period = len(cycle.video) * cycle.look.segment_ticks // ticks
    numbers = range(-(-begin // ticks), -(-end // ticks))
    return [(number * ticks, cycle.audio[number % period]) for number in numbers]


def _mux(
    cycle: _Cycle, video: list[tuple[_Unit, int]], start: int, sound: list[tuple[int, _Unit]]
) -> bytes:
    buffer = io.BytesIO()
    with (
        av.open(io.BytesIO(cycle.file), "r", options={"skip_frame": "all"}) as template,
        av.open(buffer, "w", format="mpegts") as output,
    ):
        streams = _add_streams(template, output)
        packets = [
            *(_packet(unit, streams[0], unit.pts + at, unit.dts + at) for unit, at in video),
            *(_packet(unit, streams[1], start + at, start + at) for at, unit in sound),
        ]
        for packet in sorted(packets, key=lambda packet: packet.dts or 0):
            output.mux_one(packet)
    return buffer.getvalue()


def _add_streams(template: InputContainer, output: OutputContainer) -> tuple[Stream, Stream]:
    return (
        output.add_stream_from_template(template.streams.video[0]),
        output.add_stream_from_template(template.streams.audio[0]),
    )


def _packet(unit: _Unit, stream: Stream, pts: int, dts: int) -> "Packet[Stream]":
    packet = Packet(unit.data)
    packet.stream, packet.time_base = stream, _TICK
    packet.pts, packet.dts, packet.is_keyframe = pts, dts, unit.is_key
    return packet


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
