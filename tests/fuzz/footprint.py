"""What this process and those below it hold: memory, descriptors, threads, files. Linux only."""

import ctypes
import gc
import os
import statistics
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Footprint", "below", "growth", "has_no_more", "measure", "one_heap_for_all_threads"]

_M_ARENA_MAX = -8
_PROC = Path("/proc")
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # looked at, never written


@dataclass(frozen=True, slots=True)
class Footprint:
    """Held while nothing runs; memory is private, children are the slots' processes."""

    parent_mebibytes: float
    child_mebibytes: float
    processes: int
    descriptors: int
    child_descriptors: int
    threads: int
    child_threads: int
    files: frozenset[str]


def below(pid: int) -> set[int]:
    """Return all living processes below one."""
    return {each for child in _children(pid) for each in {child} | below(child)}


def _children(pid: int) -> set[int]:
    texts = [_text(task / "children") for task in _listed(_PROC / str(pid) / "task")]
    pids = {int(word) for text in texts for word in text.split()}
    return {each for each in pids if _state(each) not in {"", "Z", "X"}}


def measure(besides: Collection[int] = ()) -> Footprint:
    """Measure this process and those below it but `besides`; first gives back what is free."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    processes = below(os.getpid()) - set(besides)
    children = processes - _children(os.getpid())  # without the seed that slots are forked from
    return Footprint(
        parent_mebibytes=_private_mebibytes(os.getpid()),
        child_mebibytes=max(map(_private_mebibytes, children), default=0),
        processes=len(processes),
        descriptors=_descriptors(os.getpid()),
        child_descriptors=max(map(_descriptors, children), default=0),
        threads=_number(os.getpid(), "Threads"),
        child_threads=max((_number(pid, "Threads") for pid in children), default=0),
        files=frozenset(_files()),
    )


def one_heap_for_all_threads() -> None:
    """Have glibc keep a single heap, so that threads of a test's own scatter no memory."""
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def has_no_more(now: Footprint, before: Footprint) -> bool:
    """Tell whether as many processes hold no more than before, whatever memory they have."""
    counts = ("descriptors", "child_descriptors", "threads", "child_threads")
    return (
        now.processes == before.processes
        and all(getattr(now, name) <= getattr(before, name) for name in counts)
        and now.files <= before.files
    )


def growth(values: Sequence[float]) -> float:
    """Return by which share the last third's median lies above the first third's."""
    third = max(1, len(values) // 3)
    before, after = statistics.median(values[:third]), statistics.median(values[-third:])
    return after / before - 1 if before else 0.0


def _files() -> list[str]:
    """Return what lies where files could be left; folders in shared memory are other programs'."""
    shared = [path for path in _entries(_SHARED_MEMORY) if path.is_file()]
    own = [*_entries(Path(tempfile.gettempdir())), *_entries(Path.cwd())]
    return [str(path) for path in (*shared, *own)]


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _private_mebibytes(pid: int) -> float:
    return _number(pid, "RssAnon") / 1024


def _number(pid: int, name: str) -> int:
    for line in _text(_PROC / str(pid) / "status").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def _state(pid: int) -> str:
    return _text(_PROC / str(pid) / "stat").rpartition(")")[2].strip()[:1]


def _descriptors(pid: int) -> int:
    return len(_listed(_PROC / str(pid) / "fd"))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # its process ended meanwhile
        return []


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # it ended meanwhile
        return ""
