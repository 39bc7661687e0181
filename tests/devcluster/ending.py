"""Ending a cluster so that nothing of it is left: processes, mounts, networks, cgroups, files.

Works on a running cluster, on a half-started one and on the remains of a killed one alike.
"""

import contextlib
import os
import select
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.devcluster.cgroups import groups, remove, survey_machine
from tests.devcluster.control import Control, find_control
from tests.devcluster.errors import ClusterError
from tests.devcluster.layout import Home

__all__ = ["end"]

_END_SECONDS = 60.0
_LEAVE_SECONDS = 10.0


def end(home: Home) -> bool:
    """End the cluster and remove what it left; say whether there was anything to end."""
    control = find_control(home.control)
    existed = control is not None or home.root.exists()
    if control is not None:
        _end_processes(control)
    for pid in _strays(home):
        _end_process(pid)
    layout = survey_machine()
    for group in groups(layout, home.cgroup_prefix):
        remove(layout, group)
    if home.root.exists():
        shutil.rmtree(home.root)
    return existed


def _end_processes(control: Control) -> None:
    with _held(control.namespace("net")) as network:
        _end_process(control.pid)
        for pid in _inside(network):
            _end_guest(pid)


@contextlib.contextmanager
def _held(namespace: Path) -> Iterator[int | None]:
    """Know a namespace by its number, which no other one gets for as long as this one is held."""
    try:
        descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def _strays(home: Home) -> Iterator[int]:
    """Find a first process that does not answer yet: its `up` was killed a moment ago."""
    wanted = {b"tests.devcluster.supervisor", os.fsencode(home.plan)}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and wanted <= set(
                (entry / "cmdline").read_bytes().split(b"\0")
            ):
                yield int(entry.name)


def _end_process(pid: int) -> None:
    """Kill a first process. It is gone only when all others of its namespace are."""
    with contextlib.suppress(ProcessLookupError), _watched(pid) as first:
        os.kill(pid, signal.SIGKILL)
        if not _has_ended(first, _END_SECONDS):
            raise ClusterError(f"process {pid} does not end: it waits for the disk?")


def _end_guest(pid: int) -> None:
    """End a program that somebody started inside the network: it would keep it alive."""
    with contextlib.suppress(ProcessLookupError), _watched(pid) as guest:
        os.kill(pid, signal.SIGTERM)
        if not _has_ended(guest, _LEAVE_SECONDS):
            os.kill(pid, signal.SIGKILL)
            _has_ended(guest, _LEAVE_SECONDS)


def _inside(network: int | None) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and network == _identity(entry / "ns" / "net") is not None:
            yield int(entry.name)


def _identity(namespace: Path) -> int | None:
    try:
        return namespace.stat().st_ino
    except OSError:
        return None


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _has_ended(descriptor: int, timeout_seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], timeout_seconds)[0])
