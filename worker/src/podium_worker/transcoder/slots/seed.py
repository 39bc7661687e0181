"""The process that children are forked from: everything imported, nothing done yet.

Forking takes milliseconds where a new interpreter takes half a second. The standard library's
fork server would do, but it runs the parent's main program again in every child. One thread, no
media work, no device: the seed cannot be broken by a segment. It ends when its standard input
closes. A request is a socket and the JSON of the backend that the child is for.
"""

import contextlib
import gc
import os
import signal
import socket
import sys
import traceback

from podium_worker.transcoder.devices.hardware import parse_backend
from podium_worker.transcoder.slots.child import live
from podium_worker.transcoder.slots.forking import NO_CHILD, PID, REQUEST_BYTES

__all__ = ["main"]


def main() -> None:
    """Fork a child for every socket that arrives on standard input, a socket itself."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Sent to the whole group by a terminal or a service manager; the parent finishes its work.
        signal.signal(number, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=0)
    control.sendall(PID.pack(os.getpid()))
    while True:
        request, received, _, _ = socket.recv_fds(control, REQUEST_BYTES, 1)
        if not request:
            return
        _reap()
        _fork(control, received[0], request)


def _fork(control: socket.socket, connection_fd: int, request: bytes) -> None:
    """Answer with the child's number and a descriptor of it, or with `NO_CHILD`."""
    seed_pid = os.getpid()
    try:
        pid = os.fork()
    except OSError:  # no memory or no process left; the children that live go on
        os.close(connection_fd)
        control.sendall(PID.pack(NO_CHILD))
        return
    if pid == 0:
        _be_child(control, connection_fd, request=request, seed_pid=seed_pid)
    os.close(connection_fd)
    # The child cannot be reaped before this, so the descriptor is surely its own.
    pid_fd = os.pidfd_open(pid)
    socket.send_fds(control, [PID.pack(pid)], [pid_fd])
    os.close(pid_fd)


def _be_child(control: socket.socket, connection_fd: int, *, request: bytes, seed_pid: int) -> None:
    """Never return."""
    status = 1
    try:
        control.close()
        connection = socket.socket(fileno=connection_fd)
        live(connection, seed_pid, memory_bytes=int(sys.argv[1]), backend=parse_backend(request))
        status = 0
    except Exception:  # noqa: BLE001  # the last place that can tell
        traceback.print_exc()
    finally:
        os._exit(status)


def _reap() -> None:
    """Take the exit of children that ended since; each was replaced, so few ever wait."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    main()
