"""Tar archives written anew so that the same files give the same bytes, whenever they were made.

Entries are sorted, times are one time, names of owners are left out; contents, modes, owners and
extended attributes stay. Python's compiled files note when their source was written, and Python
compiles anew at every start where that is wrong: the note is moved along with the times.
"""

import gzip
import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["Steadied", "add_bytes", "opened", "steadied", "steady_gzip", "write_members"]

_GZIP_MAGIC = b"\x1f\x8b"
_COMPRESSION = 6
_XATTRS = "SCHILY.xattr."
_COMPILED = ".pyc"
_COMPILED_HEADER_BYTES = 16
_CHECKED_BY_TIME = bytes(4)


@dataclass(frozen=True, slots=True)
class Steadied:
    """One archive as it was written: digests in hexadecimal, of it and of what it unpacks to."""

    sha256: str
    unpacked_sha256: str
    size_bytes: int


def steadied(source: Path, target: Path, *, epoch: int) -> Steadied:
    """Write a tar or tar.gz anew as tar.gz; `epoch` is every entry's time, in unix seconds."""
    with opened(source) as archive, target.open("wb") as file:
        hashed = _Hashed(file)
        with steady_gzip(hashed) as packed:
            unpacked = _Hashed(packed)
            with tarfile.open(fileobj=unpacked, mode="w|", format=tarfile.PAX_FORMAT) as out:
                write_members(archive, out, epoch=epoch)
        return Steadied(hashed.digest.hexdigest(), unpacked.digest.hexdigest(), hashed.size_bytes)


@contextmanager
def opened(source: Path) -> Iterator[tarfile.TarFile]:
    """Open a tar that may be packed, so that its entries can be read in any order."""
    with source.open("rb") as file:
        if file.read(len(_GZIP_MAGIC)) != _GZIP_MAGIC:
            with tarfile.open(source, "r:") as archive:
                yield archive
            return
    with gzip.open(source) as packed, tempfile.TemporaryFile() as plain:
        shutil.copyfileobj(packed, plain)
        plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:") as archive:
            yield archive


@contextmanager
def steady_gzip(out: "_Hashed") -> Iterator[gzip.GzipFile]:
    """Pack what is written, without a name and a time."""
    with gzip.GzipFile("", "wb", _COMPRESSION, out, mtime=0) as packed:
        yield packed


def write_members(archive: tarfile.TarFile, out: tarfile.TarFile, *, epoch: int) -> None:
    """Copy every entry, steadied, in order of their names."""
    for member in _sorted(archive.getmembers()):
        entry = _entry(member, epoch)
        content = archive.extractfile(member) if member.isreg() else None
        if content is not None and member.name.endswith(_COMPILED):
            out.addfile(entry, io.BytesIO(_as_of(content.read(), epoch)))
        else:
            out.addfile(entry, content)


def add_bytes(out: tarfile.TarFile, name: str, content: bytes, *, epoch: int) -> None:
    """Append one file that only its reader needs to own."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o644, epoch
    out.addfile(entry, io.BytesIO(content))


def _sorted(members: Iterable[tarfile.TarInfo]) -> list[tarfile.TarInfo]:
    """Order entries by name, hard links behind what they lead to; of equal names the last wins."""
    last = {member.name.removeprefix("./").rstrip("/"): member for member in members}
    named = sorted(last.items(), key=lambda item: (item[1].islnk(), item[0].split("/")))
    return [member for _, member in named]


def _entry(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(member.name.removeprefix("./") or ".")
    entry.type = tarfile.REGTYPE if member.isreg() else member.type
    entry.size = member.size if member.isreg() else 0
    entry.mode, entry.uid, entry.gid = member.mode, member.uid, member.gid
    entry.linkname = member.linkname.removeprefix("./") if member.islnk() else member.linkname
    entry.devmajor, entry.devminor = member.devmajor, member.devminor
    entry.mtime = epoch
    entry.pax_headers = {
        name: value for name, value in member.pax_headers.items() if name.startswith(_XATTRS)
    }
    return entry


def _as_of(compiled: bytes, epoch: int) -> bytes:
    """Let a compiled file say that its source is of this time, where it says a time at all."""
    if len(compiled) < _COMPILED_HEADER_BYTES or compiled[4:8] != _CHECKED_BY_TIME:
        return compiled
    return compiled[:8] + (epoch & 0xFFFFFFFF).to_bytes(4, "little") + compiled[12:]


class _Hashed(io.RawIOBase):
    """Passes on what is written, and sums it up."""

    def __init__(self, out: IO[bytes] | gzip.GzipFile) -> None:
        self._out = out
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # wider than any caller needs
        self.digest.update(piece)
        self.size_bytes += len(piece)
        self._out.write(piece)
        return len(piece)
