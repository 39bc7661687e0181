"""How one segment uses the cores that nobody else needs; pure arithmetic.

A full machine does most on one thread per segment. With cores to spare a segment trades some
processor time for a shorter wait: its stages and encoders then run side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

__all__ = ["ThreadPlan", "free_cores", "thread_plan"]

_DECODE_THREADS = 2
_MOST_ENCODE_THREADS = 4  # frame threads blur the encoder's rate control: few are enough


@dataclass(frozen=True, slots=True)
class ThreadPlan:
    """Threads of one segment: `encode_threads` has the number inside each encoder, in order.

    `has_encoder_threads`: encoders run beside the decoder, each in a thread of its own.
    """

    has_encoder_threads: bool
    decode_threads: int
    encode_threads: tuple[int, ...]


def free_cores(cores: float, slots: int, busy: int) -> int:
    """Return the whole cores that one of `busy` segments may use, at least 1.

    `busy` counts the asking segment; `cores` is the CPU quota, which may be a fraction.
    """
    return max(1, int(cores / max(1, min(busy, slots))))


def thread_plan(free_cores: int, areas: Sequence[int]) -> ThreadPlan:
    """Share out the cores: an encoder gets its part by area (pixels per frame), rounded up."""
    if free_cores <= 1:
        return ThreadPlan(
            has_encoder_threads=False, decode_threads=1, encode_threads=(1,) * len(areas)
        )
    total = max(1, sum(areas))
    shares = (ceil(free_cores * area / total) for area in areas)
    return ThreadPlan(
        has_encoder_threads=True,
        decode_threads=_DECODE_THREADS,
        encode_threads=tuple(max(1, min(share, _MOST_ENCODE_THREADS)) for share in shares),
    )
