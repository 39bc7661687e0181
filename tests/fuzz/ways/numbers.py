"""Numbers that parsers get wrong."""

from random import Random

__all__ = ["absurd", "absurd_bytes"]

_EDGES = (0, 1, 2, 7, 8, 15, 16, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536)


def absurd(bits: int, chance: Random) -> int:
    """Return an unsigned number of at most `bits` that is near an edge, or any at all."""
    top = (1 << bits) - 1
    near_top = (top, top - 1, top >> 1, (top >> 1) + 1)
    return chance.choice((*_EDGES, *near_top, chance.randint(0, top))) & top


def absurd_bytes(count: int, chance: Random) -> bytes:
    """Return such a number in `count` bytes, big end first."""
    return absurd(8 * count, chance).to_bytes(count)
