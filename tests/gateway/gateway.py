"""A gateway's calls: discovery, `/segment`, renditions, refresh and end of a session.

Each call keeps go-livepeer's time-outs and raises an error of the tree in `errors`. Nothing is
retried except what a Go client's transport itself sends again: a request the server never looked
at.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from tests.gateway import grpc_call, messages
from tests.gateway.addresses import Address, ConnectTo, parse_address
from tests.gateway.errors import (
    GatewayError,
    MissingRenditionError,
    RejectedError,
    TooSlowError,
    TranscodeError,
    UnprocessedError,
    UnreachableError,
)
from tests.gateway.http2 import Http2Connection, body_within, head_within, unverified_tls
from tests.gateway.messages import Rendition, Session
from tests.gateway.patience import (
    CONNECT_SECONDS,
    DISCOVERY_SECONDS,
    REFRESH_SECONDS,
    RENDITION_SECONDS,
    patience_with,
)

from podium_worker.wire import lp_rpc_pb2 as pb

__all__ = ["Fetched", "Gateway", "Times", "Upload"]


@dataclass(frozen=True, slots=True)
class Upload:
    """One source segment as it is sent; only hostile tests give another `segment_hash`."""

    manifest_id: str
    seq: int
    duration_seconds: float
    data: bytes
    segment_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One rendition with its bytes and the pixels the orchestrator claims."""

    name: str
    url: str
    pixels: int
    data: bytes


@dataclass(slots=True)
class Times:
    """Seconds since `started`, filled in on the way, so that a failure keeps what it has.

    `session` is what the answer says to go on with.
    """

    started: float
    header_seconds: float | None = None
    answered_seconds: float | None = None
    fetched_seconds: float | None = None
    session: Session | None = None

    def since(self) -> float:
        """Return the seconds passed so far."""
        return time.monotonic() - self.started


class Gateway:
    """One gateway with its connections; an async context manager.

    With a `patience` above 1 it waits that many times as long as gateways do, and tells durations
    that many times too long, so that a node does too: for tests that are about no time.
    """

    def __init__(
        self,
        orchestrators: Sequence[str],
        connect_to: ConnectTo | None = None,
        *,
        patience: float = 1.0,
    ) -> None:
        self._orchestrators = [parse_address(url) for url in orchestrators]
        self._connect_to = connect_to or ConnectTo()
        self._patience = patience
        self._connections: dict[str, Http2Connection] = {}
        self._retired: list[Http2Connection] = []
        self._connecting = asyncio.Lock()
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=unverified_tls(), limit=64),
            timeout=aiohttp.ClientTimeout(total=RENDITION_SECONDS * patience),
            auto_decompress=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        for connection in [*self._connections.values(), *self._retired]:
            await connection.close()
        self._connections.clear()
        self._retired.clear()
        await self._http.close()

    async def discover(self, renditions: Sequence[Rendition]) -> Session:
        """Return the session of whoever answers first; raises the last one's error."""
        asked = [
            asyncio.create_task(self._get_session(address, renditions, DISCOVERY_SECONDS))
            for address in self._orchestrators
        ]
        last: GatewayError = UnreachableError("no orchestrators")
        try:
            for answer in asyncio.as_completed(asked):
                try:
                    return await answer
                except GatewayError as error:
                    last = error
            raise last
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def refresh(self, session: Session, renditions: Sequence[Rendition]) -> Session:
        """Return a fresh session from the orchestrator of this one."""
        address = parse_address(session.transcoder)
        return await self._get_session(address, renditions, REFRESH_SECONDS)

    async def end(self, session: Session) -> None:
        """Tell the orchestrator that the stream has ended."""
        request = pb.EndTranscodingSessionRequest(auth_token=session.auth_token())
        await self._unary(
            parse_address(session.transcoder),
            "/net.Orchestrator/EndTranscodingSession",
            request.SerializeToString(),
            timeout_seconds=REFRESH_SECONDS,
        )

    async def ping(self, url: str, value: bytes) -> bytes:
        """Return the orchestrator's answer to a ping."""
        reply = await self._unary(
            parse_address(url),
            "/net.Orchestrator/Ping",
            pb.PingPong(value=value).SerializeToString(),
            timeout_seconds=DISCOVERY_SECONDS,
        )
        return pb.PingPong.FromString(reply).value

    async def push(
        self,
        session: Session,
        upload: Upload,
        *,
        renditions: Sequence[Rendition],
        times: Times | None = None,
    ) -> tuple[Fetched, ...]:
        """Send one segment and return all its renditions, in order."""
        times = times or Times(time.monotonic())
        header = messages.segment_header(
            session,
            renditions,
            manifest_id=upload.manifest_id,
            seq=upload.seq,
            duration_ms=round(upload.duration_seconds * self._patience * 1000),
            segment_hash=upload.segment_hash or messages.keccak256(upload.data),
        )
        body = await self.post_segment(session.transcoder, header, upload=upload, times=times)
        result, error = messages.read_result(body, wanted=len(renditions))
        if error:
            raise TranscodeError(error)
        times.session = messages.session_of(result.info)
        fetched = await asyncio.gather(
            *(
                self._fetch(rendition.name, segment.url, segment.pixels)
                for rendition, segment in zip(renditions, result.data.segments, strict=True)
            )
        )
        times.fetched_seconds = times.since()
        return tuple(fetched)

    async def post_segment(
        self, url: str, header: str, *, upload: Upload, times: Times | None = None
    ) -> bytes:
        """Post one segment with this `Livepeer-Segment` header and return the body of the 200."""
        times = times or Times(time.monotonic())
        patience = patience_with(upload.duration_seconds * self._patience)
        try:
            async with asyncio.timeout(patience.total_seconds):
                try:
                    return await self._post(url, header, upload=upload, times=times)
                except UnprocessedError:
                    return await self._post(url, header, upload=upload, times=times)
        except TimeoutError as error:
            raise TooSlowError(f"no answer within {patience.total_seconds:g} s") from error

    async def _post(self, url: str, header: str, *, upload: Upload, times: Times) -> bytes:
        patience = patience_with(upload.duration_seconds * self._patience)
        address = parse_address(url)
        connection = await self._connection(address)
        answer = await connection.request(
            "POST",
            (address.authority, f"{address.path}/segment"),
            {
                "livepeer-segment": header,
                "livepeer-payment": "",
                "content-type": "video/MP2T",
                "content-length": str(len(upload.data)),
                "user-agent": "podium-test-gateway",
            },
            upload.data,
        )
        try:
            head = await head_within(answer, patience.headers_seconds)
            times.header_seconds = times.since()
            body = await body_within(answer, patience.total_seconds)
            times.answered_seconds = times.since()
        finally:
            connection.abandon(answer)
        status = int(head[":status"])
        if status != 200:
            times.answered_seconds = None
            raise RejectedError(status, body.decode(errors="replace").strip())
        return body

    async def _fetch(self, name: str, url: str, pixels: int) -> Fetched:
        address = parse_address(url)
        host, port = self._connect_to.dial(address)
        path = url.partition(address.authority)[2]
        try:
            async with self._http.get(
                f"https://{host}:{port}{path}",
                headers={"Host": address.authority},
                server_hostname=address.host,
            ) as answer:
                if answer.status != 200:
                    raise MissingRenditionError(f"{path}: status {answer.status}")
                return Fetched(name, url, pixels, await answer.read())
        except TimeoutError as error:
            within = RENDITION_SECONDS * self._patience
            raise TooSlowError(f"rendition {path} not within {within:g} s") from error
        except aiohttp.ClientError as error:
            raise MissingRenditionError(f"{path}: {error!r}") from error

    async def _get_session(
        self, address: Address, renditions: Sequence[Rendition], timeout_seconds: float
    ) -> Session:
        reply = await self._unary(
            address,
            "/net.Orchestrator/GetOrchestrator",
            messages.orchestrator_request(renditions),
            timeout_seconds=timeout_seconds,
        )
        return messages.read_session(reply)

    async def _unary(
        self, address: Address, method: str, message: bytes, *, timeout_seconds: float
    ) -> bytes:
        """Call on a connection of its own, as gateways do."""
        timeout_seconds *= self._patience
        host, port = self._connect_to.dial(address)
        async with await Http2Connection.open(
            host, port, connect_seconds=min(CONNECT_SECONDS * self._patience, timeout_seconds)
        ) as connection:
            return await grpc_call.unary(
                connection,
                address.authority,
                method=method,
                message=message,
                timeout_seconds=timeout_seconds,
            )

    async def _connection(self, address: Address) -> Http2Connection:
        async with self._connecting:
            known = self._connections.get(address.authority)
            if known is not None and known.is_usable:
                return known
            if known is not None:
                self._retired.append(known)  # requests in flight on it may still finish
            host, port = self._connect_to.dial(address)
            opened = await Http2Connection.open(
                host, port, connect_seconds=CONNECT_SECONDS * self._patience
            )
            self._connections[address.authority] = opened
            return opened
