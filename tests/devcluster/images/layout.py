"""Images on disk in the OCI layout: blobs by digest, shared by every image, and an index.

Written and read here without an engine, so that an import into containerd carries only the blobs
that it lacks. It is not locked here: `build` lets one writer at a time come to it.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.devcluster.programs.errors import ProgramsError

__all__ = ["Layout"]

_REFERENCE = "org.opencontainers.image.ref.name"
_CONTAINERD_NAME = "io.containerd.image.name"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_MARK = '{"imageLayoutVersion": "1.0.0"}'

Descriptor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """One OCI layout folder."""

    root: Path

    def blob(self, digest: str) -> Path:
        """Return where a blob lies; the file may not exist."""
        return self.root / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def references(self) -> dict[str, Descriptor]:
        """Return the manifest of each image by its reference."""
        try:
            entries = json.loads((self.root / "index.json").read_text())["manifests"]
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError) as error:
            raise ProgramsError(f"{self.root}/index.json is damaged: remove {self.root}") from error
        return {entry["annotations"][_REFERENCE]: entry for entry in entries}

    def holds(self, reference: str) -> bool:
        """Tell whether an image is there with every blob whole, by size."""
        entry = self.references().get(reference)
        if entry is None or not self._is_whole(entry):
            return False
        return all(map(self._is_whole, self._parts(entry)))

    def digests(self, reference: str) -> list[str]:
        """List an image's blobs: manifest, config, layers."""
        entry = self.references()[reference]
        return [part["digest"] for part in (entry, *self._parts(entry))]

    def adopt(self, manifest: bytes, blobs: Path, reference: str) -> None:
        """Move an exported image's blobs, files named by digest, in, and name the image."""
        document = json.loads(manifest)
        self._prepare()
        for part in (document["config"], *document["layers"]):
            target = self.blob(part["digest"])
            if not target.exists():
                (blobs / target.name).rename(target)
        self._name(reference, self._put(manifest, _MANIFEST))

    def write_archive(self, reference: str, out: IO[bytes], *, omit: Collection[str]) -> None:
        """Stream an image as an archive for containerd, without the blobs it already has."""
        entry = self.references()[reference]
        named = {**entry, "annotations": {_CONTAINERD_NAME: reference}}
        index = json.dumps({"schemaVersion": 2, "manifests": [named]}).encode()
        with tarfile.open(fileobj=out, mode="w|") as tar:
            for name, content in (("oci-layout", _MARK.encode()), ("index.json", index)):
                tar.addfile(_member(name, len(content)), io.BytesIO(content))
            for digest in dict.fromkeys(self.digests(reference)):
                if digest not in omit:
                    self._append(tar, digest)

    def prune(self, keep: Collection[str]) -> None:
        """Forget every image but those named, and the blobs that only they had."""
        kept = {name: entry for name, entry in self.references().items() if name in keep}
        self._write_index(kept)
        used = {self.blob(digest) for name in kept for digest in self.digests(name)}
        for path in (self.root / "blobs" / "sha256").iterdir():
            if path not in used:
                path.unlink()

    def _append(self, tar: tarfile.TarFile, digest: str) -> None:
        path = self.blob(digest)
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            tar.addfile(_member(f"blobs/sha256/{path.name}", size), file)

    def _parts(self, entry: Descriptor) -> Iterator[Descriptor]:
        manifest = json.loads(self.blob(entry["digest"]).read_text())
        yield manifest["config"]
        yield from manifest["layers"]

    def _is_whole(self, part: Descriptor) -> bool:
        path = self.blob(part["digest"])
        return path.is_file() and path.stat().st_size == part["size"]

    def _prepare(self) -> None:
        (self.root / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
        (self.root / "oci-layout").write_text(_MARK)

    def _put(self, content: bytes, media_type: str) -> Descriptor:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        _replace(self.blob(digest), content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _name(self, reference: str, manifest: Descriptor) -> None:
        named = {**manifest, "annotations": {_REFERENCE: reference}}
        self._write_index({**self.references(), reference: named})

    def _write_index(self, images: dict[str, Descriptor]) -> None:
        index = {"schemaVersion": 2, "manifests": list(images.values())}
        _replace(self.root / "index.json", json.dumps(index).encode())


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member
