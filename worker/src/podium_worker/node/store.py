"""Renditions in memory until their gateway has fetched them. No I/O.

The last twelve of each rendition are kept, as the network's nodes do, and all go when their
session ends. Above the cap the oldest of all go first: memory is bounded whatever is sent.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass

__all__ = ["KEPT_PER_RENDITION", "Rendition", "Store"]

KEPT_PER_RENDITION = 12


@dataclass(frozen=True, slots=True)
class Rendition:
    """A finished file."""

    data: bytes
    content_type: str


class Store:
    """Renditions by `session/name/file`, at most `max_bytes` of them."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._files: OrderedDict[str, Rendition] = OrderedDict()
        self._folders: dict[str, deque[str]] = {}
        self.bytes = 0
        self.evicted = 0

    def put(self, session_id: str, name: str, file: str, rendition: Rendition) -> str:
        """Keep a rendition; returns its path."""
        folder = f"{session_id}/{name}"
        path = f"{folder}/{file}"
        self._drop(path)
        self._files[path] = rendition
        self.bytes += len(rendition.data)
        kept = self._folders.setdefault(folder, deque())
        kept.append(path)
        while len(kept) > KEPT_PER_RENDITION:
            self._drop(kept[0])
        while self.bytes > self._max_bytes and len(self._files) > 1:
            self._drop(next(iter(self._files)))
            self.evicted += 1
        return path

    def get(self, path: str) -> Rendition | None:
        """Return what lies at a path, None when there is nothing (any more)."""
        return self._files.get(path)

    def end(self, session_id: str) -> None:
        """Drop all that a session has left."""
        prefix = f"{session_id}/"
        for folder in [name for name in self._folders if name.startswith(prefix)]:
            for path in list(self._folders[folder]):
                self._drop(path)

    def _drop(self, path: str) -> None:
        rendition = self._files.pop(path, None)
        if rendition is None:
            return
        self.bytes -= len(rendition.data)
        folder = path.rpartition("/")[0]
        kept = self._folders[folder]
        kept.remove(path)
        if not kept:
            del self._folders[folder]
