"""Where the page's answers come from: this process where it leads, the leader's page elsewhere."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, Final, Protocol

import aiohttp

from podium_operator.errors import PodiumError
from podium_operator.live.detail import changed
from podium_operator.live.fleet import Wish
from podium_operator.live.gallery import Gallery
from podium_operator.live.history import NEVER
from podium_operator.live.view import Key, View

__all__ = ["AwayError", "FromGallery", "FromLeader", "Source", "frame"]

_FASTEST_SECONDS: Final = 1.0
_LONGEST_SILENCE_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 15.0
_MOST_LISTENERS: Final = 32
_MOST_FRAMES: Final = 64


class AwayError(PodiumError):
    """Nobody can be asked now; the text says what a person can do."""


class Source(Protocol):
    """What a page asks for; everything may raise AwayError."""

    async def fleet(self, wish: Wish) -> bytes:
        """Return sums and cards, as JSON."""
        ...

    async def detail(self, key: Key) -> bytes | None:
        """Return one Orchestrator, as JSON; None where there is none."""
        ...

    def events(self, view: View) -> AsyncGenerator[bytes, None]:
        """Yield frames of server-sent events for as long as somebody listens."""
        ...


def frame(event: str, value: Any) -> bytes:
    """Write one server-sent event."""
    return f"event: {event}\ndata: {_json(value)}\n\n".encode()


class FromGallery:
    """The leader's own."""

    def __init__(self, gallery: Gallery, *, fastest_seconds: float = _FASTEST_SECONDS) -> None:
        self._gallery, self._fastest_seconds = gallery, fastest_seconds
        self._listeners = 0
        self._frames: dict[Wish, bytes] = {}
        self._frames_until = 0.0

    async def fleet(self, wish: Wish) -> bytes:
        return _json(self._gallery.fleet(wish)).encode()

    async def detail(self, key: Key) -> bytes | None:
        found = self._gallery.detail(*key)
        if found is None:
            return None
        return _json({**found, "hour": self._gallery.hour(*key)}).encode()

    async def events(self, view: View) -> AsyncGenerator[bytes, None]:
        if self._listeners >= _MOST_LISTENERS:
            raise AwayError(f"{_MOST_LISTENERS} people look already: try again later")
        self._listeners += 1
        try:
            async for piece in self._events(view):
                yield piece
        finally:
            self._listeners -= 1

    async def _events(self, view: View) -> AsyncIterator[bytes]:
        seen, news = -1, self._news_of(view)
        while True:
            try:
                async with asyncio.timeout(_LONGEST_SILENCE_SECONDS):
                    seen = await self._gallery.changed(seen)
            except TimeoutError:
                pass  # what nobody shows any more grows old, and that is news
            yield news() or frame("still", None)
            await asyncio.sleep(self._fastest_seconds)

    def _news_of(self, view: View) -> Callable[[], bytes]:
        """Return what tells one listener what it does not know yet, b"" for nothing."""
        if view.chosen is not None:
            return _NewsOfOne(self._gallery, view.chosen)
        last = b""

        def news() -> bytes:
            nonlocal last
            before, last = last, self._fleet_frame(view.wish)
            return b"" if last == before else last

        return news

    def _fleet_frame(self, wish: Wish) -> bytes:
        """Write the fleet once for all who listen: this is the loop that keeps Orchestrators."""
        now = asyncio.get_running_loop().time()
        if now >= self._frames_until or len(self._frames) >= _MOST_FRAMES:
            self._frames.clear()
            self._frames_until = now + self._fastest_seconds
        if wish not in self._frames:
            self._frames[wish] = frame("fleet", self._gallery.fleet(wish))
        return self._frames[wish]


class _NewsOfOne:
    """What a listener to one Orchestrator does not know yet: parts that changed, new samples."""

    def __init__(self, gallery: Gallery, key: Key) -> None:
        self._gallery, self._key = gallery, key
        self._told: Mapping[str, Any] | None = {}
        self._settled_at = NEVER

    def __call__(self) -> bytes:
        found = self._gallery.detail(*self._key)
        if found is None:
            was_told, self._told, self._settled_at = self._told, None, NEVER
            return b"" if was_told is None else frame("gone", "/".join(self._key))
        parts, self._told = changed(self._told or {}, found), found
        hour = self._gallery.hour(*self._key, since=self._settled_at)
        self._settled_at = hour["settledAt"]
        return frame("detail", {**parts, "hour": hour})


class FromLeader:
    """A standby's: asks the leader, whose address its Lease tells, with this pod's own token."""

    def __init__(
        self, address: Callable[[], str], token: Callable[[], str], session: aiohttp.ClientSession
    ) -> None:
        self._address, self._token, self._session = address, token, session

    async def fleet(self, wish: Wish) -> bytes:
        return await self._ask("/api/orchestrators", View(wish=wish).query) or b"{}"

    async def detail(self, key: Key) -> bytes | None:
        return await self._ask(f"/api/orchestrators/{'/'.join(key)}", {})

    async def events(self, view: View) -> AsyncGenerator[bytes, None]:
        limits = aiohttp.ClientTimeout(sock_connect=5, sock_read=_PATIENCE_SECONDS)
        try:
            async with self._session.get(
                self._url("/api/events"), params=view.query, headers=self._headers, timeout=limits
            ) as answer:
                answer.raise_for_status()
                async for piece in answer.content.iter_any():
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise AwayError(f"the leader does not answer ({type(error).__name__})") from error

    async def _ask(self, path: str, query: Mapping[str, str]) -> bytes | None:
        limits = aiohttp.ClientTimeout(total=5)
        try:
            async with self._session.get(
                self._url(path), params=query, headers=self._headers, timeout=limits
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


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
