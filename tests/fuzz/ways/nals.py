"""Damage to the units of an H.264 or HEVC stream inside MPEG-TS."""

from collections.abc import Callable, Mapping
from random import Random

from tests.fuzz.ways.numbers import absurd
from tests.fuzz.ways.parameters import parameter_set
from tests.fuzz.ways.units import VIDEO, rebuilt

__all__ = ["WAYS"]

_START = b"\0\0\1"
_SPS, _PPS, _SEI, _KEY = 7, 8, 6, 5
_HEVC_SETS = range(32, 35)
_Units = list[bytes]


def _changed(data: bytes, change: Callable[[_Units], _Units]) -> bytes:
    def inside(payload: bytes) -> bytes:
        before, *units = payload.split(_START)
        return _START.join([before, *change(units)])

    return rebuilt(data, VIDEO, inside)


def _kind(unit: bytes) -> int:
    return unit[0] & 0x1F if unit else 0


def _is_set(unit: bytes) -> bool:
    return _kind(unit) in {_SPS, _PPS} or (bool(unit) and unit[0] >> 1 in _HEVC_SETS)


def _flipped(unit: bytes, chance: Random, *, most: int) -> bytes:
    damaged = bytearray(unit)
    for _ in range(chance.choice((1, 2, 6))):
        if len(damaged) > 1:
            damaged[chance.randrange(1, min(len(damaged), most))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _absurd_set(data: bytes, chance: Random) -> bytes:
    made = parameter_set(chance)
    return _changed(data, lambda units: [made if _kind(u) == _SPS else u for u in units])


def _many_sets(data: bytes, chance: Random) -> bytes:
    """Put sets of other sizes before every picture."""

    def change(units: _Units) -> _Units:
        return [parameter_set(chance) for _ in range(chance.choice((1, 1, 20)))] + units

    return _changed(data, change)


def _flipped_sets(data: bytes, chance: Random) -> bytes:
    wrong = chance.randbytes(4)

    def change(units: _Units) -> _Units:
        return [_flipped(u, Random(wrong), most=40) if _is_set(u) else u for u in units]

    return _changed(data, change)


def _flipped_slice_heads(data: bytes, chance: Random) -> bytes:
    share = chance.choice((0.1, 0.5, 1.0))

    def change(units: _Units) -> _Units:
        return [
            _flipped(u, chance, most=12) if not _is_set(u) and chance.random() < share else u
            for u in units
        ]

    return _changed(data, change)


def _other_kinds(data: bytes, chance: Random) -> bytes:
    share = chance.choice((0.05, 0.3))

    def change(units: _Units) -> _Units:
        return [
            bytes([absurd(8, chance)]) + u[1:] if u and chance.random() < share else u
            for u in units
        ]

    return _changed(data, change)


def _lost(data: bytes, chance: Random) -> bytes:
    kinds = chance.choice(({_KEY}, {_SPS}, {_PPS}, {_SPS, _PPS}, {1}, {_SEI}, {9}))
    share = chance.choice((0.5, 1.0))

    def change(units: _Units) -> _Units:
        return [u for u in units if _kind(u) not in kinds or chance.random() > share]

    return _changed(data, change)


def _shuffled(data: bytes, chance: Random) -> bytes:
    return _changed(data, lambda units: chance.sample(units, len(units)))


def _repeated(data: bytes, chance: Random) -> bytes:
    times = chance.choice((2, 5, 20))

    def change(units: _Units) -> _Units:
        return [u for unit in units for u in [unit] * (times if len(unit) < 200 else 2)]

    return _changed(data, change)


def _strange_messages(data: bytes, chance: Random) -> bytes:
    """Insert SEI units that lie about their own size."""

    def change(units: _Units) -> _Units:
        kind = bytes([chance.choice((0, 1, 4, 5, 6, 45, 255))])
        size = b"\xff" * chance.choice((0, 1, 50)) + bytes([absurd(8, chance)])
        body = chance.randbytes(chance.choice((0, 10, 400)))
        return [b"\x06" + kind + size + body.replace(_START, b"xxx"), *units]

    return _changed(data, change)


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "an absurd SPS": _absurd_set,
    "many other SPS": _many_sets,
    "flipped parameter sets": _flipped_sets,
    "flipped slice heads": _flipped_slice_heads,
    "units of another kind": _other_kinds,
    "units lost": _lost,
    "units shuffled": _shuffled,
    "units repeated": _repeated,
    "strange SEI": _strange_messages,
}
