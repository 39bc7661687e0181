"""Reading the headers of a segment: what the gateway wants, or why it is refused.

Checks run in the reference's order and refuse with its status and text, since gateways act on
the exact words. Pure: the token's secret and the time are given.
"""

import base64
import binascii
from dataclasses import dataclass, replace

from google.protobuf.message import DecodeError

from podium_worker.errors import Refusal
from podium_worker.profiles import Codec, CodecProfile, Container, Profile, SourceKind
from podium_worker.wire import lp_rpc_pb2 as pb, tokens
from podium_worker.wire.capabilities import Capability, is_compatible, source_kind
from podium_worker.wire.keccak import keccak256
from podium_worker.wire.limits import MAX_DURATION_MS, MAX_SEGMENT_BYTES

__all__ = [
    "MAX_DURATION_MS",
    "MAX_SEGMENT_BYTES",
    "Segment",
    "check_payment",
    "flatten",
    "parse_segment",
]

_DEFAULT_DURATION_MS = 2000


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment's headers after all checks; `token` is echoed in the answer."""

    manifest_id: bytes
    session_id: str
    seq: int
    hash: bytes
    duration_ms: int
    profiles: tuple[Profile, ...]
    token: pb.AuthToken
    source: SourceKind = SourceKind.H264
    has_clip: bool = False

    @property
    def duration_seconds(self) -> float:
        """How long the segment plays."""
        return self.duration_ms / 1000


def check_payment(header: str) -> None:
    """Refuse a payment header that cannot be read; off chain its content means nothing."""
    try:
        data = base64.b64decode(header, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(402, f"base64 decode error: {error}") from error
    try:
        pb.Payment.FromString(data)
    except DecodeError as error:
        raise Refusal(402, f"protobuf unmarshal error: {error}") from error


def parse_segment(
    header: str, secret: bytes, now: float, *, capabilities: frozenset[Capability]
) -> Segment:
    """Read and check the segment header; `Refusal` 403 with the reference's text.

    `capabilities` are those that this node offers.
    """
    data = _decode(header)
    profiles = tuple(_profile(wire) for wire in _wanted(data))
    if not 0 <= data.duration <= MAX_DURATION_MS:
        raise Refusal(403, "invalid duration")
    if not is_compatible(data.capabilities, capabilities):
        raise Refusal(403, "incompatible capabilities")
    token = data.auth_token if data.HasField("auth_token") else None
    tokens.check_token(secret, token, now)
    return Segment(
        manifest_id=data.manifestId,
        session_id=data.auth_token.session_id,
        seq=data.seq,
        hash=data.hash,
        duration_ms=data.duration or _DEFAULT_DURATION_MS,
        profiles=_unique_names(profiles),
        token=data.auth_token,
        source=source_kind(data.capabilities),
        has_clip=data.segment_parameters.to > 0 or getattr(data.segment_parameters, "from") > 0,
    )


def flatten(manifest_id: bytes, seq: int, segment_hash: bytes, names: tuple[str, ...]) -> bytes:
    """Return the bytes that a sender signs for a segment."""
    marks = b"".join(keccak256(name.encode())[:4] for name in names)
    return manifest_id + seq.to_bytes(32, "big") + segment_hash + marks.hex().encode()


def _decode(header: str) -> pb.SegData:
    try:
        data = base64.b64decode(header, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(403, "ErrorSegEncoding") from error
    try:
        return pb.SegData.FromString(data)
    except DecodeError as error:
        raise Refusal(403, f"proto: {error}") from error


def _wanted(data: pb.SegData) -> list[pb.VideoProfile]:
    return list(data.fullProfiles3 or data.fullProfiles2 or data.fullProfiles)


def _profile(wire: pb.VideoProfile) -> Profile:
    return Profile(
        name=wire.name or f"net_{wire.width}x{wire.height}_{wire.bitrate}",
        width=wire.width,
        height=wire.height,
        bitrate=wire.bitrate,
        fps=wire.fps,
        fps_den=wire.fpsDen or 1,
        format=_container(wire),
        codec_profile=_codec_profile(wire),
        gop_ms=wire.gop,
        encoder=_codec(wire),
        quality=wire.quality,
    )


def _container(wire: pb.VideoProfile) -> Container:
    try:
        return Container[pb.VideoProfile.Format.Name(wire.format)]
    except (KeyError, ValueError) as error:
        raise Refusal(403, "unrecognized profile output format") from error


def _codec_profile(wire: pb.VideoProfile) -> CodecProfile:
    try:
        return CodecProfile[pb.VideoProfile.Profile.Name(wire.profile)]
    except (KeyError, ValueError) as error:
        raise Refusal(403, "unrecognized encoder profile") from error


def _codec(wire: pb.VideoProfile) -> Codec:
    try:
        return Codec[pb.VideoProfile.VideoCodec.Name(wire.encoder)]
    except (KeyError, ValueError) as error:
        raise Refusal(403, "unrecognized video codec") from error


def _unique_names(profiles: tuple[Profile, ...]) -> tuple[Profile, ...]:
    seen: dict[str, int] = {}
    unique: list[Profile] = []
    for profile in profiles:
        count = seen[profile.name] = seen.get(profile.name, 0) + 1
        unique.append(profile if count == 1 else replace(profile, name=f"{profile.name}-{count}"))
    return tuple(unique)
