"""Speaking to the cluster's first process from outside its namespaces.

One request, one answer, one connection each. The kernel tells which process answers: its id, as
this machine sees it, leads to the namespaces.
"""

import json
import os
import socket
import struct
from pathlib import Path
from typing import Any

from tests.devcluster.errors import ClusterError

__all__ = ["Control", "find_control"]

_ANSWER_SECONDS = 30.0
_PIECE_BYTES = 1 << 16
_CREDENTIALS = struct.Struct("3i")


class Control:
    """The control socket of a running cluster. `pid` is its first process, seen from outside."""

    def __init__(self, path: Path, pid: int) -> None:
        self._path = path
        self.pid = pid

    def ask(self, do: str, **details: object) -> dict[str, Any]:
        """Send one request and return the state of every program; ClusterError on refusal."""
        with _connect(self._path) as connection:
            connection.sendall(json.dumps({"do": do, **details}).encode())
            connection.shutdown(socket.SHUT_WR)
            answer = json.loads(_read_line(connection))
        if not answer["ok"]:
            raise ClusterError(f"the cluster refused {do!r}: {answer['error']}")
        programs: dict[str, Any] = answer["programs"]
        return programs

    def namespace(self, kind: str) -> Path:
        """Name the file of one of the cluster's namespaces: `net`, `mnt` or `pid`."""
        return Path(f"/proc/{self.pid}/ns/{kind}")


def find_control(path: Path) -> Control | None:
    """Reach the first process of the cluster; None when there is none."""
    try:
        with _connect(path) as connection:
            raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except OSError:
        return None
    pid, _, _ = _CREDENTIALS.unpack(raw)
    return Control(path, pid)


def _connect(path: Path) -> socket.socket:
    # By way of its folder: a socket's path may not be longer than 107 bytes.
    folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_ANSWER_SECONDS)
        connection.connect(f"/proc/self/fd/{folder}/{path.name}")
    except OSError:
        connection.close()
        raise
    finally:
        os.close(folder)
    return connection


def _read_line(connection: socket.socket) -> bytes:
    line = b""
    while piece := connection.recv(_PIECE_BYTES):
        line += piece
    return line
