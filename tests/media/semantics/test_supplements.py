"""Supplements (SEI) behind their picture: decoders look for them in front."""

import io
import re
from functools import cache

import av
import pytest
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from hypothesis import given, settings, strategies as st
from tests.media.semantics.films import Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.viewing import view

from podium_worker.transcoder.media.sei_order import with_supplements_first

_TIMED = "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500"  # a supplement with every picture
_SUPPLEMENT, _SLICES = 6, {1, 5}


@cache
def misplaced(where: str, slices: int) -> bytes:
    """Return a film whose supplements lie before, amid or after the slices of their picture."""
    options = (("slices", str(slices)), ("aud", "1"), ("x264-params", _TIMED))
    buffer = io.BytesIO()
    source: InputContainer = av.open(io.BytesIO(film(Film(sound="", options=options))), "r")
    output: OutputContainer = av.open(buffer, "w", format="mpegts")
    with source, output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is None:
                continue
            copy: Packet[Stream] = Packet(_rearranged(bytes(packet), where))
            copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
            copy.stream, copy.is_keyframe = stream, packet.is_keyframe
            output.mux(copy)
    return buffer.getvalue()


@pytest.mark.parametrize("fps", [0, 25])
@pytest.mark.parametrize("slices", [1, 4])
@pytest.mark.parametrize("where", ["before", "amid", "after"])
def test_pictures_are_whole_and_on_time(where: str, slices: int, fps: int) -> None:
    seen = show(misplaced(where, slices), small(fps=fps))

    assert seen.numbers == list(range(25))
    assert seen.times == view(misplaced("before", slices)).times


@pytest.mark.parametrize("slices", [1, 4])
def test_what_is_in_order_is_not_touched(slices: int) -> None:
    data = misplaced("before", slices)

    assert with_supplements_first(data) is data


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(film(), id="a usual segment"),
        pytest.param(film(Film(codec="libx265")), id="HEVC"),
        pytest.param(film(Film(container="mp4")), id="MP4"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"G" * 5000, id="no packets"),
    ],
)
def test_other_segments_are_not_touched(data: bytes) -> None:
    assert with_supplements_first(data) is data


@pytest.mark.parametrize("slices", [1, 4])
@pytest.mark.parametrize("where", ["amid", "after"])
def test_order_is_all_that_changes(where: str, slices: int) -> None:
    mended = with_supplements_first(misplaced(where, slices))

    assert len(mended) == len(misplaced(where, slices))
    assert _units(mended) == _units(with_supplements_first(misplaced("before", slices)))
    assert with_supplements_first(mended) is mended


def test_a_stream_that_is_not_there_is_left_alone() -> None:
    data = misplaced("after", 1)
    packets = [data[place : place + 188] for place in range(0, len(data), 188)]
    no_map = b"".join(packet for packet in packets if packet[4:6] != b"\0\x02")
    assert len(no_map) < len(data)

    assert with_supplements_first(no_map) == no_map


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=40))
def test_damage_is_never_made_longer_or_shorter(damage: list[tuple[int, int]]) -> None:
    data = bytearray(misplaced("amid", 4))
    for place, value in damage:
        data[place % len(data)] = value

    assert len(with_supplements_first(bytes(data))) == len(data)


def _rearranged(picture: bytes, where: str) -> bytes:
    units = _split(picture)
    late = [unit for unit in units if unit[0] & 31 == _SUPPLEMENT]
    rest = [unit for unit in units if unit[0] & 31 != _SUPPLEMENT]
    first = next(place for place, unit in enumerate(rest) if unit[0] & 31 in _SLICES)
    if where == "amid":
        units = [*rest[: first + 1], *late, *rest[first + 1 :]]
    elif where == "after":
        units = [*rest, *late]
    return b"".join(b"\0\0\0\x01" + unit for unit in units)


def _split(stream: bytes) -> list[bytes]:
    starts = [found.start() for found in re.finditer(rb"\x00\x00\x01", stream)]
    ends = [*starts[1:], len(stream)]
    return [stream[a + 3 : b].rstrip(b"\0") for a, b in zip(starts, ends, strict=False)]


def _units(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data), "r") as source:
        return [unit for packet in source.demux(video=0) for unit in _split(bytes(packet))]
