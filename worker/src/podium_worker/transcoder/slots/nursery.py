"""Starts and ends the children of a slot pool; knows nothing of what they compute."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass

from podium_worker.transcoder.devices.hardware import Backend, driver_environment, dump_backend
from podium_worker.transcoder.slots.forking import NO_CHILD, PID

__all__ = ["Child", "Nursery"]

_SEED = "podium_worker.transcoder.slots.seed"
_START_SECONDS = 30.0
_FORK_SECONDS = 10.0  # a fork takes milliseconds: a seed that needs longer is stuck
_END_SECONDS = 2.0
_BUFFER_BYTES = 4 << 20


@dataclass(slots=True, eq=False)
class _Seed:
    """One seed process and the socket that asks it; children end with it."""

    process: Process
    control: socket.socket
    is_over: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A living child; `pid_fd` names it even when its number is given to another process."""

    pid: int
    pid_fd: int
    seed: _Seed
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_alive(self) -> bool:
        """Whether its seed lives and its end of the socket is still open."""
        return not (self.seed.is_over or self.reader.at_eof() or self.writer.is_closing())

    async def end(self) -> None:
        """Kill it, and wait until its memory is free; safe for one that is dead already.

        A process that hangs in a driver cannot be killed; it is not waited for long.
        """
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pid_fd, signal.SIGKILL)
        self.writer.transport.abort()  # unsent bytes are nobody's
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await _readable(self.pid_fd)
        finally:
            os.close(self.pid_fd)


class Nursery:
    """Forks children from one seed process, which is started again should it ever end."""

    def __init__(self, *, memory_bytes: int) -> None:
        self._arguments = (str(memory_bytes),)
        self._lock = asyncio.Lock()
        self._seed: _Seed | None = None

    @property
    def seed_pid(self) -> int | None:
        """The number of the seed process; None before the first child."""
        return self._seed.process.pid if self._seed else None

    async def fork(self, backend: Backend) -> Child:
        """Return a new child for a device; `OSError` or `TimeoutError` when none can be started."""
        async with self._lock:
            try:
                return await self._fork(backend)
            except ConnectionError:  # the seed has ended, which is seen only now
                return await self._fork(backend)

    async def aclose(self) -> None:
        """End the seed; its children go with it."""
        async with self._lock:
            await self._end_seed()

    async def _fork(self, backend: Backend) -> Child:
        seed = self._seed = self._seed or await self._start_seed()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                request = dump_backend(backend).encode()
                socket.send_fds(seed.control, [request], [theirs.fileno()])
                async with asyncio.timeout(_FORK_SECONDS):
                    pid, pid_fd = await _receive_pid(seed.control)
            except BaseException:
                ours.close()
                await self._end_seed()  # its answers may be out of step from here on
                raise
        if pid == NO_CHILD:
            ours.close()
            raise OSError("the system has no process left for a child")
        return Child(pid, pid_fd, seed, *await _connected(ours, pid_fd))

    async def _start_seed(self) -> _Seed:
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    _SEED,
                    *self._arguments,
                    stdin=theirs.fileno(),
                    env=driver_environment(),
                )
        except BaseException:
            ours.close()
            raise
        self._seed = _Seed(process, ours)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await _hear_hello(ours)
        except BaseException:
            await self._end_seed()
            raise
        return self._seed

    async def _end_seed(self) -> None:
        seed, self._seed = self._seed, None
        if seed is None:
            return
        seed.is_over = True
        seed.control.close()
        with contextlib.suppress(ProcessLookupError):
            seed.process.kill()
        await seed.process.wait()


async def _hear_hello(control: socket.socket) -> None:
    hello = await asyncio.get_running_loop().sock_recv(control, PID.size)
    if len(hello) < PID.size:
        raise ConnectionError("the seed process ended before it was ready")


async def _connected(
    connection: socket.socket, pid_fd: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_connection(sock=connection, limit=_BUFFER_BYTES)
    except BaseException:
        connection.close()  # the child ends with it
        os.close(pid_fd)
        raise


async def _receive_pid(control: socket.socket) -> tuple[int, int]:
    """Read the seed's answer: the child's number, and a descriptor of it unless `NO_CHILD`."""
    await _readable(control.fileno())
    data, received, _, _ = socket.recv_fds(control, PID.size, 1)
    if len(data) < PID.size:
        raise ConnectionError("the seed process ended")
    pid = int(PID.unpack(data)[0])
    if pid == NO_CHILD:
        return NO_CHILD, -1
    if not received:
        raise ConnectionError("the seed named a child without its descriptor")
    return pid, received[0]


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
