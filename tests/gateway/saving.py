"""Where fetched renditions go: one folder per stream and rendition, one file per segment (thin)."""

from collections.abc import Sequence
from pathlib import Path

from tests.gateway.gateway import Fetched

__all__ = ["save_renditions", "segment_path"]


def segment_path(root: Path, stream: str, *, rendition: str, seq: int) -> Path:
    """Return the file of one rendition of one segment."""
    return root / stream / rendition / f"{seq:05}.ts"


def save_renditions(root: Path, stream: str, *, seq: int, fetched: Sequence[Fetched]) -> None:
    """Write every rendition of one segment."""
    for one in fetched:
        path = segment_path(root, stream, rendition=one.name, seq=seq)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data)
