"""The output folder: nothing half written, nothing overwritten unasked.

    OUT/master.m3u8
    OUT/<rendition>/index.m3u8
    OUT/<rendition>/<segment>.ts

Files are written under a temporary name beside their own and renamed. MP4 renditions get no
playlists: HLS has no place for whole MP4 files.
"""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from podium_worker.batch.playlists import MASTER, MEDIA, master_playlist, media_playlist
from podium_worker.batch.records import MadeFile, SegmentRecord
from podium_worker.errors import StartError
from podium_worker.profiles import Container, Profile

__all__ = ["OutputFolder"]

_SUFFIXES = {Container.MPEGTS: ".ts", Container.MP4: ".mp4"}
_PART = ".part"


class OutputFolder:
    """Where one run writes; `prepare` first, `discard` in any case at the end."""

    def __init__(self, root: Path, profiles: Sequence[Profile]) -> None:
        self._root = root
        self._profiles = tuple(profiles)
        self._drafts: set[Path] = set()

    def prepare(self, *, is_forced: bool) -> None:
        """Make the folders; `StartError` when results are there already or it cannot be."""
        try:
            if not is_forced and (found := self._first_result()):
                raise StartError(
                    f"--out: {found} is there already; give another folder, or --force to replace "
                    "what has the same name"
                )
            for profile in self._profiles:
                (self._root / profile.name).mkdir(parents=True, exist_ok=True)
                if not os.access(self._root / profile.name, os.W_OK):
                    raise PermissionError(13, "not writable")
        except OSError as error:
            raise StartError(
                f"--out: cannot use {self._root} ({error.strerror}); give a folder you may write to"
            ) from error

    def path_of(self, profile: Profile, segment: str) -> str:
        """Return a result's path within the folder."""
        return f"{profile.name}/{segment}{_SUFFIXES[profile.format]}"

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Write all or none of a segment's files; `OSError` when the disk is full, for example."""
        drafts = {name: self._draft(self._root / name) for name in files}
        self._drafts.update(drafts.values())
        try:
            for name, data in files.items():
                drafts[name].write_bytes(data)
            for name, draft in drafts.items():
                draft.replace(self._root / name)
        finally:
            self._remove(list(drafts.values()))

    def write_playlists(self, records: Sequence[SegmentRecord]) -> Path | None:
        """Write all playlists and return the master's path; None where there is nothing to play."""
        made: dict[str, list[MadeFile]] = {
            profile.name: [] for profile in self._profiles if profile.format is Container.MPEGTS
        }
        for record in sorted(records, key=lambda one: one.number):
            for one in record.files:
                if one.rendition in made:
                    made[one.rendition].append(one)
        if not any(made.values()):
            return None
        texts = {f"{name}/{MEDIA}": media_playlist(files) for name, files in made.items() if files}
        texts[MASTER] = master_playlist(list(made.values()))
        self.write_all({name: text.encode() for name, text in texts.items()})
        return self._root / MASTER

    def discard(self) -> None:
        """Remove what was left half written, and folders that stayed empty."""
        self._remove(list(self._drafts))
        for folder in (*(self._root / profile.name for profile in self._profiles), self._root):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _remove(self, drafts: Sequence[Path]) -> None:
        for draft in drafts:
            draft.unlink(missing_ok=True)
            self._drafts.discard(draft)

    def _first_result(self) -> Path | None:
        folders = [self._root / profile.name for profile in self._profiles]
        results = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
        master = self._root / MASTER
        return master if master.exists() else next(results, None)

    @staticmethod
    def _draft(path: Path) -> Path:
        return path.with_name(f".{path.name}{_PART}")
