"""A port of the operator: so many connections and no more, and none that never asks for anything.

The process that serves it keeps Orchestrators: whoever opens connections without end, or asks a
letter a minute, must not take its files away from it, nor its place from the kubelet.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

__all__ = ["Door"]

_LOG: Final = logging.getLogger(__name__)
_MOST_CONNECTIONS: Final = 256
_PATIENCE_SECONDS: Final = 20.0
_IDLE_SECONDS: Final = 60.0

_THEIRS: Final = (HttpProcessingError, RequestPayloadError)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """Serves an application on one port, until it is closed.

    Where all places are taken, who has asked for nothing the longest makes room.
    """

    def __init__(
        self,
        application: web.Application,
        *,
        most_connections: int = _MOST_CONNECTIONS,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        """Take the application; patience_seconds: how long a connection may ask for nothing."""
        self._most, self._patience_seconds = most_connections, patience_seconds
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._answered: dict[web.RequestHandler, None] = {}
        application.middlewares.insert(0, self._noting)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            logger=_quiet(),
            shutdown_timeout=1.0,
            keepalive_timeout=_IDLE_SECONDS,
        )
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        """Begin to serve; returns the port, which matters where it was 0."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    def _protocol(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        self._forget_who_left()
        if server is None or (len(server.connections) >= self._most and not self._make_room()):
            return _Shut()
        handler = server()
        loop = asyncio.get_running_loop()
        self._silent[handler] = loop.call_later(self._patience_seconds, self._send_away, handler)
        return handler

    def _make_room(self) -> bool:
        """Send one away that waits for no answer; False where all of them do."""
        for handler in (*self._silent, *self._answered):
            if handler.transport is not None:
                self._send_away(handler)
                return True
        return False

    def _forget_who_left(self) -> None:
        self._answered = {one: None for one in self._answered if one.transport is not None}

    def _send_away(self, handler: web.RequestHandler) -> None:
        self._forget(handler)
        if handler.transport is not None:
            handler.transport.abort()

    def _forget(self, handler: web.RequestHandler) -> None:
        self._answered.pop(handler, None)
        if timer := self._silent.pop(handler, None):
            timer.cancel()

    @web.middleware
    async def _noting(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        self._forget(request.protocol)
        try:
            return await handler(request)
        finally:
            self._answered[request.protocol] = None


class _Shut(asyncio.Protocol):
    """Nobody is let in by this one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP servers make
        transport.abort()


def _quiet() -> logging.Logger:
    """What strangers send that is no HTTP is theirs, and may hold their tokens: no line of ours."""
    _LOG.addFilter(_is_ours)
    return _LOG


def _is_ours(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], _THEIRS))
