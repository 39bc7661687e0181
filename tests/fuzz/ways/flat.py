"""Damage that knows nothing of what it damages."""

from collections.abc import Callable, Mapping
from random import Random

from tests.fuzz.ways.numbers import absurd_bytes

__all__ = ["WAYS"]


def _flip_bits(data: bytes, chance: Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 5, 50, 500)) if damaged else 0):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _flip_bits_of_the_head(data: bytes, chance: Random) -> bytes:
    return _flip_bits(data[:1000], chance) + data[1000:]


def _set_bytes(data: bytes, chance: Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 20, 1000)) if damaged else 0):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def _absurd_numbers(data: bytes, chance: Random) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 3, 20))):
        count = chance.choice((1, 2, 4, 8))
        place = chance.randrange(len(damaged) + 1)
        damaged[place : place + count] = absurd_bytes(count, chance)
    return bytes(damaged)


def _cut_end(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _cut_front(data: bytes, chance: Random) -> bytes:
    return data[chance.randrange(len(data) + 1) :]


def _leave_little(data: bytes, chance: Random) -> bytes:
    return data[: chance.choice((0, 1, 4, 16, 100, 187, 188, 189, 376, 1000))]


def _lose_a_span(data: bytes, chance: Random) -> bytes:
    first, last = _span(data, chance)
    return data[:first] + data[last:]


def _repeat_a_span(data: bytes, chance: Random) -> bytes:
    first, last = _span(data, chance)
    times = min(chance.choice((2, 3, 20)), 2 + 1_000_000 // (last - first + 1))
    return data[:first] + data[first:last] * times + data[last:]


def _zero_a_span(data: bytes, chance: Random) -> bytes:
    first, last = _span(data, chance)
    return data[:first] + bytes([chance.choice((0, 0xFF, 0x47))]) * (last - first) + data[last:]


def _move_a_span(data: bytes, chance: Random) -> bytes:
    first, last = _span(data, chance)
    rest = data[:first] + data[last:]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + data[first:last] + rest[place:]


def _splice_noise(data: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    noise = chance.randbytes(chance.choice((1, 10, 188, 1000, 20_000)))
    return data[:place] + noise + data[place:]


def _noise_after_the_head(data: bytes, chance: Random) -> bytes:
    head = chance.choice((188, 376, 564, 2000))
    return data[:head] + chance.randbytes(max(0, min(len(data) - head, 50_000)))


def _span(data: bytes, chance: Random) -> tuple[int, int]:
    longest = chance.choice((10, 200, 5000, len(data)))
    first = chance.randrange(len(data) + 1)
    return first, min(len(data), first + chance.randint(0, longest))


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "flipped bits": _flip_bits,
    "flipped bits in the head": _flip_bits_of_the_head,
    "wrong bytes": _set_bytes,
    "absurd numbers anywhere": _absurd_numbers,
    "end cut off": _cut_end,
    "front cut off": _cut_front,
    "hardly anything left": _leave_little,
    "a span lost": _lose_a_span,
    "a span repeated": _repeat_a_span,
    "a span blanked": _zero_a_span,
    "a span moved": _move_a_span,
    "noise spliced in": _splice_noise,
    "noise after the head": _noise_after_the_head,
}
