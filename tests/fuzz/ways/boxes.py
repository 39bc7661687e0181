"""Damage to the boxes of MP4 and MOV."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from tests.fuzz.ways.numbers import absurd_bytes

__all__ = ["WAYS"]

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"mvex", b"moof"}
_PARENTS |= {b"traf", b"udta"}
_DEEPEST = 10
_BOMB_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a box lies; `end` is past its last byte."""

    kind: bytes
    start: int
    end: int


def _boxes(
    data: bytes, start: int = 0, end: int | None = None, *, depth: int = 0
) -> Iterator[_Box]:
    """Yield boxes and what is in them, as far as they can be followed."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4])
        kind = data[start + 4 : start + 8]
        last = start + size if 8 <= size <= end - start else end
        yield _Box(kind, start, last)
        if kind in _PARENTS and depth < _DEEPEST:
            yield from _boxes(data, start + 8, last, depth=depth + 1)
        start = last


def _chosen(data: bytes, chance: Random) -> _Box:
    """Choose among kinds first, so that the rare ones come as often as the common."""
    found = list(_boxes(data)) or [_Box(b"", 0, len(data))]
    kind = chance.choice(sorted({box.kind for box in found}))
    return chance.choice([box for box in found if box.kind == kind])


def _sizes(data: bytes, chance: Random) -> bytes:
    box = _chosen(data, chance)
    if chance.random() < 0.3:
        wide = b"\0\0\0\1" + box.kind + absurd_bytes(8, chance)
        return data[: box.start] + wide + data[box.start + 8 :]
    return data[: box.start] + absurd_bytes(4, chance) + data[box.start + 4 :]


def _kinds(data: bytes, chance: Random) -> bytes:
    box = _chosen(data, chance)
    other = chance.choice(
        (b"free", b"moov", b"mdat", b"trak", b"stsd", b"trun", _chosen(data, chance).kind)
    )
    return data[: box.start + 4] + other + data[box.start + 8 :]


def _fields(data: bytes, chance: Random) -> bytes:
    """Write absurd numbers into the first fields of a few boxes: counts, offsets, scales."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 2, 6))):
        box = _chosen(data, chance)
        width = chance.choice((1, 2, 4, 4, 4, 8))
        place = box.start + 8 + chance.randrange(0, 80, min(width, 4))
        if place + width <= min(box.end, len(damaged)):
            damaged[place : place + width] = absurd_bytes(width, chance)
    return bytes(damaged)


def _counts(data: bytes, chance: Random) -> bytes:
    """Write absurd numbers where tables say how many entries they have."""
    tables = {b"stts", b"ctts", b"stsc", b"stsz", b"stco", b"stss", b"trun", b"elst", b"stsd"}
    damaged = bytearray(data)
    for box in _boxes(data):
        if box.kind in tables and chance.random() < 0.4:
            place = box.start + (16 if box.kind == b"stsz" else 12)
            damaged[place : place + 4] = absurd_bytes(4, chance)
    return bytes(damaged[: len(data)])


def _lost(data: bytes, chance: Random) -> bytes:
    box = _chosen(data, chance)
    return data[: box.start] + data[box.end :]


def _doubled(data: bytes, chance: Random) -> bytes:
    box = _chosen(data, chance)
    times = 1 + chance.choice((1, 5, 200)) if box.end - box.start < 5000 else 2
    return data[: box.start] + data[box.start : box.end] * times + data[box.end :]


def _moved(data: bytes, chance: Random) -> bytes:
    box, other = _chosen(data, chance), _chosen(data, chance)
    rest = data[: box.start] + data[box.end :]
    place = min(other.start, len(rest))
    return rest[:place] + data[box.start : box.end] + rest[place:]


def _nested(data: bytes, chance: Random) -> bytes:
    """Put what follows the first box into very many boxes in each other."""
    depth = chance.choice((10, 1000, 20_000))
    kind = chance.choice((b"moov", b"trak", b"udta", b"moof"))
    shells = b"".join(
        (8 * (depth - level) + len(data)).to_bytes(4) + kind for level in range(depth)
    )
    return data[:32] + shells + data[32:]


def _compressed(data: bytes, chance: Random) -> bytes:
    """Hide the index in a compressed box that claims, or has, an enormous size."""
    claimed = chance.choice((_BOMB_BYTES, (1 << 32) - 1, 1 << 31, 100))
    body = _deflated(chance.choice((1000, 32 << 20)))
    packed = _box(b"cmvd", claimed.to_bytes(4) + body)
    index = _box(b"moov", _box(b"cmov", _box(b"dcom", b"zlib") + packed))
    return data[:32] + index + data[32:]


@cache
def _deflated(size: int) -> bytes:
    return zlib.compress(bytes(size), 1)


def _elsewhere(data: bytes, _: Random) -> bytes:
    """Say that the samples lie in another file of the reader's machine."""
    path = b"/etc/hostname"
    url = _box(b"alis", b"\0\0\0\0" + bytes(150) + path)
    reference = _box(b"dref", bytes(4) + b"\0\0\0\1" + url)
    found = next((box for box in _boxes(data) if box.kind == b"dinf"), None)
    if found is None:
        return data
    return data[: found.start] + _box(b"dinf", reference) + data[found.end :]


def _box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4) + kind + body


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "boxes of wrong size": _sizes,
    "boxes of wrong kind": _kinds,
    "absurd fields in boxes": _fields,
    "absurd counts in tables": _counts,
    "a box lost": _lost,
    "a box doubled": _doubled,
    "a box moved": _moved,
    "boxes in boxes": _nested,
    "a compressed index": _compressed,
    "samples in another file": _elsewhere,
}
