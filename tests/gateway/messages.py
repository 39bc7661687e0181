"""A gateway's messages: what it asks an orchestrator, and how it describes a segment (pure).

The encodings follow go-livepeer's gateway off-chain: a zero address, no signature, no payment.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from Crypto.Hash import keccak
from tests.gateway.errors import BadReplyError

from podium_worker.wire import lp_rpc_pb2 as pb

__all__ = [
    "Rendition",
    "Session",
    "job_bits",
    "keccak256",
    "orchestrator_request",
    "read_result",
    "read_session",
    "segment_header",
    "session_of",
]

_NO_ADDRESS = bytes(20)
_PROFILE_BITS = {1: 7, 2: 8, 3: 9, 4: 10}
_PROFILES = (
    pb.VideoProfile.ENCODER_DEFAULT,
    pb.VideoProfile.H264_BASELINE,
    pb.VideoProfile.H264_MAIN,
    pb.VideoProfile.H264_HIGH,
    pb.VideoProfile.H264_CONSTRAINED_HIGH,
)


@dataclass(frozen=True, slots=True)
class Rendition:
    """One wanted output in the wire's units: pixels, bit/s, frames per second, milliseconds.

    `profile` is the wire's number of the codec profile (0: the encoder's choice).
    """

    name: str
    width: int
    height: int
    bitrate: int
    fps: int = 0
    fps_den: int = 0
    profile: int = 0
    gop_ms: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether the oldest encoding of profiles can carry it."""
        return self.fps_den == 0 and self.profile == 0 and self.gop_ms == 0


@dataclass(frozen=True, slots=True)
class Session:
    """What discovery gave: where to work, and the token that must be echoed."""

    transcoder: str
    token: bytes
    session_id: str
    expires_at: int

    def auth_token(self) -> pb.AuthToken:
        """Return the token as the wire carries it."""
        return pb.AuthToken(
            token=self.token, session_id=self.session_id, expiration=self.expires_at
        )


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte Keccak-256 hash (the one before SHA-3's padding)."""
    return keccak.new(digest_bits=256, data=data).digest()


def job_bits(renditions: Sequence[Rendition]) -> int:
    """Return the capabilities that a job of H.264 in MPEG-TS needs, as one 64-bit word."""
    bits = {0, 12, 26}
    for rendition in renditions:
        bits |= {0, 1}
        if rendition.fps_den > 0:
            bits.add(3)
        if rendition.profile:
            bits.add(_PROFILE_BITS[rendition.profile])
        if rendition.gop_ms:
            bits.add(11)
    return sum(1 << bit for bit in bits)


def _capabilities(renditions: Sequence[Rendition]) -> pb.Capabilities:
    return pb.Capabilities(
        bitstring=[job_bits(renditions)], constraints=pb.Capabilities.Constraints()
    )


def orchestrator_request(renditions: Sequence[Rendition]) -> bytes:
    """Return a serialized discovery request for a stream with these renditions."""
    request = pb.OrchestratorRequest(address=_NO_ADDRESS, capabilities=_capabilities(renditions))
    return request.SerializeToString()


def read_session(reply: bytes) -> Session:
    """Return the session that is offered; raises `BadReplyError` where a gateway drops it."""
    try:
        info = pb.OrchestratorInfo.FromString(reply)
    except Exception as error:
        raise BadReplyError(f"OrchestratorInfo does not parse: {error}") from error
    if not info.HasField("auth_token"):
        raise BadReplyError("OrchestratorInfo has no auth token")
    if not info.transcoder:
        raise BadReplyError("OrchestratorInfo names no transcoder address")
    token = info.auth_token
    return Session(info.transcoder, token.token, token.session_id, token.expiration)


def session_of(info: pb.OrchestratorInfo) -> Session | None:
    """Return where an answer tells the gateway to go on; None when it says nothing of it."""
    if not info.transcoder or not info.HasField("auth_token"):
        return None
    token = info.auth_token
    return Session(info.transcoder, token.token, token.session_id, token.expiration)


def segment_header(
    session: Session,
    renditions: Sequence[Rendition],
    *,
    manifest_id: str,
    seq: int,
    duration_ms: int,
    segment_hash: bytes,
) -> str:
    """Return the value of the `Livepeer-Segment` header."""
    segment = pb.SegData(
        manifestId=manifest_id.encode(),
        seq=seq,
        hash=segment_hash,
        profiles=b"invalid",
        duration=duration_ms,
        capabilities=_capabilities(renditions),
        auth_token=session.auth_token(),
    )
    plain = all(rendition.is_plain for rendition in renditions)
    (segment.fullProfiles if plain else segment.fullProfiles3).extend(map(_profile, renditions))
    return base64.b64encode(segment.SerializeToString()).decode()


def _profile(rendition: Rendition) -> pb.VideoProfile:
    return pb.VideoProfile(
        name=rendition.name,
        width=rendition.width,
        height=rendition.height,
        bitrate=rendition.bitrate,
        fps=rendition.fps,
        fpsDen=rendition.fps_den,
        gop=rendition.gop_ms,
        profile=_PROFILES[rendition.profile],
    )


def read_result(body: bytes, *, wanted: int) -> tuple[pb.TranscodeResult, str]:
    """Return the result and its error text ("" for none); raises `BadReplyError` otherwise."""
    try:
        result = pb.TranscodeResult.FromString(body)
    except Exception as error:
        raise BadReplyError(f"TranscodeResult does not parse: {error}") from error
    match result.WhichOneof("result"):
        case "error":
            return result, result.error or "an empty error"
        case "data" if len(result.data.segments) == wanted:
            return result, ""
        case "data":
            raise BadReplyError(f"{len(result.data.segments)} renditions for {wanted} profiles")
        case _:
            raise BadReplyError("UnknownResponse")
