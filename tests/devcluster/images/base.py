"""The images' base where no registry can be reached: a small Debian by debootstrap, cached.

Two archives come of one run: what images run on (Python and certificates), and the same with pip
for the build stage. Nothing of this host is in them: no resolver, name, mirror or package list.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.programs.cache import Cache, cache_root
from tests.devcluster.programs.catalogue import Report
from tests.devcluster.programs.errors import MissingError, ProgramsError
from tests.devcluster.programs.host import ensure_packages

__all__ = ["Base", "chosen_base", "ensure_base"]

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


def chosen_base(environment: Mapping[str, str]) -> Base | None:
    """Return the base that `BASE_IMAGE` names; None when it is ours to make."""
    name = environment.get("BASE_IMAGE", "").strip()
    return Base(identity=name) if name else None


def ensure_base(*, report: Report, environment: Mapping[str, str] = os.environ) -> Base:
    """Return the base that `BASE_IMAGE` names, or the cached Debian, made if it is not there.

    Raises:
        MissingError: neither `BASE_IMAGE` nor root, which debootstrap needs.
        ProgramsError: debootstrap failed.
    """
    if base := chosen_base(environment):
        return base
    recipe = _recipe()
    folder = f"base-{_SUITE}"
    cache = Cache(cache_root(environment) / "images")
    with cache.locked(folder, lambda: report(f"{folder}: another process is making it")):
        fault = cache.fault(folder, {recipe})
        if fault:
            if os.geteuid() != 0:
                raise MissingError("the images' base: set BASE_IMAGE, or run as root (debootstrap)")
            ensure_packages(["debootstrap"], report=report)
            report(f"{folder}: not in the cache ({fault}); making it by debootstrap (about 90 s)")
            cache.store(folder, recipe, _bootstrap)
            report(f"{folder}: cached in {cache.root / folder}")
    place = cache.root / folder
    return Base(f"{folder}-{recipe[:12]}", place / "run.tar", place / "build.tar")


def _recipe() -> str:
    return hashlib.sha256(json.dumps([_SUITE, _PACKAGES, _LEFT_OUT, "pip"]).encode()).hexdigest()


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
    steady = ["--sort=name", "--numeric-owner", "--mtime=@0"]
    left_out = [f"--exclude=./{pattern}" for pattern in _LEFT_OUT]
    _run(["tar", "--create", f"--file={file}", f"--directory={tree}", *steady, *left_out, "."])


def _run(command: list[str]) -> None:
    # A user's own PATH, HOME and locale mean nothing inside the tree.
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    done = subprocess.run(
        command,
        env={**environment, **proxies, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_SECONDS,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise ProgramsError(f"{command[0]} failed, so the base cannot be made: {said}")
