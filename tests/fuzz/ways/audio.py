"""Lies in the sound of MPEG-TS: ADTS heads, lost and foreign frames."""

from collections.abc import Callable, Mapping
from random import Random

from tests.fuzz.ways.numbers import absurd
from tests.fuzz.ways.units import AUDIO, rebuilt

__all__ = ["WAYS"]

_HEAD = 7
_MP3 = b"\xff\xfb\x90\x64" + bytes(413)
_AC3 = b"\x0b\x77" + bytes(2) + b"\x14\x40\x43" + bytes(600)


def _frames(payload: bytes) -> list[bytes]:
    """Cut at ADTS frames as long as they are whole."""
    found, place = [], 0
    while payload[place : place + 1] == b"\xff" and place + _HEAD <= len(payload):
        length = (int.from_bytes(payload[place + 3 : place + 6]) >> 5) & 0x1FFF
        if length < _HEAD:
            break
        found.append(payload[place : place + length])
        place += length
    return [*found, payload[place:]]


def _changed(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    def inside(payload: bytes) -> bytes:
        return b"".join(
            change(frame) if len(frame) >= _HEAD else frame for frame in _frames(payload)
        )

    return rebuilt(data, AUDIO, inside)


def _wrong_heads(data: bytes, chance: Random) -> bytes:
    """Change one field of some heads: layer, profile, rate, channels, length, fullness, blocks."""
    share = chance.choice((0.05, 0.5, 1.0))
    first, bits = chance.choice(
        ((12, 1), (13, 2), (15, 1), (16, 2), (18, 4), (23, 3), (30, 13), (43, 11), (54, 2))
    )
    lie = absurd(bits, chance)

    def change(frame: bytes) -> bytes:
        if chance.random() >= share:
            return frame
        shift = 8 * _HEAD - first - bits
        head = int.from_bytes(frame[:_HEAD]) & ~((1 << bits) - 1 << shift)
        return (head | lie << shift).to_bytes(_HEAD) + frame[_HEAD:]

    return _changed(data, change)


def _lost(data: bytes, chance: Random) -> bytes:
    share = chance.choice((0.1, 0.5, 1.0))
    return _changed(data, lambda frame: b"" if chance.random() < share else frame)


def _cut(data: bytes, chance: Random) -> bytes:
    return _changed(data, lambda frame: frame[: chance.randint(0, len(frame))])


def _noise(data: bytes, chance: Random) -> bytes:
    share = chance.choice((0.1, 1.0))

    def change(frame: bytes) -> bytes:
        noisy = frame[:_HEAD] + chance.randbytes(len(frame) - _HEAD)
        return noisy if chance.random() < share else frame

    return _changed(data, change)


def _foreign(data: bytes, chance: Random) -> bytes:
    """Change the codec without saying so, from some frame on."""
    other, after = chance.choice((_MP3, _AC3, bytes(300))), chance.randint(0, 40)
    seen = 0

    def change(frame: bytes) -> bytes:
        nonlocal seen
        seen += 1
        return frame if seen <= after else other

    return _changed(data, change)


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "ADTS heads that lie": _wrong_heads,
    "sound frames lost": _lost,
    "sound frames cut": _cut,
    "noise for sound": _noise,
    "sound of another codec": _foreign,
}
