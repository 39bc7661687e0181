"""Ports for programs that must be told theirs before they bind it."""

import random
import socket
from contextlib import ExitStack

__all__ = ["free_port", "free_ports"]

_HOST = "127.0.0.1"
# Below those that the kernel gives to whoever connects: nobody takes one by accident meanwhile.
_PORTS = range(10_000, 20_000)
_DRAW = random.SystemRandom()  # processes that look at the same time shall not find the same


def free_port() -> int:
    """Return a port that nobody uses on loopback now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses on loopback now; all are held until all are found."""
    with ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = _DRAW.choice(_PORTS)
            probe = held.enter_context(socket.socket())
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            found.append(port)
        return found
