"""Starting the first process in its namespaces, and the janitor that outlives it.

Both are handed to the machine's own first process at once: they belong to no terminal, and
nobody has to wait for them. A pipe whose writing end only the cluster holds tells its end.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import BinaryIO

from tests.devcluster.assembly import REPOSITORY
from tests.devcluster.layout import Home

__all__ = ["PREFERRED_PORT", "launch", "listen"]

# The same port at every start, if it is free: a browser's tab and a shell's kubeconfig last.
PREFERRED_PORT = 16443
_NAMESPACES = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def listen(port: int = PREFERRED_PORT) -> socket.socket:
    """Open the relay's listening socket on 127.0.0.1, on another port when that one is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        return socket.create_server(("127.0.0.1", 0))


def launch(home: Home, listener: socket.socket) -> BinaryIO:
    """Start cluster and janitor; return a pipe that ends when the cluster has."""
    alive, held = os.pipe()
    python = (sys.executable, "-m")
    janitor = (*python, "tests.devcluster.janitor", home.generation)
    supervisor = (*python, "tests.devcluster.supervisor", str(home.plan))
    try:
        _detach(home, janitor, stdin=alive)
        command = ("unshare", *_NAMESPACES, *supervisor)
        _detach(home, command, keep=(listener.fileno(), held))
    finally:
        os.close(held)
    return os.fdopen(alive, "rb", buffering=0)


def _detach(
    home: Home,
    command: Sequence[str],
    *,
    stdin: int = subprocess.DEVNULL,
    keep: tuple[int, ...] = (),
) -> None:
    with home.log("supervisor").open("ab") as log:
        subprocess.run(
            ["setsid", "--fork", *command],
            stdin=stdin,
            stdout=log,
            stderr=log,
            cwd=REPOSITORY,
            env={**os.environ, "PODIUM_CLUSTER": home.name, "PYTHONUNBUFFERED": "1"},
            pass_fds=keep,
            check=True,
        )
