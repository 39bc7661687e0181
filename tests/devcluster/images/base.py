"""The images' base where no registry can be reached: a small Debian by debootstrap, cached.

Two archives come of one run: what images run on (Python and certificates), and the same with pip
for the build stage. Nothing of this host is in them: no resolver, name, mirror or package list.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.images.recipe import REPOSITORY
from tests.devcluster.programs.cache import Cache, cache_root
from tests.devcluster.programs.catalogue import Report
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.host import ensure_packages, find
from tests.devcluster.programs.run import run

__all__ = ["Base", "chosen_base", "ensure_base"]

_DEFAULT = "ARG BASE_IMAGE="
_SUITE = "bookworm"
_PACKAGES = (
    "ca-certificates",
    "libpython3.11",
    "libpython3.11-stdlib",
    "python3-minimal",
    "python3.11-minimal",
)
# Kept: the certificates' and Python's own files. Left out: this host's facts, and dead weight.
_LEFT_OUT = (
    "dev/*",
    "etc/apt/sources.list",
    "etc/hostname",
    "etc/machine-id",
    "etc/resolv.conf",
    "proc/*",
    "root/*",
    "run/*",
    "sys/*",
    "tmp/*",
    "usr/share/bug/*",
    "usr/share/doc/*",
    "usr/share/info/*",
    "usr/share/lintian/*",
    "usr/share/locale/*",
    "usr/share/man/*",
    "var/cache/*",
    "var/lib/apt/lists/*",
    "var/log/*",
)
_LIMIT_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Base:
    """What images are built on: two archives of ours, or an image by its name."""

    identity: str
    run_archive: Path | None = None
    build_archive: Path | None = None


def chosen_base(environment: Mapping[str, str], *, can_bootstrap: bool) -> Base | None:
    """Return the base that `BASE_IMAGE` or else the Dockerfile names; None: it is ours to make."""
    name = environment.get("BASE_IMAGE", "").strip()
    if not name and not can_bootstrap:
        lines = (REPOSITORY / "Dockerfile").read_text().splitlines()
        name = next(line for line in lines if line.startswith(_DEFAULT)).removeprefix(_DEFAULT)
    return Base(identity=name) if name else None


def ensure_base(*, report: Report, environment: Mapping[str, str] = os.environ) -> Base:
    """Return the base that `BASE_IMAGE` names, or the cached Debian, made if it is not there.

    Where debootstrap cannot run, it is the Dockerfile's own base, which the engine pulls.

    Raises:
        ProgramsError: debootstrap failed.
    """
    if base := chosen_base(environment, can_bootstrap=_can_bootstrap()):
        return base
    recipe = _recipe()
    folder = f"base-{_SUITE}"
    cache = Cache(cache_root(environment) / "images")
    with cache.locked(folder, lambda: report(f"{folder}: another process is making it")):
        fault = cache.fault(folder, {recipe})
        if fault:
            ensure_packages(["debootstrap"], report=report)
            report(f"{folder}: not in the cache ({fault}); making it by debootstrap (about 90 s)")
            cache.store(folder, recipe, _bootstrap)
            report(f"{folder}: cached in {cache.root / folder}")
    place = cache.root / folder
    return Base(f"{folder}-{recipe[:12]}", place / "run.tar", place / "build.tar")


def _can_bootstrap() -> bool:
    return os.geteuid() == 0 and bool(find("debootstrap") or shutil.which("apt-get"))


def _recipe() -> str:
    parts = [_SUITE, _PACKAGES, _LEFT_OUT, "pip", "times"]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _bootstrap(directory: Path) -> None:
    # Not below the cache: that may lie on a file system without devices.
    tree = Path(tempfile.mkdtemp(prefix="podium-base-", dir="/var/tmp"))
    try:
        include = f"--include={','.join(_PACKAGES)}"
        _run(["debootstrap", "--variant=minbase", include, _SUITE, str(tree)])
        _archive(tree, directory / "run.tar")
        install = ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends"]
        _run(["chroot", str(tree), *install, "python3-pip"])
        _archive(tree, directory / "build.tar")
    finally:
        shutil.rmtree(tree, ignore_errors=True)


def _archive(tree: Path, file: Path) -> None:
    # Times stay as they are: Python recompiles its library at every start when they move.
    steady = ["--sort=name", "--numeric-owner"]
    left_out = [f"--exclude=./{pattern}" for pattern in _LEFT_OUT]
    _run(["tar", "--create", f"--file={file}", f"--directory={tree}", *steady, *left_out, "."])


def _run(command: list[str]) -> None:
    # A user's own PATH, HOME and locale mean nothing inside the tree.
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    environment |= {**proxies, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(command, limit_seconds=_LIMIT_SECONDS, environment=environment)
    except ProgramsError as error:
        raise ProgramsError(
            f"the images' base cannot be made (or set BASE_IMAGE): {error}"
        ) from error
