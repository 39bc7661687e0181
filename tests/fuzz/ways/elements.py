"""Damage to the elements of Matroska and WebM."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from tests.fuzz.ways.numbers import absurd_bytes

__all__ = ["WAYS"]

_PARENTS = {0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675, 0xE0, 0xE1, 0xA0, 0x1549A966, 0x1C53BB6B}
_PARENTS |= {0x6D80, 0x6240, 0x5034, 0xBB, 0xB7}
_TRACK = 0xAE
_CLUSTER = 0x1F43B675
_DEEPEST = 10
_BOMB_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Element:
    """Where an element lies: its id, its size field, its body."""

    kind: int
    start: int
    size_at: int
    body: int
    end: int


def _elements(
    data: bytes, start: int = 0, end: int | None = None, *, depth: int = 0
) -> Iterator[_Element]:
    end = len(data) if end is None else end
    while start < end:
        kind_bytes = _width(data[start])
        size_at = start + kind_bytes
        if not kind_bytes or size_at >= end or not _width(data[size_at]):
            return
        body = size_at + _width(data[size_at])
        size = int.from_bytes(data[size_at:body]) & (1 << 7 * (body - size_at)) - 1
        kind = int.from_bytes(data[start:size_at])
        last = min(end, body + size)
        yield _Element(kind, start, size_at, body, last)
        if kind in _PARENTS and depth < _DEEPEST:
            yield from _elements(data, body, last, depth=depth + 1)
        start = last


def _width(first: int) -> int:
    """Return how many bytes a number has by its first one; 0 for none."""
    return 9 - first.bit_length() if first else 0


def _chosen(data: bytes, chance: Random) -> _Element:
    found = list(_elements(data)) or [_Element(0, 0, 0, 0, len(data))]
    kind = chance.choice(sorted({element.kind for element in found}))
    return chance.choice([element for element in found if element.kind == kind])


def _sizes(data: bytes, chance: Random) -> bytes:
    element = _chosen(data, chance)
    size = b"\x01" + absurd_bytes(7, chance) if chance.random() < 0.5 else absurd_bytes(1, chance)
    return data[: element.size_at] + size + data[element.body :]


def _kinds(data: bytes, chance: Random) -> bytes:
    element, other = _chosen(data, chance), _chosen(data, chance)
    kind = data[other.start : other.size_at]
    return data[: element.start] + kind + data[element.size_at :]


def _fields(data: bytes, chance: Random) -> bytes:
    """Write absurd numbers into the bodies of small elements: scales, sizes, codecs, times."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 2, 6))):
        element = _chosen(data, chance)
        room = min(element.end - element.body, 8)
        if room > 0:
            damaged[element.body : element.body + room] = absurd_bytes(room, chance)
    return bytes(damaged)


def _lost(data: bytes, chance: Random) -> bytes:
    element = _chosen(data, chance)
    return data[: element.start] + data[element.end :]


def _doubled(data: bytes, chance: Random) -> bytes:
    element = _chosen(data, chance)
    whole = data[element.start : element.end]
    times = 1 + chance.choice((1, 5, 200)) if len(whole) < 5000 else 2
    return data[: element.start] + whole * times + data[element.end :]


def _moved(data: bytes, chance: Random) -> bytes:
    element, other = _chosen(data, chance), _chosen(data, chance)
    rest = data[: element.start] + data[element.end :]
    place = min(other.start, len(rest))
    return rest[:place] + data[element.start : element.end] + rest[place:]


def _nested(data: bytes, chance: Random) -> bytes:
    depth = chance.choice((10, 1000, 20_000))
    kind = chance.choice((b"\x1f\x43\xb6\x75", b"\xae", b"\x6d\x80", b"\xa0"))
    element = _chosen(data, chance)
    shells = (kind + b"\x01\xff\xff\xff\xff\xff\xff\xff") * depth
    return data[: element.start] + shells + data[element.start :]


def _compressed(data: bytes, chance: Random) -> bytes:
    """Declare that frames are compressed, and add one that grows without measure."""
    element = next((each for each in _elements(data) if each.kind == _TRACK), None)
    if element is None:
        return data
    algorithm = chance.choice((b"\0", b"\1", b"\2", b"\3"))
    compression = _element(b"\x50\x34", _element(b"\x42\x54", algorithm))
    encoding = _element(b"\x62\x40", compression)
    codings = _element(b"\x6d\x80", encoding)
    body = data[element.body : element.end] + codings
    grown = data[: element.start] + _element(b"\xae", body) + data[element.end :]
    bomb = b"\x81\0\0\x80" + _bomb()
    cluster = _element(_CLUSTER.to_bytes(4), _element(b"\xe7", b"\0") + _element(b"\xa3", bomb))
    return grown + cluster


@cache
def _bomb() -> bytes:
    return zlib.compress(bytes(_BOMB_BYTES), 1)


def _element(kind: bytes, body: bytes) -> bytes:
    return kind + (1 << 56 | len(body)).to_bytes(8) + body


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "elements of wrong size": _sizes,
    "elements of wrong kind": _kinds,
    "absurd fields in elements": _fields,
    "an element lost": _lost,
    "an element doubled": _doubled,
    "an element moved": _moved,
    "elements in elements": _nested,
    "compressed frames": _compressed,
}
