"""Starting and ending a cluster, one at a time, with progress and elapsed time.

Idempotent: a running cluster is left as it is, the remains of another are removed first. When a
start fails or is interrupted, everything that it began is ended before the error goes on.
"""

import dataclasses
import fcntl
import os
import platform
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.devcluster.assembly import assemble
from tests.devcluster.cgroups import prepare, survey_machine
from tests.devcluster.control import find_control
from tests.devcluster.control_plane import Tools
from tests.devcluster.ending import end
from tests.devcluster.errors import ClusterError
from tests.devcluster.growth import grow, is_larger
from tests.devcluster.launch import launch, listen
from tests.devcluster.layout import Home
from tests.devcluster.node import Node
from tests.devcluster.own import resolver_file
from tests.devcluster.programs import ProgramsError, ensure
from tests.devcluster.readiness import Watch, make_ready
from tests.devcluster.record import Record, read_record, write_record
from tests.devcluster.request import MAXIMUM_NODES, Request

__all__ = ["Report", "down", "is_running", "require_root", "up"]

Report = Callable[[str], None]

_CONTROL_PLANE = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "coredns",
)
_NODE = ("kubelet", "containerd", "containerd-shim-runc-v2", "ctr", "pause")
_HOST = ("runc", "cni", "nft", "conntrack", "ip", "mount", "nsenter", "unshare", "kubectl")
_SOCKET_BYTES = 107
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def require_root() -> None:
    """Refuse, in one line, a machine or a user that cannot make namespaces."""
    if platform.system() != "Linux":
        raise ClusterError("the cluster needs Linux; set KUBECONFIG to use another cluster")
    if os.geteuid() != 0:
        raise ClusterError("the cluster needs root: run with sudo, or set KUBECONFIG")


def is_running(home: Home) -> bool:
    """Say whether a finished start is alive."""
    return read_record(home) is not None and find_control(home.control) is not None


def up(home: Home, request: Request, *, report: Report) -> bool:
    """Start the cluster, or add the nodes that a running one lacks; say whether it was started.

    ClusterError says why it cannot.
    """
    require_root()
    check_path(home)
    with _locked(home, report):
        if is_running(home):
            return _grow_running(home, request, report)
        if end(home):
            report("removed what an earlier cluster had left")
        try:
            fresh = dataclasses.replace(
                home,
                generation=secrets.token_hex(4),
                hpa_sync_seconds=request.hpa_sync_seconds,
            )
            _start(fresh, request, report)
        except BaseException:
            end(home)
            raise
    return True


def down(home: Home, *, report: Report) -> bool:
    """End the cluster; say whether there was anything to end."""
    require_root()
    with _locked(home, report):
        return end(home)


def _grow_running(home: Home, request: Request, report: Report) -> bool:
    if is_larger(home, request):
        grow(home, request, _find_tools(request, report), tell=_timed(report))
    return False


@contextmanager
def _locked(home: Home, report: Report) -> Iterator[None]:
    home.lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"another command is starting or ending cluster {home.name!r}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_path(home: Home) -> None:
    """Refuse a cache so deep that containerd's socket cannot be named (107 bytes at most)."""
    longest = home.containerd_socket(MAXIMUM_NODES - 1)
    if len(os.fsencode(longest)) > _SOCKET_BYTES:
        raise ClusterError(f"{home.root} is too long a path: set PODIUM_CACHE to a shorter one")


def _start(home: Home, request: Request, report: Report) -> None:
    tools = _find_tools(request, report)
    tell = _timed(report)
    began_at = time.monotonic()
    nodes = [Node(index, home, asked) for index, asked in enumerate(request.nodes)]
    layout = survey_machine()
    with listen() as listener:
        port: int = listener.getsockname()[1]
        assemble(
            home,
            nodes,
            tools=tools,
            layout=layout,
            listener=(listener.fileno(), port),
            resolver=resolver_file(),
        )
        for node in nodes:
            node.store.mkdir(mode=0o700, parents=True, exist_ok=True)
            prepare(layout, node.cgroup)
        alive = launch(home, listener)
    with alive:
        make_ready(Watch(home, alive, tell), nodes, tools=tools, port=port)
    seconds = round(time.monotonic() - began_at, 2)
    write_record(home, Record(port, home.generation, len(nodes), 0, seconds))
    grow(home, request, tools, tell=tell)


def _timed(report: Report) -> Report:
    began_at = time.monotonic()
    return lambda line: report(f"[{time.monotonic() - began_at:5.1f} s] {line}")


def _find_tools(request: Request, report: Report) -> Tools:
    extra = ("kwok",) if request.pretended_nodes else ()
    try:
        programs = ensure((*_CONTROL_PLANE, *_NODE, *_HOST, *extra), report=report)
    except ProgramsError as error:
        raise ClusterError(str(error)) from error
    return Tools(programs, search_path(programs))


def search_path(programs: Mapping[str, Path]) -> str:
    """Build the PATH of the cluster's programs: containerd looks for its shim and runc there."""
    folders = (str(programs["containerd"].parent), str(programs["runc"].parent))
    return ":".join(dict.fromkeys((*folders, *_SYSTEM_PATH.split(":"))))
