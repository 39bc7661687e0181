"""Small images and archives, made at some hour, for the release's tests."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.devcluster.images import Image
from tests.devcluster.images.layout import Layout
from tests.release.images import Stamp
from tests.release.version import stated_version

__all__ = ["STAMP", "small_image", "small_tar"]

STAMP = Stamp(stated_version(), "0" * 40, 1_700_000_000)
_STATUS = """Package: base-files
Status: install ok installed
Architecture: amd64
Version: 12.4

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""


def small_image(folder: Path, *, at: int) -> Image:
    """Lay out an image of two layers, made at some hour; the upper one takes a package away."""
    lists = "opt/lib/{}.dist-info/METADATA"
    metadata = "Name: {}\nVersion: {}\nLicense: MIT\n\nText.\n"
    lower = {
        "var/lib/dpkg/status": _STATUS.encode(),
        lists.format("gone-1.0"): metadata.format("gone", "1.0").encode(),
    }
    upper = {
        "opt/lib/.wh.gone-1.0.dist-info": b"",
        lists.format("kept-2.0"): metadata.format("Kept.Thing", "2.0").encode(),
    }
    blobs = folder / "blobs"
    blobs.mkdir(parents=True)
    layers = [_blob(blobs, small_tar(folder / "draft", held, at=at)) for held in (lower, upper)]
    config = {
        "created": f"{at}",
        "architecture": "amd64",
        "os": "linux",
        "config": {"User": "65532"},
        "history": [
            {"created": f"{at}", "created_by": f"COPY dir:{at:064} in /", "comment": f"{at}"}
        ]
        * 2,
        "rootfs": {"type": "layers", "diff_ids": [one["digest"] for one in layers]},
    }
    described = _blob(blobs, _written(folder / "draft", config))
    layout, reference = Layout(folder / "oci"), "localhost/podium-worker:abc"
    manifest = json.dumps({"schemaVersion": 2, "config": described, "layers": layers}).encode()
    layout.adopt(manifest, blobs, reference)
    return Image("localhost/podium-worker", "abc", layout.root)


def small_tar(path: Path, files: Mapping[str, bytes], *, at: int) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.uname = len(content), at, f"user-{at}"
            archive.addfile(entry, io.BytesIO(content))
    return path


def _blob(blobs: Path, path: Path) -> dict[str, object]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    path.rename(blobs / digest)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def _written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path
