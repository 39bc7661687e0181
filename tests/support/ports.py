"""Ports for programs that must be told theirs before they bind it."""

import random
import socket
from contextlib import ExitStack
from typing import Final

__all__ = ["free_port", "free_ports"]

_HOST: Final = "127.0.0.1"
# Below those that the kernel gives to whoever connects: nobody takes one by accident meanwhile.
_PORTS: Final = range(10_000, 20_000)
_DRAW: Final = random.SystemRandom()  # processes that look at the same time shall not find the same
_MARKS: Final[dict[int, int]] = {}


def free_port() -> int:
    """Return a port that nobody uses on loopback now, nor was given by us to anybody else."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses on loopback now, nor was given by us to anybody else.

    Each is ours until this process ends, also before and between the lives of the program that it
    is for.
    """
    with ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = _DRAW.choice(_PORTS)
            probe = held.enter_context(socket.socket())
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            if _is_marked(port):
                found.append(port)
        return found


def _is_marked(port: int) -> bool:
    """Mark a port as given, for every process on this loopback; False where it is already.

    The mark is a socket with a name and no file, which the kernel forgets with its process.
    """
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0podium-test-port-{port}")
    except OSError:
        mark.close()
        return False
    _MARKS[port] = mark.detach()  # its end is this process's; nobody has to close it
    return True
