"""Damage to the tags of FLV."""

from collections.abc import Callable, Mapping
from random import Random

from tests.fuzz.ways.numbers import absurd, absurd_bytes

__all__ = ["WAYS"]

_HEAD = 9 + 4
_TAG_HEAD = 11


def _tags(data: bytes) -> tuple[bytes, list[bytes]]:
    """Return the file's head and its tags, each with the size that follows it."""
    tags, place = [], _HEAD
    while place + _TAG_HEAD <= len(data):
        size = int.from_bytes(data[place + 1 : place + 4])
        tags.append(data[place : place + _TAG_HEAD + size + 4])
        place += _TAG_HEAD + size + 4
    return data[:_HEAD], tags


def _some(data: bytes, chance: Random, change: Callable[[bytes], bytes]) -> bytes:
    head, tags = _tags(data)
    share = chance.choice((0.05, 0.3, 1.0))
    return head + b"".join(change(tag) if chance.random() < share else tag for tag in tags)


def _wrong_heads(data: bytes, chance: Random) -> bytes:
    offset, size = chance.choice(((0, 1), (1, 3), (4, 3), (7, 1), (8, 3)))

    def change(tag: bytes) -> bytes:
        return tag[:offset] + absurd_bytes(size, chance) + tag[offset + size :]

    return _some(data, chance, change)


def _wrong_codecs(data: bytes, chance: Random) -> bytes:
    """Change frame type, codec, packet type and composition time of sound and pictures."""
    offset = _TAG_HEAD + chance.choice((0, 1, 2, 3, 4))

    def change(tag: bytes) -> bytes:
        return tag[:offset] + bytes([absurd(8, chance)]) + tag[offset + 1 :]

    return _some(data, chance, change)


def _lost(data: bytes, chance: Random) -> bytes:
    return _some(data, chance, lambda _: b"")


def _shuffled(data: bytes, chance: Random) -> bytes:
    head, tags = _tags(data)
    return head + b"".join(chance.sample(tags, len(tags)))


def _strange_script(data: bytes, chance: Random) -> bytes:
    """Add script data with strings and arrays that are longer than the file, or deep."""
    value = chance.choice(
        (
            b"\x08" + absurd_bytes(4, chance),
            b"\x0a" + absurd_bytes(4, chance),
            b"\x03\0\1a" * chance.choice((10, 5000)),
            b"\x00" + chance.randbytes(8),
        )
    )
    body = b"\x02\x00\x0aonMetaData\x08\0\0\0\1\x00\x08duration" + value
    tag = b"\x12" + len(body).to_bytes(3) + bytes(7) + body + (len(body) + 11).to_bytes(4)
    return data[:_HEAD] + tag + data[_HEAD:]


WAYS: Mapping[str, Callable[[bytes, Random], bytes]] = {
    "wrong tag heads": _wrong_heads,
    "wrong codecs in tags": _wrong_codecs,
    "tags lost": _lost,
    "tags shuffled": _shuffled,
    "strange script data": _strange_script,
}
