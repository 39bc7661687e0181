"""Capabilities: what a job needs against what this node offers. Pure.

Bit n of the bit string is capability n; only what the transcoders really do is offered, so a
gateway that needs more looks elsewhere before it loses a segment here.
"""

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum

from podium_worker.wire import lp_rpc_pb2 as pb

__all__ = ["OFFERED", "PROTOCOL_VERSION", "Capability", "bitstring", "is_compatible", "offer"]

PROTOCOL_VERSION = "0.9.1"
"""The release of the reference whose wire this is; gateways may ask for a minimum."""

_RELEASE = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$")


class Capability(IntEnum):
    """The network's numbers, as far as a video node can have them."""

    H264 = 0
    MPEGTS = 1
    MP4 = 2
    FRACTIONAL_FRAMERATES = 3
    H264_BASELINE = 7
    H264_MAIN = 8
    H264_HIGH = 9
    H264_CONSTRAINED_HIGH = 10
    GOP = 11
    AUTH_TOKEN = 12
    SEGMENT_SLICING = 26


OFFERED = frozenset(Capability)
"""Segment slicing is among them because every push asks for it; a clip itself is refused."""


def bitstring(capabilities: Iterable[int]) -> list[int]:
    """Pack capability numbers into 64-bit words."""
    words: list[int] = []
    for number in capabilities:
        words.extend([0] * (number // 64 + 1 - len(words)))
        words[number // 64] |= 1 << (number % 64)
    return words


def offer() -> pb.Capabilities:
    """Say what this node can do."""
    return pb.Capabilities(
        bitstring=bitstring(OFFERED),
        capacities={int(number): 1 for number in sorted(OFFERED)},
        version=PROTOCOL_VERSION,
    )


def is_compatible(job: pb.Capabilities) -> bool:
    """Whether the node can do all that a job needs."""
    return _covers(bitstring(OFFERED), job.bitstring) and _is_recent(job.constraints.minVersion)


def _covers(offered: Sequence[int], wanted: Sequence[int]) -> bool:
    if len(wanted) > len(offered):
        return False
    return all(want & ~have == 0 for want, have in zip(wanted, offered, strict=False))


def _is_recent(minimum: str) -> bool:
    if not minimum:
        return True
    wanted, own = _RELEASE.match(minimum), _RELEASE.match(PROTOCOL_VERSION)
    if wanted is None or own is None:
        return False
    return tuple(map(int, own.groups())) >= tuple(map(int, wanted.groups()))
