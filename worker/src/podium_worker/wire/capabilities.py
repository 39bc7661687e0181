"""Capabilities: what a job needs against what this node offers. Pure.

Bit n of the bit string is capability n; only what the transcoders really do is offered, so a
gateway that needs more looks elsewhere before it loses a segment here.
"""

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum

from podium_worker.profiles import CLASS_NEEDS, Codec, SourceKind
from podium_worker.wire import lp_rpc_pb2 as pb

__all__ = [
    "PROTOCOL_VERSION",
    "Capability",
    "bitstring",
    "is_compatible",
    "offer",
    "offered",
    "source_kind",
]

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
    HEVC_DECODE = 15
    HEVC_ENCODE = 16
    VP8_DECODE = 17
    VP9_DECODE = 18
    H264_DECODE_444_8BIT = 21
    H264_DECODE_422_8BIT = 22
    H264_DECODE_444_10BIT = 23
    H264_DECODE_422_10BIT = 24
    H264_DECODE_420_10BIT = 25
    SEGMENT_SLICING = 26


_DEEP = frozenset(
    {
        Capability.H264_DECODE_444_8BIT,
        Capability.H264_DECODE_422_8BIT,
        Capability.H264_DECODE_444_10BIT,
        Capability.H264_DECODE_422_10BIT,
        Capability.H264_DECODE_420_10BIT,
    }
)
_SOURCES = {
    SourceKind.H264: frozenset[Capability](),
    SourceKind.HEVC: frozenset({Capability.HEVC_DECODE}),
    SourceKind.VP8: frozenset({Capability.VP8_DECODE}),
    SourceKind.VP9: frozenset({Capability.VP9_DECODE}),
    SourceKind.H264_DEEP: _DEEP,
}
_ALWAYS = frozenset(Capability) - {Capability.HEVC_ENCODE} - frozenset().union(*_SOURCES.values())
"""Segment slicing is among them because every push asks for it; a clip itself is refused."""


def offered(classes: Iterable[str]) -> frozenset[Capability]:
    """Return what a node can do whose transcoders have these capability classes."""
    capabilities = set(_ALWAYS)
    for name in CLASS_NEEDS.keys() & set(classes):
        for source in CLASS_NEEDS[name].sources:
            capabilities |= _SOURCES[source]
        if Codec.H265 in CLASS_NEEDS[name].outputs:
            capabilities.add(Capability.HEVC_ENCODE)
    return frozenset(capabilities)


def source_kind(job: pb.Capabilities) -> SourceKind:
    """Return what a job's segments are coded in, as its gateway found out."""
    wanted = set(_numbers(job.bitstring))
    found = (kind for kind, needed in _SOURCES.items() if needed & wanted)
    return next(found, SourceKind.H264)


def bitstring(capabilities: Iterable[int]) -> list[int]:
    """Pack capability numbers into 64-bit words."""
    words: list[int] = []
    for number in capabilities:
        words.extend([0] * (number // 64 + 1 - len(words)))
        words[number // 64] |= 1 << (number % 64)
    return words


def offer(capabilities: frozenset[Capability]) -> pb.Capabilities:
    """Say what this node can do."""
    return pb.Capabilities(
        bitstring=bitstring(capabilities),
        capacities={int(number): 1 for number in sorted(capabilities)},
        version=PROTOCOL_VERSION,
    )


def is_compatible(job: pb.Capabilities, capabilities: frozenset[Capability]) -> bool:
    """Whether the node can do all that a job needs."""
    return _covers(bitstring(capabilities), job.bitstring) and _is_recent(
        job.constraints.minVersion
    )


def _numbers(words: Sequence[int]) -> list[int]:
    """Return the numbers of the first word's bits; a video node has no others."""
    return [number for number in range(64) if words and words[0] >> number & 1]


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
