"""Changes an MPEG-TS segment where no muxer would: packet by packet, time stamp by time stamp."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["WRAP", "Times", "concealing", "retimed", "without"]

WRAP = 1 << 33
"""What MPEG-TS counts its 90 kHz time stamps modulo."""

_PACKET = 188
_VIDEO, _AUDIO = range(0xE0, 0xF0), (*range(0xC0, 0xE0), 0xBD)


@dataclass(frozen=True, slots=True)
class Times:
    """Time stamps of one picture or sound packet in 1/90000 s; None is not written."""

    pts: int | None
    dts: int | None


Change = Callable[[int, Times], Times]


def retimed(data: bytes, *, video: Change | None = None, audio: Change | None = None) -> bytes:
    """Give pictures and sounds other times; a change gets the number in the file and the times."""
    changed = bytearray(data)
    counts = {"video": 0, "audio": 0}
    for start, kind in _units(data):
        change = video if kind == "video" else audio
        if change is not None:
            times = change(counts[kind], _read(changed, start))
            _write(changed, start, times)
        counts[kind] += 1
    return bytes(changed)


def without(data: bytes, drop: Callable[[str, int], bool]) -> bytes:
    """Leave out whole pictures or sounds, by kind and number in the file."""
    kept, counts = bytearray(), {"video": 0, "audio": 0}
    dropping: dict[int, bool] = {}
    units = dict(_units(data))
    for place in range(0, len(data), _PACKET):
        packet = data[place : place + _PACKET]
        pid = int.from_bytes(packet[1:3], "big") & 0x1FFF
        header = _payload_start(packet)
        if packet[1] & 0x40 and place + header in units:
            kind = units[place + header]
            dropping[pid] = drop(kind, counts[kind])
            counts[kind] += 1
        if not dropping.get(pid, False):
            kept += packet
    return bytes(kept)


def concealing(data: bytes, number: int) -> bytes:
    """Spoil the middle of one picture's packets, and leave their transport in order."""
    spoilt = bytearray(data)
    starts = [start for start, kind in _units(data) if kind == "video"]
    packet = starts[number] // _PACKET + 1
    for place in range(packet * _PACKET, (packet + 1) * _PACKET):
        if place % _PACKET >= 60:
            spoilt[place] ^= 0x5A
    return bytes(spoilt)


def _units(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield where each PES header begins, and of what."""
    for place in range(0, len(data) - _PACKET + 1, _PACKET):
        packet = data[place : place + _PACKET]
        start = _payload_start(packet)
        if not packet[1] & 0x40 or packet[start : start + 3] != b"\0\0\1":
            continue
        if packet[start + 3] in _VIDEO:
            yield place + start, "video"
        elif packet[start + 3] in _AUDIO:
            yield place + start, "audio"


def _payload_start(packet: bytes) -> int:
    return 5 + packet[4] if packet[3] & 0x20 else 4


def _read(data: bytearray, start: int) -> Times:
    flags = data[start + 7] >> 6
    pts = _parse(data[start + 9 : start + 14]) if flags & 2 else None
    dts = _parse(data[start + 14 : start + 19]) if flags == 3 else pts
    return Times(pts, dts)


def _write(data: bytearray, start: int, times: Times) -> None:
    """Write within the room that the header has; what is left becomes stuffing."""
    room = data[start + 8]
    fields = b""
    if times.pts is not None:
        has_dts = room >= 10 and times.dts not in {None, times.pts}
        fields = _pack(3 if has_dts else 2, times.pts)
        if has_dts and times.dts is not None:
            fields += _pack(1, times.dts)
    flag = {0: 0, 5: 0x80, 10: 0xC0}[len(fields)]
    data[start + 7] = data[start + 7] & 0x3F | flag
    data[start + 9 : start + 9 + room] = fields.ljust(room, b"\xff")


def _parse(field: bytearray) -> int:
    return (
        (field[0] >> 1 & 7) << 30
        | field[1] << 22
        | (field[2] >> 1) << 15
        | field[3] << 7
        | field[4] >> 1
    )


def _pack(mark: int, ticks: int) -> bytes:
    ticks %= WRAP
    return bytes(
        [
            mark << 4 | (ticks >> 30) << 1 | 1,
            ticks >> 22 & 0xFF,
            (ticks >> 15 & 0x7F) << 1 | 1,
            ticks >> 7 & 0xFF,
            (ticks & 0x7F) << 1 | 1,
        ]
    )
