"""Starts and ends the children of a slot pool; knows nothing of what they compute."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass

from podium_worker.transcoder.hardware import Hardware
from podium_worker.transcoder.seed import PID

__all__ = ["Child", "Nursery"]

_SEED = "podium_worker.transcoder.seed"
_START_SECONDS = 30.0
_BUFFER_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Child:
    """A living child; `pid_fd` names it even when its number is given to another process."""

    pid: int
    pid_fd: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_alive(self) -> bool:
        """Whether its end of the socket is still open."""
        return not self.reader.at_eof() and not self.writer.is_closing()

    async def end(self) -> None:
        """Kill it and forget it; safe for one that is dead already."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pid_fd, signal.SIGKILL)
        os.close(self.pid_fd)
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class Nursery:
    """Forks children from one seed process, which is started again should it ever end."""

    def __init__(self, *, memory_bytes: int, hardware: Hardware) -> None:
        self._arguments = (str(memory_bytes), hardware.value)
        self._lock = asyncio.Lock()
        self._seed: Process | None = None
        self._control: socket.socket | None = None

    async def fork(self) -> Child:
        """Return a new child; `OSError` or `TimeoutError` when none can be started."""
        async with self._lock, asyncio.timeout(_START_SECONDS):
            control = await self._running_seed()
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    socket.send_fds(control, [b"."], [theirs.fileno()])
                    pid, pid_fd = await _receive_pid(control)
                except BaseException:
                    ours.close()
                    await self._end_seed()  # its answers may be out of step from here on
                    raise
        reader, writer = await asyncio.open_connection(sock=ours, limit=_BUFFER_BYTES)
        return Child(pid, pid_fd, reader, writer)

    async def aclose(self) -> None:
        """End the seed; its children go with it."""
        async with self._lock:
            await self._end_seed()

    async def _running_seed(self) -> socket.socket:
        if self._seed is not None and self._seed.returncode is not None:
            await self._end_seed()
        if self._control is None:
            self._control = await self._start_seed()
        return self._control

    async def _start_seed(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        with theirs:
            self._seed = await asyncio.create_subprocess_exec(
                sys.executable, "-m", _SEED, *self._arguments, stdin=theirs.fileno()
            )
        loop = asyncio.get_running_loop()
        try:
            hello = await loop.sock_recv(ours, PID.size)
        except BaseException:
            ours.close()
            raise
        if len(hello) < PID.size:
            ours.close()
            raise ConnectionError("the seed process ended before it was ready")
        return ours

    async def _end_seed(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._seed is not None:
            with contextlib.suppress(ProcessLookupError):
                self._seed.kill()
            await self._seed.wait()
            self._seed = None


async def _receive_pid(control: socket.socket) -> tuple[int, int]:
    """Read the seed's answer: the child's number, and a descriptor of it."""
    await _readable(control)
    data, received, _, _ = socket.recv_fds(control, PID.size, 1)
    if len(data) < PID.size or not received:
        raise ConnectionError("the seed process ended")
    return int(PID.unpack(data)[0]), received[0]


async def _readable(control: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(control, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(control)
