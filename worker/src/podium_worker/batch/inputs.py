"""Which files a person means, in the order in which a person counts: 2 before 10."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from podium_worker.batch.pieces import Piece
from podium_worker.errors import StartError
from podium_worker.transcoder.media.limits import Limits

__all__ = ["SegmentFiles", "find_files", "natural_key", "segment_names"]

_SUFFIXES = frozenset({".ts", ".m2ts", ".mts", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".flv"})
_PLAYLISTS = frozenset({".m3u8", ".m3u", ".mpd"})
_DIGITS = re.compile(r"(\d+)")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class SegmentFiles:
    """Files that are segments as they are; their bytes reach the transcoder unchanged."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._names = segment_names(self._paths)
        self.count: int | None = len(self._paths)
        self.seconds: float | None = None
        self.size: tuple[int, int] | None = None
        self.note = ""

    def __iter__(self) -> Iterator[Piece]:
        for number, (path, name) in enumerate(zip(self._paths, self._names, strict=True)):
            yield _read(number, name, path)

    def close(self) -> None:
        """Nothing stays open."""


def find_files(inputs: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files of folders, in natural order, and the files given, in the order given.

    `StartError` when one is missing or may not be looked at, or a folder has no video.
    """
    return tuple(path for entry in inputs for path in _found(entry))


def natural_key(path: Path) -> tuple[tuple[str | int, ...], str]:
    """Order names as a person does: numbers in them count as numbers."""
    parts = _DIGITS.split(path.name.casefold())
    # Split puts text at even places and digits at odd ones: like is compared with like.
    return tuple(int(part) if place % 2 else part for place, part in enumerate(parts)), path.name


def segment_names(paths: Sequence[Path]) -> list[str]:
    """Name the outputs of files: after the files, or by number where names would clash."""
    names = [_safe(path.stem) for path in paths]
    if all(names) and len({name.lower() for name in names}) == len(names):
        return names
    return [f"{number:05}" for number in range(len(paths))]


def _safe(stem: str) -> str:
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("_", plain).lstrip(".")[:100]


def _found(entry: Path) -> list[Path]:
    try:
        return list(_expand(entry))
    except OSError as error:
        raise StartError(
            f"IN: cannot look at {entry}: {error.strerror}; give a file or a folder you may read"
        ) from error


def _expand(entry: Path) -> Iterator[Path]:
    if entry.is_dir():
        found = [path for path in entry.iterdir() if _is_video(path)]
        if not found:
            raise StartError(
                f"IN: {entry} has no segments; put files ending in "
                f"{', '.join(sorted(_SUFFIXES))} there, or name the files"
            )
        yield from sorted(found, key=natural_key)
    elif entry.suffix.lower() in _PLAYLISTS:
        raise StartError(f"IN: {entry} is a playlist; give the folder with its segments")
    elif entry.is_file():
        yield entry
    elif entry.exists():
        raise StartError(f"IN: {entry} is neither a file nor a folder; give one of those")
    else:
        raise StartError(f"IN: {entry} does not exist; give a video file or a folder of segments")


def _is_video(path: Path) -> bool:
    is_hidden = path.name.startswith(".")
    return not is_hidden and path.suffix.lower() in _SUFFIXES and path.is_file()


def _read(number: int, name: str, path: Path) -> Piece:
    most = Limits().source_bytes
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        return Piece(number, name, problem=f"cannot read {path}: {error.strerror}")
    if len(data) > most:
        problem = f"{path} has over {most >> 20} MiB; give it alone, then it is cut"
        return Piece(number, name, problem=problem)
    return Piece(number, name, data)
