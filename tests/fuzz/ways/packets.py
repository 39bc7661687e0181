"""Damage to the packets of MPEG-TS: lost, doubled, swapped, mislabelled, out of step."""

from collections.abc import Callable, Mapping
from random import Random

from tests.fuzz.ways.numbers import absurd, absurd_bytes

__all__ = ["PACKET", "WAYS", "pid_of", "split"]

PACKET = 188
_SYNC = 0x47
_NULL_PACKET = bytes([_SYNC, 0x1F, 0xFF, 0x10]) + bytes(PACKET - 4)


def split(data: bytes) -> list[bytes]:
    """Return the packets; the last one may be short."""
    return [data[place : place + PACKET] for place in range(0, len(data), PACKET)]


def pid_of(packet: bytes) -> int:
    """Return which stream a packet belongs to."""
    return int.from_bytes(packet[1:3]) & 0x1FFF


def _lose(data: bytes, chance: Random) -> bytes:
    share = chance.choice((0.005, 0.05, 0.3, 0.9))
    return b"".join(packet for packet in split(data) if chance.random() > share)


def _lose_one_stream(data: bytes, chance: Random) -> bytes:
    packets = split(data)
    pid = chance.choice(sorted({pid_of(packet) for packet in packets}) or [0])
    return b"".join(packet for packet in packets if pid_of(packet) != pid)


def _double(data: bytes, chance: Random) -> bytes:
    share = chance.choice((0.01, 0.2, 1.0))
    doubled = (packet * (1 + (chance.random() < share)) for packet in split(data))
    return b"".join(doubled)


def _swap(data: bytes, chance: Random) -> bytes:
    packets = split(data)
    for _ in range(chance.choice((1, 10, 200)) if packets else 0):
        one, other = chance.randrange(len(packets)), chance.randrange(len(packets))
        packets[one], packets[other] = packets[other], packets[one]
    return b"".join(packets)


def _reverse(data: bytes, _: Random) -> bytes:
    return b"".join(reversed(split(data)))


def _step_out(data: bytes, chance: Random) -> bytes:
    packets = split(data)
    for _ in range(chance.choice((1, 5))):
        place = chance.randrange(len(packets)) if packets else 0
        packets[place:place] = [chance.randbytes(chance.randint(1, 187))]
    return b"".join(packets)


def _stretch(data: bytes, chance: Random) -> bytes:
    """Give every packet the extra bytes of other storage formats."""
    front, back = chance.choice(((4, 0), (0, 16), (0, 20)))
    return b"".join(bytes(front) + packet + bytes(back) for packet in split(data))


def _flood(data: bytes, chance: Random) -> bytes:
    packets = split(data)
    place = chance.randrange(len(packets) + 1)
    packets[place:place] = [_NULL_PACKET] * chance.choice((10, 1000, 10_000))
    return b"".join(packets)


def _relabel(data: bytes, chance: Random) -> bytes:
    """Give some packets another stream's number."""
    packets = split(data)
    pids = [*sorted({pid_of(packet) for packet in packets}), 0, 0x1FFF]
    share = chance.choice((0.01, 0.2))
    for place, packet in enumerate(packets):
        if len(packet) == PACKET and chance.random() < share:
            number = (packet[1] & 0xE0) << 8 | chance.choice(pids)
            packets[place] = packet[:1] + number.to_bytes(2) + packet[3:]
    return b"".join(packets)


def _wrong_heads(data: bytes, chance: Random) -> bytes:
    """Set error, start, scrambling and adaptation flags and counters at random."""
    packets = split(data)
    share = chance.choice((0.01, 0.1, 0.5))
    for place, packet in enumerate(packets):
        if len(packet) == PACKET and chance.random() < share:
            flags = packet[1] ^ chance.choice((0x80, 0x40, 0x20))
            packets[place] = bytes([_SYNC, flags]) + packet[2:3] + chance.randbytes(1) + packet[4:]
    return b"".join(packets)


def _wrong_adaptation(data: bytes, chance: Random) -> bytes:
    """Lie about the length and content of adaptation fields, clocks among them."""
    packets = split(data)
    for place, packet in enumerate(packets):
        if len(packet) == PACKET and packet[3] & 0x20 and chance.random() < 0.3:
            length = bytes([absurd(8, chance) if chance.random() < 0.5 else packet[4]])
            field = absurd_bytes(7, chance)
            packets[place] = packet[:4] + length + field + packet[12:]
    return b"".join(packets)


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "packets lost": _lose,
    "a stream lost": _lose_one_stream,
    "packets doubled": _double,
    "packets swapped": _swap,
    "packets backwards": _reverse,
    "packets out of step": _step_out,
    "packets of another size": _stretch,
    "a flood of null packets": _flood,
    "packets under another number": _relabel,
    "wrong packet heads": _wrong_heads,
    "wrong adaptation fields": _wrong_adaptation,
}
