"""A bare gateway for tests: every header can be wrong, every step can be left out.

It speaks the same protobuf as the node but shares no logic with it. Realistic gateways, with their
time-outs and reactions, are in `tests/gateway`.
"""

import base64
import contextlib
import struct
from dataclasses import dataclass, field

import httpx
from Crypto.Hash import keccak
from tests.support.patience import until

from podium_worker.wire import lp_rpc_pb2 as pb

__all__ = ["CAPPED", "GrpcFailure", "WireClient", "keccak256", "profile", "seg_data"]

CAPPED = "Invalid orchestrator request: OrchestratorCapped"

_PREFIX = struct.Struct(">BI")
_PATIENT_MS = 15_000  # of this a node waits 54 s for its renditions: most tests mean no time
_PATIENCE_SECONDS = 120


class GrpcFailure(Exception):  # noqa: N818 - a status is an answer
    """A call that ended with a status other than 0."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text


def keccak256(data: bytes) -> bytes:
    """Hash as the network does."""
    digest: bytes = keccak.new(digest_bits=256, data=data).digest()
    return digest


def profile(name: str = "P240p30fps16x9", width: int = 426, height: int = 240) -> pb.VideoProfile:
    """Return a plain rendition at 30 frames per second."""
    return pb.VideoProfile(name=name, width=width, height=height, bitrate=600_000, fps=30)


def seg_data(
    token: pb.AuthToken | None,
    source: bytes,
    *,
    seq: int = 0,
    manifest: str = "stream",
    duration_ms: int = _PATIENT_MS,
) -> pb.SegData:
    """Return the header of a segment with one rendition, of a duration that leaves it time."""
    return pb.SegData(
        manifestId=manifest.encode(),
        seq=seq,
        hash=keccak256(source),
        profiles=b"invalid",
        duration=duration_ms,
        capabilities=pb.Capabilities(bitstring=[(1 << 0) | (1 << 1) | (1 << 12) | (1 << 26)]),
        auth_token=token,
        fullProfiles=[profile()],
    )


@dataclass(frozen=True, slots=True)
class WireClient:
    """An HTTP/2 client of the node at `address`; `renditions` speaks HTTP/1.1, as gateways do."""

    address: str
    http: httpx.AsyncClient
    renditions: httpx.AsyncClient
    sessions: dict[str, pb.AuthToken] = field(default_factory=dict)

    @classmethod
    def to(cls, address: str) -> "WireClient":
        """Make a client; nothing is sent yet."""
        return cls(
            address,
            httpx.AsyncClient(http2=True, http1=False, verify=False, timeout=_PATIENCE_SECONDS),  # noqa: S501
            httpx.AsyncClient(verify=False, timeout=_PATIENCE_SECONDS),  # noqa: S501
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self.http.aclose()
        await self.renditions.aclose()

    async def leave(self) -> None:
        """End the sessions of all that was pushed, as gateways do, and close all connections."""
        for token in self.sessions.values():
            with contextlib.suppress(httpx.TransportError, GrpcFailure):  # it may be gone
                await self.end_session(token)
        await self.aclose()

    async def call(self, method: str, message: bytes) -> bytes:
        """Call a method of the Orchestrator service; `GrpcFailure` carries its status."""
        response = await self.http.post(
            f"{self.address}/net.Orchestrator/{method}",
            content=_PREFIX.pack(0, len(message)) + message,
            headers={"content-type": "application/grpc", "te": "trailers"},
        )
        trailers = dict(response.headers)
        if trailers.get("grpc-status", "0") != "0":
            raise GrpcFailure(int(trailers["grpc-status"]), trailers.get("grpc-message", ""))
        return response.content[_PREFIX.size :]

    async def discover(self) -> pb.OrchestratorInfo:
        """Ask who the node is."""
        request = pb.OrchestratorRequest(address=bytes(20))
        return pb.OrchestratorInfo.FromString(
            await self.call("GetOrchestrator", request.SerializeToString())
        )

    async def token(self) -> pb.AuthToken:
        """Ask until the node has room, and return its token: a busy machine has little."""
        found: list[pb.AuthToken] = []

        async def is_welcome() -> bool:
            try:
                found.append((await self.discover()).auth_token)
            except GrpcFailure as failure:
                if failure.text != CAPPED:
                    raise
            return bool(found)

        await until(is_welcome, "the node has room")
        return found[0]

    async def end_session(self, token: pb.AuthToken) -> None:
        """Say that a session has ended."""
        request = pb.EndTranscodingSessionRequest(auth_token=token)
        await self.call("EndTranscodingSession", request.SerializeToString())

    async def push(self, header: pb.SegData, source: bytes) -> pb.TranscodeResult:
        """Push a segment and return its result; fails on any status but 200."""
        self.sessions[header.auth_token.session_id] = header.auth_token
        response = await self.post_segment(header.SerializeToString(), source)
        assert response.status_code == 200, response.text
        return pb.TranscodeResult.FromString(response.content)

    async def post_segment(
        self, header: bytes | str, source: bytes, **headers: str
    ) -> httpx.Response:
        """Post with any header at all: bytes are encoded, text goes as it is."""
        text = header if isinstance(header, str) else base64.b64encode(header).decode()
        all_headers = {
            "Livepeer-Segment": text,
            "Livepeer-Payment": "",
            "Content-Type": "video/MP2T",
            **headers,
        }
        return await self.http.post(f"{self.address}/segment", content=source, headers=all_headers)

    async def get(self, url: str) -> httpx.Response:
        """Fetch a rendition as a gateway does."""
        return await self.renditions.get(url)
