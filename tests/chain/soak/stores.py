"""What the operator writes down, kept in files: signed bytes, intents, and who leads.

A write is durable when it returns: written aside, synced, renamed, the folder synced. A process
that lost its lease can write nothing, as in the cluster.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from podium_operator.chain.model import Intent
from podium_operator.chain.records import intents_in, shown_intent

__all__ = ["FileIntentLog", "FileLease", "FileVault", "LeaseLostError"]


class LeaseLostError(RuntimeError):
    """This process does not lead any more: it must write nothing and end."""


class FileVault:
    """Signed bytes by intent, in a folder that only the owner reads."""

    def __init__(self, folder: Path, may_write: Callable[[], bool]) -> None:
        self._folder, self._may_write = folder, may_write
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def put(self, intent_id: str, raws: Sequence[bytes]) -> None:
        """Keep all bytes ever signed for an intent, in place of those kept before."""
        _check(self._may_write)
        _write(self._path(intent_id), json.dumps([raw.hex() for raw in raws]).encode())

    async def get(self, intent_id: str) -> list[bytes]:
        """Return what was kept, oldest first; nothing for an unknown intent."""
        with suppress(FileNotFoundError):
            return [bytes.fromhex(raw) for raw in json.loads(self._path(intent_id).read_bytes())]
        return []

    async def drop(self, intent_id: str) -> None:
        """Forget an intent's bytes."""
        _check(self._may_write)
        self._path(intent_id).unlink(missing_ok=True)

    def _path(self, intent_id: str) -> Path:
        return self._folder / (intent_id.replace("/", "_") + ".json")


class FileIntentLog:
    """The intents of one orchestrator in one file, in the words that status has for them."""

    def __init__(self, path: Path, may_write: Callable[[], bool]) -> None:
        self._path, self._may_write = path, may_write

    async def save(self, intents: Sequence[Intent]) -> None:
        """Write all intents to remember, in place of those before."""
        _check(self._may_write)
        shown = [shown_intent(one).model_dump(mode="json", by_alias=True) for one in intents]
        _write(self._path, json.dumps(shown).encode())

    def load(self) -> tuple[Intent, ...]:
        """Return what was saved last."""
        with suppress(FileNotFoundError):
            return intents_in(json.loads(self._path.read_bytes()))
        return ()


@dataclass(frozen=True, slots=True)
class FileLease:
    """Who may write, until it has not renewed for `seconds` of the cluster's time."""

    path: Path
    holder: str
    seconds: float

    def take(self, now: float) -> bool:
        """Take or renew it; False while it is another's."""
        owner, renewed = self._read()
        if owner != self.holder and now - renewed < self.seconds:
            return False
        _write(self.path, json.dumps([self.holder, now]).encode())
        return True

    def is_held(self) -> bool:
        """Tell whether it is ours still."""
        return self._read()[0] == self.holder

    def _read(self) -> tuple[str, float]:
        with suppress(FileNotFoundError):
            owner, renewed = json.loads(self.path.read_bytes())
            return str(owner), float(renewed)
        return "", float("-inf")


def _check(may_write: Callable[[], bool]) -> None:
    if not may_write():
        raise LeaseLostError("another process leads by now: not writing")


def _write(path: Path, content: bytes) -> None:
    """Replace a file so that a crash at any moment leaves the old one or the new one."""
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
