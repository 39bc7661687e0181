"""Lies in the tables of MPEG-TS (PAT, PMT), with right checksums so that they are believed."""

from collections.abc import Callable, Mapping
from random import Random

from tests.fuzz.ways.numbers import absurd
from tests.fuzz.ways.packets import PACKET, pid_of, split

__all__ = ["WAYS", "checksum", "table_packet"]

_POLYNOMIAL = 0x04C11DB7
_STREAM_TYPES = bytes.fromhex(
    "01 02 03 04 06 0f 10 11 1b 20 24 33 42 81 82 83 84 87 8a d1 ea 00 ff"
)
_LEAST_SECTION = 12
_MOST_BODY = PACKET - 5


def checksum(data: bytes) -> int:
    """Return the CRC-32 of MPEG-2 sections."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (_POLYNOMIAL if value >> 31 else 0)) & 0xFFFFFFFF
    return value


def table_packet(head: bytes, section: bytes) -> bytes:
    """Return one packet that carries a section without its checksum, which is added."""
    whole = section[: _MOST_BODY - 4]
    whole += checksum(whole).to_bytes(4)
    return head[:4] + b"\0" + whole + b"\xff" * (_MOST_BODY - len(whole))


def _changed(
    data: bytes, table: int, change: Callable[[bytes], bytes], *, every: bool = True
) -> bytes:
    """Change the sections with an id; `every` leaves none as it was, else only later ones."""
    packets = split(data)
    seen = 0
    for place, packet in enumerate(packets):
        section = _section(packet, table)
        if section:
            seen += 1
            if every or seen > 1:
                packets[place] = table_packet(packet, change(section))
    return b"".join(packets)


def _section(packet: bytes, table: int) -> bytes:
    """Return a packet's section of that table without its checksum; nothing when it has none."""
    is_start = len(packet) == PACKET and packet[1] & 0x40 and packet[3] & 0x30 == 0x10
    if not is_start or packet[4] or packet[5] != table or (table == 0 and pid_of(packet)):
        return b""
    length = int.from_bytes(packet[6:8]) & 0xFFF
    section = packet[5 : 5 + 3 + max(0, length - 4)]
    return section if len(section) >= _LEAST_SECTION else b""


def _wrong_bytes(section: bytes, chance: Random) -> bytes:
    damaged = bytearray(section)
    for _ in range(chance.choice((1, 3, 10))):
        damaged[chance.randrange(1, len(damaged))] = absurd(8, chance)
    return bytes(damaged)


def _pat_lies(data: bytes, chance: Random) -> bytes:
    lie = chance.randbytes(4)
    wrong = Random(lie)  # the same lie in every copy of the table
    return _changed(data, 0, lambda section: _wrong_bytes(section, wrong))


def _pmt_lies(data: bytes, chance: Random) -> bytes:
    wrong = Random(chance.randbytes(4))
    return _changed(data, 2, lambda section: _wrong_bytes(section, wrong))


def _other_types(data: bytes, chance: Random, *, every: bool = True) -> bytes:
    """Declare the streams as other codecs."""
    types = [chance.choice(_STREAM_TYPES) for _ in range(8)]

    def change(section: bytes) -> bytes:
        damaged = bytearray(section)
        for place, kind in zip(_entries(section), types, strict=False):
            damaged[place] = kind
        damaged[5] ^= 0x3E  # another version, so that a later table is read
        return bytes(damaged)

    return _changed(data, 2, change, every=every)


def _types_that_change(data: bytes, chance: Random) -> bytes:
    return _other_types(data, chance, every=False)


def _many_streams(data: bytes, chance: Random) -> bytes:
    """Declare as many streams as fit, on numbers that may be anybody's."""
    kind = chance.choice((0, *_STREAM_TYPES))
    first = chance.choice((0x100, 0x102, 0x20, absurd(13, chance)))

    def change(section: bytes) -> bytes:
        entries = bytearray(section[12:])
        for number in range((_MOST_BODY - 16 - len(entries)) // 5):
            pid = 0xE000 | (first + number & 0x1FFF)
            entries += bytes([kind or chance.choice(_STREAM_TYPES)]) + pid.to_bytes(2) + b"\xf0\0"
        length = 0xB000 | (len(entries) + 13)
        return section[:1] + length.to_bytes(2) + section[3:12] + bytes(entries)

    return _changed(data, 2, change)


def _many_programs(data: bytes, chance: Random) -> bytes:
    """Announce many programs, all behind the same table or behind each other's."""
    base = chance.choice((0x1000, 0, 0x100, 0x1FF0))
    step = chance.choice((0, 1))

    def change(section: bytes) -> bytes:
        programs = b"".join(
            (number + 1).to_bytes(2) + (0xE000 | (base + step * number & 0x1FFF)).to_bytes(2)
            for number in range(40)
        )
        return section[:1] + (0xB000 | (len(programs) + 9)).to_bytes(2) + section[3:8] + programs

    return _changed(data, 0, change)


def _no_tables(data: bytes, chance: Random) -> bytes:
    table = chance.choice((0, 2))
    return b"".join(packet for packet in split(data) if not _section(packet, table))


def _long_sections(data: bytes, chance: Random) -> bytes:
    length = (0xB000 | absurd(12, chance)).to_bytes(2)
    table = chance.choice((0, 2))
    return _changed(data, table, lambda section: section[:1] + length + section[3:])


def _entries(section: bytes) -> list[int]:
    """Return where the streams of a PMT section begin."""
    if len(section) < 12:
        return []
    places, place = [], 12 + (int.from_bytes(section[10:12]) & 0xFFF)
    while place + 5 <= len(section):
        places.append(place)
        place += 5 + (int.from_bytes(section[place + 3 : place + 5]) & 0xFFF)
    return places


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "lies in the PAT": _pat_lies,
    "lies in the PMT": _pmt_lies,
    "other stream types": _other_types,
    "stream types that change": _types_that_change,
    "many streams": _many_streams,
    "many programs": _many_programs,
    "no tables": _no_tables,
    "sections of another length": _long_sections,
}
