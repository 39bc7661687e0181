"""Sources that are small to send and dear to decode, or that are not what they say."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from tests.fuzz.corpus import LIVE, SMALL, good
from tests.media.hostile import drawn, playlist

__all__ = ["BOMBS", "STRANGERS", "mixed"]

_HUGE = ((8192, 8192), (16_000, 64), (4096, 2304), (64, 16_000), (4098, 2306))
_CHANGES = ((16, 16), (320, 180), (180, 320), (640, 360), (1280, 720), (146, 50), (34, 2000))
_PIECE_FRAMES = 2


@cache
def _black(width: int, height: int, codec: str) -> bytes:
    return drawn(width, height, frames=1, codec=codec)


@cache
def _piece(width: int, height: int, start: int) -> bytes:
    ticks = 90_000 + start * _PIECE_FRAMES * 3600
    return drawn(width, height, frames=_PIECE_FRAMES, first_ticks=ticks)


def _huge_picture(chance: Random) -> bytes:
    width, height = chance.choice(_HUGE)
    return _black(width, height, chance.choice(("libx264", "libx264", "libx265")))


def _growing(chance: Random) -> bytes:
    """Begin small, and become huge once everything is open."""
    width, height = chance.choice(_HUGE)
    return _piece(320, 180, 0) + _black(width, height, "libx264")


def _many_sizes(chance: Random) -> bytes:
    """Change the picture's size again and again."""
    sizes = [chance.choice(_CHANGES) for _ in range(chance.choice((2, 5, 30)))]
    return b"".join(_piece(*size, number) for number, size in enumerate(sizes))


def _codecs_in_turn(chance: Random) -> bytes:
    names = (LIVE, "h264 with slices", "hevc", "mpeg2", "mpeg4", "h264 with ac3")
    return b"".join(good(name).data for name in chance.choices(names, k=4))


@cache
def _long_still() -> bytes:
    """Return hours of one picture: few bytes, one frame a minute."""
    gaps = dict.fromkeys(range(1, 20), 60 * 90_000)
    return drawn(320, 180, frames=20, gaps=gaps)


@cache
def _thousand_frames() -> bytes:
    """Return a thousand frames a second."""
    return drawn(64, 64, frames=600, rate=1000)


BOMBS: Mapping[str, Callable[[Random], bytes]] = {
    "a huge picture": _huge_picture,
    "a picture that becomes huge": _growing,
    "many sizes": _many_sizes,
    "codecs in turn": _codecs_in_turn,
    "an endless still": lambda _: _long_still(),
    "a thousand frames a second": lambda _: _thousand_frames(),
}


def mixed(one: bytes, other: bytes, chance: Random) -> bytes:
    """Join two sources: one after the other, halves, or packet by packet."""
    match chance.randrange(3):
        case 0:
            return one + other
        case 1:
            half, rest = len(one) // 376 * 188, len(other) // 376 * 188
            return one[:half] + other[rest:]
        case _:
            size = chance.choice((188, 188 * 7))
            count = max(len(one), len(other)) // size + 1
            pairs = ((one[n * size :][:size], other[n * size :][:size]) for n in range(count))
            return b"".join(piece for pair in pairs for piece in pair)


def _wave(chance: Random) -> bytes:
    rate = chance.choice((0, 1, 48_000, (1 << 32) - 1))
    form = b"fmt \x10\0\0\0\1\0\2\0" + rate.to_bytes(4, "little") + bytes(4) + b"\4\0\x10\0"
    return b"RIFF\xff\xff\xff\x7fWAVE" + form + b"data\xff\xff\xff\x7f" + bytes(5000)


def _pictures_one_by_one(chance: Random) -> bytes:
    return chance.choice(
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", b"\x89PNG\r\n\x1a\n", b"GIF89a")
    ) + bytes(5000)


def _bare_stream(chance: Random) -> bytes:
    """Return a video stream without a container."""
    units = good(chance.choice([name for name in SMALL if "mp4" in name])).data
    return b"\0\0\0\1" + units


STRANGERS: Mapping[str, Callable[[Random], bytes]] = {
    "nothing": lambda _: b"",
    "a playlist": lambda _: playlist(),
    "a list of files": lambda _: b"ffconcat version 1.0\nfile /etc/hostname\n",
    "a session description": lambda _: b"v=0\r\nm=video 9 RTP/AVP 96\r\nc=IN IP4 127.0.0.1\r\n",
    "a manifest": lambda _: b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/</BaseURL></MPD>',
    "a document": lambda chance: json.dumps({"error": chance.random()}).encode() * 100,
    "a page": lambda _: b"<html><title>502 Bad Gateway</title></html>\n" * 40,
    "a sound file": _wave,
    "pictures": _pictures_one_by_one,
    "a bare stream": _bare_stream,
    "noise": lambda chance: chance.randbytes(chance.choice((1, 187, 10_000))),
    "zeros": lambda chance: bytes(chance.choice((1, 188, 100_000))),
    "sync bytes": lambda chance: b"\x47" * chance.choice((188, 100_000)),
    "empty packets": lambda chance: (b"\x47\x1f\xff\x10" + bytes(184)) * chance.choice((1, 900)),
}
"""What is no segment at all."""
