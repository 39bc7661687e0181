"""The transcoder's two requests to a node: fetch a source, post what came of it.

The node's certificate is pinned by the fingerprint in the job. Nothing is followed, nothing is
retried for longer than the job's deadline, and sizes are bounded.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Self

import aiohttp

from podium_worker.jobs import Job
from podium_worker.profiles import Container
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.wire.limits import MAX_SEGMENT_BYTES
from podium_worker.wire.multipart import Part, build_body, new_boundary

__all__ = ["ERROR_TYPE", "Delivery", "JobGoneError", "NodeClient", "NodeUnreachableError"]

ERROR_TYPE = "livepeer/transcoding-error"
_TYPES = {Container.MPEGTS: "video/mp2t", Container.MP4: "video/mp4"}
_FETCH_SECONDS = 4.0
_RETRY_SECONDS = 0.2


class JobGoneError(Exception):
    """The node no longer wants an answer: answered, expired or unknown."""


class NodeUnreachableError(Exception):
    """The node could not be asked; another try may work."""


class Delivery(Enum):
    """What became of a result."""

    TAKEN = "taken"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class _Outgoing:
    headers: dict[str, str]
    pieces: list[bytes]


class NodeClient:
    """Talks to nodes; `async with` it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, ttl_dns_cache=5)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, job: Job) -> bytes:
        """Return the source; `JobGoneError` or `NodeUnreachableError`."""
        try:
            async with self._request("GET", job, _FETCH_SECONDS) as response:
                if response.status in {404, 409}:
                    raise JobGoneError
                if response.status != 200:
                    raise NodeUnreachableError(f"source answered {response.status}")
                if (response.content_length or 0) > MAX_SEGMENT_BYTES:
                    raise NodeUnreachableError("source larger than a segment may be")
                return await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NodeUnreachableError(f"{type(error).__name__}: {error}"[:200]) from error

    async def post_result(self, job: Job, result: TranscodeResult, slot_seconds: float) -> Delivery:
        """Post renditions, again and again until the deadline."""
        boundary = new_boundary()
        parts = [
            Part(
                {
                    "Content-Type": _TYPES[rendition.container],
                    "Content-Length": str(len(rendition.data)),
                    "Pixels": str(rendition.pixels),
                    "Frames": str(rendition.frames),
                    "Width": str(rendition.width),
                    "Height": str(rendition.height),
                },
                rendition.data,
            )
            for rendition in result.renditions
        ]
        headers = {
            "Content-Type": f"multipart/mixed; boundary={boundary}",
            "Pixels": str(result.decoded_pixels),
            "Slot-Seconds": f"{slot_seconds:.6f}",
        }
        return await self._post(job, _Outgoing(headers, build_body(parts, boundary)))

    async def post_error(self, job: Job, text: str) -> Delivery:
        """Post an error's text for the gateway."""
        return await self._post(job, _Outgoing({"Content-Type": ERROR_TYPE}, [text.encode()]))

    async def _post(self, job: Job, outgoing: _Outgoing) -> Delivery:
        length = sum(map(len, outgoing.pieces))
        headers = {**outgoing.headers, "Content-Length": str(length)}
        while time.time() < job.deadline:
            try:
                left = max(1.0, job.deadline - time.time())
                async with self._request(
                    "POST", job, left, headers=headers, data=_chunks(outgoing.pieces)
                ) as response:
                    if response.status == 200:
                        return Delivery.TAKEN
                    if response.status < 500:
                        return Delivery.GONE
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            await asyncio.sleep(_RETRY_SECONDS)
        return Delivery.GONE

    def _request(
        self,
        method: str,
        job: Job,
        timeout_seconds: float,
        *,
        headers: dict[str, str] | None = None,
        data: AsyncIterator[bytes] | None = None,
    ) -> "aiohttp.client._RequestContextManager":
        if self._session is None:
            raise NodeUnreachableError("the client is closed")
        return self._session.request(
            method,
            job.url,
            headers=headers,
            data=data,
            ssl=aiohttp.Fingerprint(bytes.fromhex(job.cert_sha256)),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=2),
        )


async def _chunks(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
