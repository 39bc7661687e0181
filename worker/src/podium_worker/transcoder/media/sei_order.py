"""Puts an access unit's supplements (SEI) in front of its picture, where decoders look for them.

Some encoders write them behind. FFmpeg then takes them for the start of the next picture: times
go to the wrong pictures, and one of several slices falls apart. Pure; only H.264 in MPEG-TS with
access unit delimiters is touched, as in the reference, and every length stays.
"""

import re
from collections.abc import Iterator, Sequence

__all__ = ["with_supplements_first"]

_PACKET = 188
_H264_IN_TS = 0x1B
_UNIT = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)
_SLICES, _SUPPLEMENT, _DELIMITER = range(1, 6), 6, 9


def with_supplements_first(data: bytes) -> bytes:
    """Return the segment with late supplements moved; the same object when there are none."""
    if not _may_be_late(data):
        return data
    pid = _h264_pid(data)
    ranges = [] if pid is None else list(_payloads(data, pid))
    stream = b"".join(data[start:end] for start, end in ranges)
    mended = bytearray(data)
    place = 0
    reordered = _reordered(stream)
    for start, end in ranges:
        mended[start:end] = reordered[place : place + end - start]
        place += end - start
    return bytes(mended)


def _may_be_late(data: bytes) -> bool:
    """Look over the raw bytes: cheap, and only the transport's own bytes can mislead it."""
    if data[:1] != b"G" or b"\0\0\1\x06" not in data:
        return False
    has_slice = False
    for found in _UNIT.finditer(data):
        kind = found[1][0] & 31
        if kind == _DELIMITER:
            has_slice = False
        elif kind in _SLICES:
            has_slice = True
        elif found[1][0] == _SUPPLEMENT and has_slice:
            return True
    return False


def _packets(data: bytes) -> Iterator[tuple[int, int, bool]]:
    """Yield where each packet's payload begins, its stream's number, and whether a unit begins."""
    for start in range(0, len(data) - _PACKET + 1, _PACKET):
        has_payload, has_field = data[start + 3] & 0x10, data[start + 3] & 0x20
        payload = start + (5 + data[start + 4] if has_field else 4)
        if data[start] == ord("G") and has_payload and payload < start + _PACKET:
            pid = (data[start + 1] & 0x1F) << 8 | data[start + 2]
            yield payload, pid, bool(data[start + 1] & 0x40)


def _h264_pid(data: bytes) -> int | None:
    """Return the number of the first H.264 stream in a program map."""
    for payload, _, begins in _packets(data):
        section = payload + 1 + data[payload]
        end = payload // _PACKET * _PACKET + _PACKET
        if not begins or section + 12 > end or data[section] != 2:
            continue
        place = section + 12 + ((data[section + 10] & 0x0F) << 8 | data[section + 11])
        last = section + 3 + ((data[section + 1] & 0x0F) << 8 | data[section + 2]) - 4
        while place + 5 <= min(last, end):
            if data[place] == _H264_IN_TS:
                return (data[place + 1] & 0x1F) << 8 | data[place + 2]
            place += 5 + ((data[place + 3] & 0x0F) << 8 | data[place + 4])
    return None


def _payloads(data: bytes, wanted: int) -> Iterator[tuple[int, int]]:
    """Yield where the bytes of a stream lie, without any headers."""
    for payload, pid, begins in _packets(data):
        if pid != wanted:
            continue
        end = payload // _PACKET * _PACKET + _PACKET
        start = payload
        if begins and data[payload : payload + 3] == b"\0\0\1" and payload + 9 <= end:
            start = payload + 9 + data[payload + 8]
        if start < end:
            yield start, end


def _reordered(stream: bytes) -> bytes:
    found = [(m.start(), m[1][0] & 31) for m in _UNIT.finditer(stream)]
    starts = [start - (start > 0 and stream[start - 1] == 0) for start, _ in found]
    ends = [*starts, len(stream)][1:]
    units = [(kind, stream[a:b]) for (_, kind), a, b in zip(found, starts, ends, strict=True)]
    delimiters = [place for place, (kind, _) in enumerate(units) if kind == _DELIMITER]
    if not delimiters:
        return stream
    parts = [stream[: starts[delimiters[0]]]]
    for first, last in zip(delimiters, [*delimiters[1:], len(units)], strict=True):
        parts.extend(_supplements_first(units[first:last]))
    return b"".join(parts)


def _supplements_first(unit: Sequence[tuple[int, bytes]]) -> list[bytes]:
    picture = next((n for n, (kind, _) in enumerate(unit) if kind in _SLICES), len(unit))
    before, after = unit[:picture], unit[picture:]
    late = [data for kind, data in after if kind == _SUPPLEMENT]
    rest = [data for kind, data in after if kind != _SUPPLEMENT]
    return [*(data for _, data in before), *late, *rest]
