"""Puts the live page together: its gate, its source, its server."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from podium_operator.door import Door
from podium_operator.kube.client import Kube
from podium_operator.lease import Elector
from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate
from podium_operator.live.server import application
from podium_operator.live.source import FromGallery, FromLeader, Source

__all__ = ["Page", "serve"]

_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


@dataclass(frozen=True, slots=True)
class Page:
    """What the page needs of its process; `namespaces` are the operator's, () for all."""

    kube: Kube
    elector: Elector
    gallery: Gallery
    host: str
    port: int
    namespaces: tuple[str, ...] = ()


async def serve(page: Page, *, bound: Callable[[int], None]) -> None:
    """Serve until cancelled; `bound` is told the port, which matters where it was 0."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        own: Source = FromGallery(page.gallery)
        leaders: Source = FromLeader(lambda: page.elector.leaders_page, _token, session)
        gate = Gate(page.kube, namespaces=page.namespaces)
        app = application(lambda: own if page.elector.is_leader else leaders, gate)
        door = Door(app)
        stack.push_async_callback(door.close)
        bound(await door.open(page.host, page.port))
        await asyncio.Event().wait()


def _token() -> str:
    return _TOKEN.read_text(encoding="utf-8").strip() if _TOKEN.is_file() else ""
