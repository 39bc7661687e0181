"""What an image is made of, as one short digest: its tag.

The same files give the same tag, so that an unchanged source is never built or loaded twice.
Pure but for reading the files named.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["REPOSITORY", "TARGETS", "Image", "content_tag", "inputs", "source_tag"]

REPOSITORY = Path(__file__).parents[3]
TARGETS = ("operator", "worker")
_TAG_DIGITS = 12
_UNUSED = ("__pycache__", ".egg-info")


@dataclass(frozen=True, slots=True)
class Image:
    """An image in an OCI layout on this machine; pods name it by `reference`."""

    name: str
    tag: str
    layout: Path

    @property
    def reference(self) -> str:
        return f"{self.name}:{self.tag}"


def inputs(target: str, root: Path = REPOSITORY) -> list[Path]:
    """List the files an image is built from, as `.dockerignore` lets them through."""
    requirements = root / "requirements"
    files = [root / "Dockerfile", root / ".dockerignore"]
    files += [requirements / "build.txt", requirements / f"{target}.txt"]
    files += [root / target / "README.md", root / target / "pyproject.toml"]
    source = (path for path in (root / target / "src").rglob("*") if path.is_file())
    return files + sorted(path for path in source if not _is_unused(path))


def content_tag(parts: Iterable[tuple[str, bytes]]) -> str:
    """Digest names and contents, in order; the boundaries between them count too."""
    digest = hashlib.sha256()
    for name, content in parts:
        for piece in (name.encode(), content):
            digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()[:_TAG_DIGITS]


def source_tag(target: str, base: str, root: Path = REPOSITORY) -> str:
    """Name the image that a target's files and its base make."""
    files = [(str(path.relative_to(root)), path.read_bytes()) for path in inputs(target, root)]
    return content_tag([("target", target.encode()), ("base", base.encode()), *files])


def _is_unused(path: Path) -> bool:
    return any(part.endswith(_UNUSED) for part in path.parts)
