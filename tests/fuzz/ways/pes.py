"""Lies in the heads of PES packets: lengths, flags, and above all time stamps."""

from collections.abc import Callable, Iterator, Mapping
from random import Random

from tests.fuzz.ways.numbers import absurd
from tests.fuzz.ways.packets import PACKET, split

__all__ = ["WAYS"]

_START = b"\0\0\1"
_WRAP = 1 << 33


def _heads(packets: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the packet and the place in it where each PES head begins."""
    for number, packet in enumerate(packets):
        if len(packet) < PACKET or not packet[1] & 0x40 or not packet[3] & 0x10:
            continue
        place = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        if packet[place : place + 3] == _START and place + 9 < PACKET:
            yield number, place


def _wrong_fields(data: bytes, chance: Random) -> bytes:
    """Write absurd numbers over stream id, length, flags and head length."""
    packets = split(data)
    share = chance.choice((0.05, 0.5, 1.0))
    offset, size = chance.choice(((3, 1), (4, 2), (6, 1), (7, 1), (8, 1), (6, 3), (9, 5)))
    for number, place in _heads(packets):
        if chance.random() < share:
            damaged = bytearray(packets[number])
            value = absurd(8 * size, chance).to_bytes(size)
            damaged[place + offset : place + offset + size] = value
            packets[number] = bytes(damaged[:PACKET])
    return b"".join(packets)


def _times(data: bytes, change: Callable[[int], int]) -> bytes:
    """Change every presentation and decoding time, in 90 kHz ticks."""
    packets = split(data)
    for number, place in _heads(packets):
        damaged = bytearray(packets[number])
        count = {2: 1, 3: 2}.get(damaged[place + 7] >> 6, 0)
        for start in (place + 9, place + 14)[:count]:
            if start + 5 <= PACKET:
                _write_time(damaged, start, change(_read_time(damaged, start)) % _WRAP)
        packets[number] = bytes(damaged)
    return b"".join(packets)


def _read_time(data: bytearray, place: int) -> int:
    high = data[place] >> 1 & 7
    middle = int.from_bytes(data[place + 1 : place + 3]) >> 1
    low = int.from_bytes(data[place + 3 : place + 5]) >> 1
    return high << 30 | middle << 15 | low


def _write_time(data: bytearray, place: int, ticks: int) -> None:
    data[place] = data[place] & 0xF1 | (ticks >> 30 & 7) << 1
    data[place + 1 : place + 3] = ((ticks >> 15 & 0x7FFF) << 1 | 1).to_bytes(2)
    data[place + 3 : place + 5] = ((ticks & 0x7FFF) << 1 | 1).to_bytes(2)


def _moved(data: bytes, chance: Random) -> bytes:
    """Move the whole timeline, maybe over the wrap of the counter."""
    by = chance.choice((-900_000, _WRAP - 945_000, _WRAP >> 1, absurd(33, chance)))
    return _times(data, lambda ticks: ticks + by)


def _torn(data: bytes, chance: Random) -> bytes:
    """Jump somewhere else from some moment on."""
    after, by = chance.randint(0, 60), absurd(chance.choice((16, 24, 33)), chance)
    by *= chance.choice((1, -1))
    seen = 0

    def change(ticks: int) -> int:
        nonlocal seen
        seen += 1
        return ticks + by if seen > after else ticks

    return _times(data, change)


def _shaken(data: bytes, chance: Random) -> bytes:
    most = chance.choice((10, 4000, 90_000, 10_000_000))
    return _times(data, lambda ticks: ticks + chance.randint(-most, most))


def _wild(data: bytes, chance: Random) -> bytes:
    share = chance.choice((0.02, 0.3, 1.0))
    return _times(data, lambda ticks: absurd(33, chance) if chance.random() < share else ticks)


def _frozen(data: bytes, chance: Random) -> bytes:
    still = chance.choice((0, 900_000, _WRAP - 1))
    return _times(data, lambda _: still)


def _backwards(data: bytes, _: Random) -> bytes:
    return _times(data, lambda ticks: 2_000_000 - ticks)


def _stretched(data: bytes, chance: Random) -> bytes:
    factor = chance.choice((0.0001, 0.1, 3, 20, 90, 1000))
    return _times(data, lambda ticks: int((ticks - 900_000) * factor) + 900_000)


def _untimed(data: bytes, chance: Random) -> bytes:
    """Take the flags away that say that a head has times."""
    packets = split(data)
    share = chance.choice((0.2, 1.0))
    for number, place in _heads(packets):
        if chance.random() < share:
            damaged = bytearray(packets[number])
            damaged[place + 7] &= chance.choice((0x3F, 0x7F, 0xBF))
            packets[number] = bytes(damaged)
    return b"".join(packets)


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "wrong PES heads": _wrong_fields,
    "times moved": _moved,
    "times torn": _torn,
    "times shaken": _shaken,
    "wild times": _wild,
    "one time for all": _frozen,
    "times backwards": _backwards,
    "times stretched": _stretched,
    "times missing": _untimed,
}
