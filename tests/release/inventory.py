"""What an image holds, as its own lists of Debian's packages and Python's say. Reads layers."""

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

from tests.release.errors import ReleaseError
from tests.release.steady import opened

__all__ = ["Inventory", "Package", "check_locked", "locked_versions", "read_inventory"]

_DPKG = "var/lib/dpkg/status"
_DISTRIBUTION = ".dist-info/METADATA"
_DEBIANS_OWN = "usr/lib/python3/"
_HIDDEN, _OPAQUE = ".wh.", ".wh..wh..opq"
_LONGEST_LICENCE = 64


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One package; the licence is "" where its list says none in a few words."""

    name: str
    version: str
    architecture: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything of one image, sorted."""

    debian: tuple[Package, ...]
    python: tuple[Package, ...]


def read_inventory(layers: Iterable[Path]) -> Inventory:
    """Read the lists of an image's layers, the lowest first."""
    lists: dict[str, str] = {}
    for layer in layers:
        with opened(layer) as archive:
            _apply(archive, lists)
    python = {
        _distribution(text)
        for name, text in lists.items()
        if name.endswith(_DISTRIBUTION) and not name.startswith(_DEBIANS_OWN)
    }
    debian = _debian(lists.get(_DPKG, ""))
    return Inventory(tuple(sorted(debian)), tuple(sorted(python)))


def locked_versions(lock: str) -> dict[str, str]:
    """Return the version of each distribution that a compiled lock pins, by normal name."""
    lines = (line.partition(";")[0].removesuffix("\\").strip() for line in lock.splitlines())
    pins = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {_normal(name): version.strip() for name, version in pins}


def check_locked(inventory: Inventory, locked: Mapping[str, str], *, ours: str) -> None:
    """See that every distribution is the one that the hashed lock pins; `ours` is from the tree.

    Raises:
        ReleaseError: an image holds something else.
    """
    wrong = [
        f"{one.name} {one.version} (locked: {locked.get(_normal(one.name), 'not at all')})"
        for one in inventory.python
        if _normal(one.name) != ours and locked.get(_normal(one.name)) != one.version
    ]
    if wrong:
        raise ReleaseError(f"the image holds what its lock does not: {', '.join(wrong)}")


def _apply(archive: tarfile.TarFile, lists: dict[str, str]) -> None:
    members = {one.name.removeprefix("./"): one for one in archive.getmembers()}
    for name in members:
        folder, _, last = name.rpartition("/")
        if last.startswith(_HIDDEN):
            gone = folder if last == _OPAQUE else f"{folder}/{last.removeprefix(_HIDDEN)}"
            _forget(lists, gone.lstrip("/"))
    for name, member in members.items():
        if member.isreg() and (name == _DPKG or name.endswith(_DISTRIBUTION)):
            content = archive.extractfile(member)
            lists[name] = content.read().decode() if content else ""


def _forget(lists: dict[str, str], gone: str) -> None:
    for name in [*lists]:
        if name == gone or name.startswith(f"{gone}/"):
            del lists[name]


def _distribution(text: str) -> Package:
    said = HeaderParser().parsestr(text)
    licence = str(said.get("License-Expression") or said.get("License") or "").strip()
    fits = "\n" not in licence and len(licence) <= _LONGEST_LICENCE and licence != "UNKNOWN"
    return Package(str(said["Name"]), str(said["Version"]), licence=licence if fits else "")


def _debian(status: str) -> Iterator[Package]:
    for stanza in status.split("\n\n"):
        said = HeaderParser().parsestr(stanza)
        if said.get("Status", "").endswith(" installed"):
            yield Package(str(said["Package"]), str(said["Version"]), str(said["Architecture"]))


def _normal(name: str) -> str:
    return name.strip().partition("[")[0].lower().replace("_", "-").replace(".", "-")
