"""Prometheus and promtool: Debian's package, unpacked into the cache and never installed.

Installing it would start a server of the machine's own; two files are all that is needed. Programs
on PATH win.
"""

import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.devcluster.programs.cache import Cache, cache_root
from tests.devcluster.programs.errors import MissingError, ProgramsError
from tests.devcluster.programs.host import alone_with_apt
from tests.devcluster.programs.run import run

__all__ = ["prometheus", "promtool"]

_PACKAGE = "prometheus"
_NAMES = ("prometheus", "promtool")
_FOLDER = f"prometheus-debian-{platform.machine()}"
_RECIPE = "usr/bin of Debian's package prometheus"
_FETCH_SECONDS = 300
_BUILT_SECONDS = 240

Report = Callable[[str], None]


def prometheus(report: Report = print) -> Path:
    """Return the server's program; ProgramsError says what to do where it cannot be had."""
    return _find("prometheus", report)


def promtool(report: Report = print) -> Path:
    """Return the program that checks and tests rules; errors as above."""
    return _find("promtool", report)


def _find(name: str, report: Report) -> Path:
    if found := shutil.which(name):
        return Path(found)
    cache = Cache(cache_root() / "bin")
    with cache.locked(_FOLDER, lambda: report("prometheus: another process is getting it")):
        if cache.fault(_FOLDER, {_RECIPE}) is not None:
            report("prometheus: fetching Debian's package (20 MB)")
            cache.store(_FOLDER, _RECIPE, _unpack)
    return cache.root / _FOLDER / name


def _unpack(target: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise MissingError("prometheus and promtool are missing: put both on PATH")
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        run(["dpkg-deb", "--extract", str(_fetched(folder)), text], limit_seconds=_BUILT_SECONDS)
        for name in _NAMES:
            shutil.move(folder / "usr" / "bin" / name, target / name)


def _fetched(folder: Path) -> Path:
    """Download the package, after an update of the lists where they are too old to find it."""
    fetch = ["apt-get", "--quiet", "download", _PACKAGE]
    try:
        run(fetch, limit_seconds=_FETCH_SECONDS, folder=folder)
    except ProgramsError:
        with alone_with_apt(print):
            run(["apt-get", "--quiet", "update"], limit_seconds=_FETCH_SECONDS)
        run(fetch, limit_seconds=_FETCH_SECONDS, folder=folder)
    return next(folder.glob("prometheus_*.deb"))
