"""The process that children are forked from: everything imported, nothing done yet.

Forking takes milliseconds where a new interpreter takes half a second. The standard library's
fork server would do, but it runs the parent's main program again in every child. One thread, no
media work: the seed cannot be broken by a segment. It ends when its standard input closes.
"""

import contextlib
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from functools import partial

from podium_worker.transcoder.child import live
from podium_worker.transcoder.hardware import Hardware

__all__ = ["PID", "main"]

PID = struct.Struct(">i")


def main() -> None:
    """Fork a child for every socket that arrives on standard input, a socket itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Sent to the whole group by a terminal or a service manager; the parent finishes its work.
        signal.signal(number, signal.SIG_IGN)
    live_here = partial(live, memory_bytes=int(sys.argv[1]), hardware=Hardware(sys.argv[2]))
    control = socket.socket(fileno=0)
    control.sendall(PID.pack(os.getpid()))
    while True:
        data, received, _, _ = socket.recv_fds(control, 1, 1)
        if not data:
            return
        _reap()
        _fork(control, received[0], live_here)


def _fork(
    control: socket.socket, connection_fd: int, live_here: Callable[[socket.socket, int], None]
) -> None:
    seed_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            control.close()
            live_here(socket.socket(fileno=connection_fd), seed_pid)
            status = 0
        finally:
            os._exit(status)
    os.close(connection_fd)
    # The child cannot be reaped before this, so the descriptor is surely its own.
    pid_fd = os.pidfd_open(pid)
    socket.send_fds(control, [PID.pack(pid)], [pid_fd])
    os.close(pid_fd)


def _reap() -> None:
    """Take the exit of children that ended since; each was replaced, so few ever wait."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main()
