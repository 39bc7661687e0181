"""The sandbox image of every pod, packed from one static program without any tool.

An OCI archive is a tar of blobs named by their digests; this one has a single layer that holds
a single file.
"""

import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path
from typing import Any

from tests.devcluster.programs.catalogue import machine

__all__ = ["write_pause_image"]

_OCI = "application/vnd.oci.image"


def write_pause_image(program: Path, reference: str, archive: Path, *, name: str = "pause") -> None:
    """Write an OCI archive that holds `program` as its entry point, named `reference`.

    `name`: of the file in the image.
    """
    layer = _tar({name: program.read_bytes()}, mode=0o755)
    blobs: dict[str, bytes] = {}
    config = {
        "architecture": machine(),
        "os": platform.system().lower(),
        "config": {"Entrypoint": [f"/{name}"], "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_OCI}.manifest.v1+json",
        "config": _blob(blobs, f"{_OCI}.config.v1+json", _json(config)),
        "layers": [_blob(blobs, f"{_OCI}.layer.v1.tar", layer)],
    }
    entry = _blob(blobs, f"{_OCI}.manifest.v1+json", _json(manifest))
    named = {**entry, "annotations": {"io.containerd.image.name": reference}}
    index = {"schemaVersion": 2, "mediaType": f"{_OCI}.index.v1+json", "manifests": [named]}
    files = {f"blobs/sha256/{digest}": content for digest, content in blobs.items()}
    files["oci-layout"] = _json({"imageLayoutVersion": "1.0.0"})
    files["index.json"] = _json(index)
    archive.write_bytes(_tar(files, mode=0o644))


def _blob(blobs: dict[str, bytes], media_type: str, content: bytes) -> dict[str, Any]:
    digest = _digest(content)
    blobs[digest.removeprefix("sha256:")] = content
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _tar(files: dict[str, bytes], *, mode: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(content), mode
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
