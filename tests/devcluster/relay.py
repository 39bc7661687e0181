"""TCP relays between this machine's loopback and the cluster's own network.

The listening socket belongs to the machine's network namespace and the connections onward to
the cluster's: a socket stays in the namespace where it was made. Bytes pass unread.
"""

import asyncio
import contextlib
import ctypes
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

__all__ = ["enter_network", "open_relay", "serve_inherited"]

_CLONE_NEWNET = 0x40000000
_PIECE_BYTES = 1 << 16
_CONNECT_SECONDS = 30.0

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
NewSocket = Callable[[], Awaitable[socket.socket]]


def serve_inherited(listener: int, address: str, port: int) -> None:
    """Relay every connection of an inherited listening socket, until the process is killed."""

    async def new_socket() -> socket.socket:
        return socket.socket(socket.AF_INET, socket.SOCK_STREAM)

    async def serve() -> None:
        with socket.socket(fileno=listener) as sock:
            async with _serving(sock, new_socket, (address, port)) as server:
                await server.serve_forever()

    asyncio.run(serve())


@asynccontextmanager
async def open_relay(network: Path, address: str, port: int) -> AsyncIterator[tuple[str, int]]:
    """Listen on a free port of 127.0.0.1 and relay to an address in another network namespace.

    `network` is the namespace's file, such as /proc/PID/ns/net; only root may enter it.
    """
    # One thread enters the namespace and makes the sockets; every other thread stays outside.
    with ThreadPoolExecutor(1, initializer=enter_network, initargs=(network,)) as inside:

        async def new_socket() -> socket.socket:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(inside, socket.socket)

        with socket.create_server(("127.0.0.1", 0)) as sock:
            async with _serving(sock, new_socket, (address, port)):
                yield sock.getsockname()


@asynccontextmanager
async def _serving(
    listener: socket.socket, new_socket: NewSocket, target: tuple[str, int]
) -> AsyncIterator[asyncio.Server]:
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        # Python 3.11's streams take a cancelled callback for one that broke, and say so in the log.
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await _relay((reader, writer), new_socket, target)
        finally:
            connections.discard(task)

    server = await asyncio.start_server(accept, sock=listener)
    try:
        yield server
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _relay(client: Streams, new_socket: NewSocket, target: tuple[str, int]) -> None:
    """Relay one connection until both sides have ended it, or either breaks."""
    # A connection that fails is told so by its end: the client sees what it would see directly.
    with contextlib.suppress(OSError):
        async with _closing(client), _connected(await new_socket(), target) as server:
            await asyncio.gather(_pump(client[0], server[1]), _pump(server[0], client[1]))


@asynccontextmanager
async def _connected(sock: socket.socket, target: tuple[str, int]) -> AsyncIterator[Streams]:
    with sock:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        async with asyncio.timeout(_CONNECT_SECONDS):
            await asyncio.get_running_loop().sock_connect(sock, target)
        streams = await asyncio.open_connection(sock=sock)
        async with _closing(streams):
            yield streams


@asynccontextmanager
async def _closing(streams: Streams) -> AsyncIterator[None]:
    try:
        yield
    finally:
        streams[1].close()
        with contextlib.suppress(OSError):
            await streams[1].wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(_PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
    # The other direction may go on: an HTTP client that has sent all still awaits its answer.
    if writer.can_write_eof():
        writer.write_eof()


def enter_network(network: Path) -> None:
    """Move this thread into a network namespace (os.setns comes with Python 3.12)."""
    libc = ctypes.CDLL(None, use_errno=True)
    file = os.open(network, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(file, _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(network))
    finally:
        os.close(file)
