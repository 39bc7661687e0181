"""Ways to damage a segment: each takes good bytes and a source of chance, and returns bad bytes."""

from collections.abc import Mapping
from random import Random
from typing import Protocol

from tests.fuzz.ways import audio, boxes, elements, flat, flv, nals, packets, pes, tables

__all__ = ["WAYS", "Way"]


class Way(Protocol):
    """One kind of damage, the same for the same state of `chance`."""

    def __call__(self, data: bytes, chance: Random, /) -> bytes:
        """Return the damaged copy."""


_TS: Mapping[str, Way] = {
    name: way for module in (packets, tables, pes, nals, audio) for name, way in module.WAYS.items()
}
WAYS: Mapping[str, Mapping[str, Way]] = {
    "any": flat.WAYS,
    "mpegts": _TS,
    "mp4": boxes.WAYS,
    "mov": boxes.WAYS,
    "matroska": elements.WAYS,
    "webm": elements.WAYS,
    "flv": flv.WAYS,
}
"""Ways by container; those of "any" suit all."""
