"""Connections of people who speak no HTTP, or too little of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["dialled", "is_sent_away"]


@asynccontextmanager
async def dialled(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Hold a connection to a port of loopback; yields what reads from it and what writes to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def is_sent_away(reader: asyncio.StreamReader) -> bool:
    """Wait for what comes; tell whether the connection ended without a word."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True
