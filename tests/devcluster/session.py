"""The cluster of a test session: borrowed if one runs, started if none does.

Sessions may overlap: each holds a shared lock while it uses the cluster, and the last to let go
stops a cluster that tests started. One that a person started is never stopped.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tests.devcluster.cluster import Cluster, connect
from tests.devcluster.layout import Home, foreign_kubeconfig, home
from tests.devcluster.request import Request
from tests.devcluster.starting import Report, down, up

__all__ = ["borrowed_cluster"]


@contextmanager
def borrowed_cluster(*, report: Report = print) -> Iterator[Cluster]:
    """Give a Ready cluster, and stop it afterwards if tests started it and none uses it."""
    if foreign_kubeconfig():
        yield connect()
        return
    place = home()
    place.users.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with place.users.open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        if up(place, Request(), report=report):
            _mark(place).touch()
        try:
            yield connect()
        finally:
            _let_go(place, users, report)


def _mark(place: Home) -> Path:
    return place.root / "started-by-tests"


def _let_go(place: Home, users: TextIO, report: Report) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if _mark(place).exists():
        down(place, report=report)
