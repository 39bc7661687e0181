"""Renditions of one size, served in turn on one thread: they may share every frame.

Encoding rewrites a frame's times, so a frame never belongs to two lanes. A lane works either at
once, on its caller's thread, or on a thread of its own.
"""

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from av.video.frame import VideoFrame

from podium_worker.transcoder.media.rendition import RenditionWriter
from podium_worker.transcoder.media.source import AudioUnit

__all__ = ["CallerLane", "Lane", "Showing", "ThreadLane"]

_CHUNK_FRAMES = 4  # an encoder that takes some frames in a row keeps its tables in the cache
_WAITING_UNITS = 16


@dataclass(frozen=True, slots=True)
class Showing:
    """A scaled frame and, per rendition of the lane, the times at which it is shown."""

    frame: VideoFrame
    times: tuple[range, ...]


class Lane(Protocol):
    """What a ladder feeds; whoever makes one ends and joins it, or aborts it."""

    def feed(self, unit: Showing | AudioUnit) -> None:
        """Take the next unit; raises what the lane failed with."""

    def end(self, *, is_last: bool) -> None:
        """Have everything fed encoded, and encoders flushed when it was the last."""

    def join(self) -> None:
        """Wait for that; raises what the lane failed with."""

    def abort(self) -> None:
        """Drop what waits and stop; harmless after `join`."""


class CallerLane:
    """Works on the caller's thread, some frames at a time; sound does not wait for them."""

    def __init__(self, writers: Sequence[RenditionWriter]) -> None:
        self._writers = writers
        self._waiting: list[Showing] = []

    def feed(self, unit: Showing | AudioUnit) -> None:
        """As `Lane`."""
        if isinstance(unit, AudioUnit):
            _write(self._writers, unit)
            return
        self._waiting.append(unit)
        if len(self._waiting) >= _CHUNK_FRAMES:
            self._work()

    def end(self, *, is_last: bool) -> None:
        """As `Lane`."""
        self._work()
        if is_last:
            _drain(self._writers)

    def join(self) -> None:
        """As `Lane`."""

    def abort(self) -> None:
        """As `Lane`."""

    def _work(self) -> None:
        waiting, self._waiting = self._waiting, []
        for unit in waiting:
            _write(self._writers, unit)


class ThreadLane:
    """Works on a thread of its own; after a failure it takes units and drops them."""

    def __init__(self, writers: Sequence[RenditionWriter]) -> None:
        self._writers = writers
        self._units: queue.Queue[Showing | AudioUnit | None] = queue.Queue(_WAITING_UNITS)
        self._is_last = False
        self._is_aborted = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="rendition", daemon=True)
        self._thread.start()

    def feed(self, unit: Showing | AudioUnit) -> None:
        """As `Lane`."""
        self._raise_failure()
        self._units.put(unit)

    def end(self, *, is_last: bool) -> None:
        """As `Lane`."""
        self._is_last = is_last
        self._units.put(None)

    def join(self) -> None:
        """As `Lane`."""
        self._thread.join()
        self._raise_failure()

    def abort(self) -> None:
        """As `Lane`."""
        self._is_aborted = True
        if self._thread.is_alive():
            self._units.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (unit := self._units.get()) is not None:
            self._attempt(unit)
        self._attempt(None)

    def _attempt(self, unit: Showing | AudioUnit | None) -> None:
        """Work on a unit, or flush; a failure is kept for the thread that feeds."""
        if self._failure is not None or self._is_aborted:
            return
        try:
            if unit is not None:
                _write(self._writers, unit)
            elif self._is_last:
                _drain(self._writers)
        except BaseException as failure:  # noqa: BLE001  # raised again by `feed` or `join`
            self._failure = failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


def _write(writers: Sequence[RenditionWriter], unit: Showing | AudioUnit) -> None:
    if isinstance(unit, AudioUnit):
        for writer in writers:
            writer.write_audio(unit)
        return
    for writer, times in zip(writers, unit.times, strict=True):
        writer.encode(unit.frame, times)


def _drain(writers: Sequence[RenditionWriter]) -> None:
    for writer in writers:
        writer.drain()
