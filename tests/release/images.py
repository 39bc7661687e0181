"""One image as an OCI archive that is the same bytes for the same base, locks and sources."""

import hashlib
import json
import re
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.devcluster.images import Image
from tests.devcluster.images.layout import Layout
from tests.release.steady import Steadied, add_bytes, steadied

__all__ = ["Stamp", "layers_of", "write_image"]

_MARK = b'{"imageLayoutVersion":"1.0.0"}'
_OCI = "application/vnd.oci.image"
_DIGEST = re.compile(r"\b(dir|file|multi):[0-9a-f]{64}")
_NAMES = ("org.opencontainers.image.ref.name", "io.containerd.image.name")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a release is of: its version, its commit, and the commit's time in unix seconds."""

    version: str
    revision: str
    epoch: int

    @property
    def created(self) -> str:
        """The commit's time as RFC 3339 has it."""
        return datetime.fromtimestamp(self.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def layers_of(image: Image) -> list[Path]:
    """List an image's layers, the lowest first; packed or not."""
    layout = Layout(image.layout)
    _, _, *layers = layout.digests(image.reference)
    return [layout.blob(digest) for digest in layers]


def write_image(image: Image, target: Path, stamp: Stamp) -> str:
    """Write the archive; returns the digest by which a registry will know it, `sha256:…`."""
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        blobs = Path(folder)
        layers = [_steady_layer(layer, blobs, stamp.epoch) for layer in layers_of(image)]
        config = _put(blobs, _config(image, layers, stamp))
        manifest = _put(blobs, _manifest(config, layers))
        _write(target, blobs, _index(image, manifest, stamp), epoch=stamp.epoch)
    return str(manifest["digest"])


def _steady_layer(layer: Path, blobs: Path, epoch: int) -> Steadied:
    draft = blobs / "draft"
    made = steadied(layer, draft, epoch=epoch)
    draft.rename(blobs / made.sha256)
    return made


def _config(image: Image, layers: list[Steadied], stamp: Stamp) -> dict[str, Any]:
    layout = Layout(image.layout)
    _, digest, *_ = layout.digests(image.reference)
    config: dict[str, Any] = json.loads(layout.blob(digest).read_text())
    labels = config["config"].setdefault("Labels", {})
    labels["org.opencontainers.image.revision"] = stamp.revision
    labels["org.opencontainers.image.created"] = stamp.created
    config["created"] = stamp.created
    config["history"] = [_step(one, stamp) for one in config.get("history", ())]
    unpacked = [f"sha256:{layer.unpacked_sha256}" for layer in layers]
    config["rootfs"] = {"type": "layers", "diff_ids": unpacked}
    return config


def _step(step: dict[str, Any], stamp: Stamp) -> dict[str, Any]:
    """Keep what a step did, without what its engine knew it and its files by at that hour."""
    told = {name: value for name, value in step.items() if name != "comment"}
    told["created_by"] = _DIGEST.sub(r"\1", str(told.get("created_by", "")))
    return told | {"created": stamp.created}


def _manifest(config: dict[str, Any], layers: list[Steadied]) -> dict[str, Any]:
    described = [
        {
            "mediaType": f"{_OCI}.layer.v1.tar+gzip",
            "digest": f"sha256:{layer.sha256}",
            "size": layer.size_bytes,
        }
        for layer in layers
    ]
    kind = f"{_OCI}.manifest.v1+json"
    config = {**config, "mediaType": f"{_OCI}.config.v1+json"}
    return {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": described}


def _index(image: Image, manifest: dict[str, Any], stamp: Stamp) -> dict[str, Any]:
    named = dict.fromkeys(_NAMES, f"{image.name}:{stamp.version}")
    entry = {**manifest, "mediaType": f"{_OCI}.manifest.v1+json", "annotations": named}
    return {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": [entry]}


def _put(blobs: Path, document: dict[str, Any]) -> dict[str, Any]:
    content = _written(document)
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def _write(target: Path, blobs: Path, index: dict[str, Any], *, epoch: int) -> None:
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as out:
        add_bytes(out, "oci-layout", _MARK, epoch=epoch)
        add_bytes(out, "index.json", _written(index), epoch=epoch)
        for blob in sorted(blobs.iterdir()):
            entry = tarfile.TarInfo(f"blobs/sha256/{blob.name}")
            entry.size, entry.mode, entry.mtime = blob.stat().st_size, 0o644, epoch
            with blob.open("rb") as file:
                out.addfile(entry, file)


def _written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
