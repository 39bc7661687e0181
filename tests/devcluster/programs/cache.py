"""Where programs are kept between runs, and whether what lies there is what was put there.

A folder of the cache is written whole or not at all (a rename), belongs to one writer at a time
(a lock that the kernel drops when the writer dies), and carries a record of sizes and digests.
It knows nothing of where programs come from.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Cache", "Entry", "cache_root", "digest_of"]

_RECORD = "record.json"
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What one cached file was when it was stored. `mtime_ns` only spares reading it again."""

    size_bytes: int
    sha256: str
    mtime_ns: int


def cache_root(environment: Mapping[str, str] = os.environ) -> Path:
    """Find the project's cache folder: `PODIUM_CACHE`, else the user's own cache."""
    if chosen := environment.get("PODIUM_CACHE"):
        return Path(chosen).expanduser().resolve()
    base = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "podium"


def digest_of(path: Path) -> str:
    """Read a file to its SHA-256, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Cache:
    """Folders of files under one root, each with the recipe that made it."""

    root: Path

    def fault(self, folder: str, recipes: set[str]) -> str | None:
        """Say why a folder cannot be used, or None when every file is as it was stored."""
        place = self.root / folder
        if not place.is_dir():
            return "absent"
        try:
            record = json.loads((place / _RECORD).read_text())
            entries = {name: Entry(**entry) for name, entry in record["files"].items()}
            recipe = record["recipe"]
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return "its record is missing or damaged"
        if recipe not in recipes:
            return "made by another recipe"
        faults = (_entry_fault(place / name, entry) for name, entry in entries.items())
        return next((fault for fault in faults if fault), None)

    def store(self, folder: str, recipe: str, fill: Callable[[Path], None]) -> Path:
        """Fill a new folder and put it in the old one's place; on failure nothing changes."""
        self.root.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder}.", dir=self.root))
        try:
            fill(draft)
            stored = sorted(path for path in draft.rglob("*") if path.is_file())
            files = {str(path.relative_to(draft)): asdict(_entry(path)) for path in stored}
            (draft / _RECORD).write_text(json.dumps({"recipe": recipe, "files": files}, indent=1))
            draft.chmod(0o755)
            return self._replace(draft, self.root / folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _replace(self, draft: Path, place: Path) -> Path:
        if place.exists():
            with tempfile.TemporaryDirectory(prefix=".old.", dir=self.root) as old:
                place.rename(Path(old) / place.name)
                draft.rename(place)
        else:
            draft.rename(place)
        return place

    @contextmanager
    def locked(self, folder: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Hold a folder's lock; `waiting` is called once when another process holds it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f".{folder}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _entry(path: Path) -> Entry:
    status = path.stat()
    return Entry(status.st_size, digest_of(path), status.st_mtime_ns)


def _entry_fault(path: Path, entry: Entry) -> str | None:
    try:
        status = path.stat()
    except OSError:
        return f"{path.name} is missing"
    if status.st_size != entry.size_bytes:
        return f"{path.name} has {status.st_size} bytes, not {entry.size_bytes}"
    # A copied or restored cache has new times: then, and only then, is it worth reading 130 MB.
    if status.st_mtime_ns != entry.mtime_ns and digest_of(path) != entry.sha256:
        return f"{path.name} is not the file that was stored"
    return None
