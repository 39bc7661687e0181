"""Takes the payload of a stream out of MPEG-TS, has it changed, and packs it again."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fuzz.ways.packets import PACKET, pid_of, split

__all__ = ["AUDIO", "VIDEO", "rebuilt"]

VIDEO = range(0xE0, 0xF0)
AUDIO = range(0xBD, 0xE0)
_MOST_BYTES = 8 << 20


@dataclass(slots=True)
class _Unit:
    """One PES packet: the TS packet that began it, its head and its payload."""

    first: bytes
    head: bytes
    payload: bytearray = field(default_factory=bytearray)


def rebuilt(data: bytes, kind: range, change: Callable[[bytes], bytes]) -> bytes:
    """Change the payload of every PES packet whose stream id is in `kind`."""
    done: list[bytes | _Unit] = []
    current: dict[int, _Unit] = {}
    for packet in split(data):
        unit = _begun(packet, kind)
        pid = pid_of(packet)
        if unit is not None:
            current[pid] = unit
            done.append(unit)
        elif pid in current and len(packet) == PACKET:
            current[pid].payload += _payload(packet)
        else:
            done.append(packet)
    pieces = [_packed(item, change) if isinstance(item, _Unit) else item for item in done]
    return b"".join(pieces)[:_MOST_BYTES]


def _begun(packet: bytes, kind: range) -> _Unit | None:
    payload = _payload(packet)
    is_start = len(packet) == PACKET and packet[1] & 0x40 and payload[:3] == b"\0\0\1"
    if not is_start or len(payload) < 9 or payload[3] not in kind:
        return None
    end = 9 + payload[8]
    return _Unit(packet, payload[:end], bytearray(payload[end:]))


def _payload(packet: bytes) -> bytes:
    if len(packet) < PACKET or not packet[3] & 0x10:
        return b""
    return packet[5 + packet[4] :] if packet[3] & 0x20 else packet[4:]


def _packed(unit: _Unit, change: Callable[[bytes], bytes]) -> bytes:
    """Return the packets of a changed unit; the first keeps its adaptation field."""
    payload = change(bytes(unit.payload))
    head = unit.head
    if int.from_bytes(head[4:6]):
        length = len(head) - 6 + len(payload)
        head = head[:4] + (length if length < 1 << 16 else 0).to_bytes(2) + head[6:]
    rest = head + payload
    first = unit.first[: 5 + unit.first[4]] if unit.first[3] & 0x20 else unit.first[:4]
    packets = []
    start = first if len(first) < PACKET else unit.first[:4]
    counter = unit.first[3] & 0x0F
    while rest:
        room = PACKET - len(start)
        piece, rest = rest[:room], rest[room:]
        packets.append(_with_stuffing(start, piece))
        counter = counter + 1 & 0x0F
        start = bytes([0x47, unit.first[1] & ~0x40, unit.first[2], 0x10 | counter])
    return b"".join(packets)


def _with_stuffing(start: bytes, piece: bytes) -> bytes:
    missing = PACKET - len(start) - len(piece)
    if missing <= 0:
        return start + piece
    if len(start) > 4:  # lengthen the adaptation field that is there
        longer = bytes([start[4] + missing & 0xFF])
        return start[:4] + longer + start[5:] + b"\xff" * missing + piece
    head = start[:3] + bytes([start[3] | 0x20, missing - 1])
    return head + (b"\0" + b"\xff" * (missing - 2) if missing > 1 else b"") + piece
