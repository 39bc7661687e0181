"""An image's file system, laid out in a folder from its OCI layers, and what lies in it.

Layers are applied in order with their whiteouts; owners and modes stay as they are, which takes
root. Nothing of the image runs here.
"""

import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

from tests.devcluster.images.layout import Layout
from tests.devcluster.images.recipe import Image

__all__ = ["FileSystem", "lay_out"]

_HIDDEN, _OPAQUE = ".wh.", ".wh..wh..opq"


@dataclass(frozen=True, slots=True)
class FileSystem:
    """One image, unpacked: its root folder, and how the image says that it is run."""

    root: Path
    config: Mapping[str, Any]

    @property
    def size_bytes(self) -> int:
        """What the files take, each counted once."""
        return sum(path.lstat().st_size for path in self.files())

    def files(self) -> Iterator[Path]:
        """List every file, links as themselves."""
        return (path for path in self.root.rglob("*") if path.is_symlink() or path.is_file())

    def find(self, names: set[str]) -> list[str]:
        """Say where programs of these names lie, as paths inside the image."""
        found = (path for path in self.files() if path.name in names)
        return sorted(f"/{path.relative_to(self.root)}" for path in found)


def lay_out(image: Image, root: Path) -> FileSystem:
    """Unpack an image of the project's layout into an empty folder."""
    layout = Layout(image.layout)
    manifest, config, *layers = layout.digests(image.reference)
    assert manifest, "digests come manifest first"
    for digest in layers:
        _apply(layout.blob(digest), root)
    return FileSystem(root, json.loads(layout.blob(config).read_text())["config"])


def _apply(layer: Path, root: Path) -> None:
    with tarfile.open(layer) as archive:
        for name in archive.getnames():
            _hide(root / name)
    flags = ("--extract", "--numeric-owner", "--preserve-permissions", f"--exclude={_HIDDEN}*")
    command = ["tar", *flags, f"--file={layer}", f"--directory={root}"]
    subprocess.run(command, check=True, capture_output=True)


def _hide(marker: Path) -> None:
    """Remove what a layer says is no longer there."""
    if not marker.name.startswith(_HIDDEN):
        return
    if marker.name == _OPAQUE:
        targets = [*marker.parent.iterdir()] if marker.parent.is_dir() else []
    else:
        targets = [marker.with_name(marker.name.removeprefix(_HIDDEN))]
    for target in targets:
        if target.is_dir() and not target.is_symlink():
            rmtree(target)
        else:
            target.unlink(missing_ok=True)
