"""Where the page's answers come from: this process where it leads, the leader's page elsewhere."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Protocol

import aiohttp

from podium_operator.errors import PodiumError
from podium_operator.live.gallery import Gallery

__all__ = ["AwayError", "FromGallery", "FromLeader", "Source", "frame"]

_FASTEST_SECONDS = 1.0
_LONGEST_SILENCE_SECONDS = 15.0
_MOST_LISTENERS = 32


class AwayError(PodiumError):
    """Nobody can be asked now; the text says what a person can do."""


class Source(Protocol):
    """What a page asks for; everything may raise AwayError."""

    async def fleet(self) -> bytes:
        """Return the cards, as JSON."""
        ...

    async def detail(self, namespace: str, name: str) -> bytes | None:
        """Return one Orchestrator, as JSON; None where there is none."""
        ...

    def events(self, chosen: tuple[str, str] | None) -> AsyncGenerator[bytes, None]:
        """Yield frames of server-sent events for as long as somebody listens."""
        ...


def frame(event: str, value: Any) -> bytes:
    """Write one server-sent event."""
    return f"event: {event}\ndata: {json.dumps(value, separators=(',', ':'))}\n\n".encode()


class FromGallery:
    """The leader's own."""

    def __init__(self, gallery: Gallery, *, fastest_seconds: float = _FASTEST_SECONDS) -> None:
        self._gallery, self._fastest_seconds = gallery, fastest_seconds
        self._listeners = 0
        self._frame, self._frame_until = b"", 0.0

    async def fleet(self) -> bytes:
        return json.dumps(self._gallery.fleet()).encode()

    async def detail(self, namespace: str, name: str) -> bytes | None:
        found = self._gallery.detail(namespace, name)
        return None if found is None else json.dumps(found).encode()

    async def events(self, chosen: tuple[str, str] | None) -> AsyncGenerator[bytes, None]:
        if self._listeners >= _MOST_LISTENERS:
            raise AwayError(f"{_MOST_LISTENERS} people look already: try again later")
        self._listeners += 1
        try:
            async for piece in self._events(chosen):
                yield piece
        finally:
            self._listeners -= 1

    async def _events(self, chosen: tuple[str, str] | None) -> AsyncIterator[bytes]:
        seen = -1
        while True:
            try:
                async with asyncio.timeout(_LONGEST_SILENCE_SECONDS):
                    seen = await self._gallery.changed(seen)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            yield self._fleet_frame()
            if chosen is not None:
                yield frame("detail", self._gallery.detail(*chosen))
            await asyncio.sleep(self._fastest_seconds)

    def _fleet_frame(self) -> bytes:
        """Write the fleet once for all who listen: this is the loop that keeps Orchestrators."""
        now = asyncio.get_running_loop().time()
        if now >= self._frame_until:
            self._frame = frame("fleet", self._gallery.fleet())
            self._frame_until = now + self._fastest_seconds
        return self._frame


class FromLeader:
    """A standby's: asks the leader, whose address its Lease tells, with this pod's own token."""

    def __init__(
        self, address: Callable[[], str], token: Callable[[], str], session: aiohttp.ClientSession
    ) -> None:
        self._address, self._token, self._session = address, token, session

    async def fleet(self) -> bytes:
        return await self._ask("/api/orchestrators") or b"[]"

    async def detail(self, namespace: str, name: str) -> bytes | None:
        return await self._ask(f"/api/orchestrators/{namespace}/{name}")

    async def events(self, chosen: tuple[str, str] | None) -> AsyncGenerator[bytes, None]:
        path = "/api/events" + (f"?orchestrator={'/'.join(chosen)}" if chosen else "")
        limits = aiohttp.ClientTimeout(sock_connect=5, sock_read=2 * _LONGEST_SILENCE_SECONDS)
        try:
            async with self._session.get(
                self._url(path), headers=self._headers, timeout=limits
            ) as answer:
                answer.raise_for_status()
                async for piece in answer.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AwayError(f"the leader does not answer ({type(error).__name__})") from error

    async def _ask(self, path: str) -> bytes | None:
        limits = aiohttp.ClientTimeout(total=5)
        try:
            async with self._session.get(
                self._url(path), headers=self._headers, timeout=limits
            ) as answer:
                if answer.status == 404:
                    return None
                answer.raise_for_status()
                return await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AwayError(f"the leader does not answer ({type(error).__name__})") from error

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token()}"}

    def _url(self, path: str) -> str:
        address = self._address()
        if not address:
            raise AwayError(
                "this replica stands by, and the leader's page is closed to other pods: "
                "`podium doctor` names the leader, port-forward to its pod"
            )
        return f"http://{address}{path}"
