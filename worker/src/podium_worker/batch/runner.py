"""Keeps the slots of a pool busy with segments and hands results on in order (thin)."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from av.error import FFmpegError

from podium_worker.batch.measuring import measure
from podium_worker.batch.output import OutputFolder
from podium_worker.batch.pieces import Piece
from podium_worker.batch.records import MadeFile, SegmentRecord
from podium_worker.profiles import Profile
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.results import Rendition, TranscodeResult
from podium_worker.transcoder.slots.pool import SlotPool

__all__ = ["Runner"]

_Result = TypeVar("_Result")


class Runner:
    """One run; `on_record` hears of every segment in order.

    At most one source segment more than slots is held. Results go to disk as they come.
    """

    def __init__(
        self,
        profiles: Sequence[Profile],
        output: OutputFolder,
        *,
        deadline_seconds: float,
        on_record: Callable[[SegmentRecord], None],
    ) -> None:
        self._profiles, self._output = tuple(profiles), output
        self._deadline_seconds = deadline_seconds
        self._on_record = on_record
        self._early: dict[int, SegmentRecord] = {}
        self.slots = 0
        self._done: list[SegmentRecord] = []

    @property
    def records(self) -> tuple[SegmentRecord, ...]:
        """Every segment that is done or failed by now, in order."""
        return (*self._done, *(self._early[number] for number in sorted(self._early)))

    async def run(self, pool: SlotPool, pieces: Iterator[Piece]) -> None:
        """Transcode everything; an `OSError` of the output folder ends it all."""
        self.slots = pool.slots
        room = asyncio.Semaphore(pool.slots + 1)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    await room.acquire()
                    piece = await _in_thread(lambda: next(pieces, None))
                    if piece is None:
                        return
                    task = group.create_task(self._work(pool, piece), name=piece.name)
                    task.add_done_callback(lambda _: room.release())
        except BaseExceptionGroup as problems:
            raise problems.exceptions[0] from problems

    async def _work(self, pool: SlotPool, piece: Piece) -> None:
        record = await self._record(pool, piece)
        self._early[record.number] = record
        while (following := self._early.pop(len(self._done), None)) is not None:
            self._done.append(following)
            self._on_record(following)

    async def _record(self, pool: SlotPool, piece: Piece) -> SegmentRecord:
        if piece.problem:
            return _failed(piece, piece.problem)
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await pool.seats.acquire()  # not free within that: devices failed meanwhile
        except TimeoutError:
            return _failed(piece, "no slot became free", work_seconds=time.monotonic() - started)
        started = time.monotonic()
        try:
            result = await pool.run(
                piece.data,
                self._profiles,
                timeout_seconds=self._deadline_seconds,
                duration_seconds=piece.seconds,
            )
        except TranscodeError as error:
            return _failed(piece, str(error), work_seconds=time.monotonic() - started)
        finally:
            pool.seats.release()
        work_seconds = time.monotonic() - started
        try:
            files = await _in_thread(lambda: self._keep(piece.name, result))
        except FFmpegError as error:
            problem = f"a rendition cannot be read back: {error.strerror}"
            return _failed(piece, problem, work_seconds=work_seconds)
        return SegmentRecord(
            number=piece.number,
            name=piece.name,
            source_bytes=len(piece.data),
            seconds=piece.seconds or max(made.seconds for made in files),
            work_seconds=work_seconds,
            files=files,
        )

    def _keep(self, segment: str, result: TranscodeResult) -> tuple[MadeFile, ...]:
        pairs = list(zip(self._profiles, result.renditions, strict=True))
        paths = [self._output.path_of(profile, segment) for profile, _ in pairs]
        made = tuple(_made(path, item) for path, (_, item) in zip(paths, pairs, strict=True))
        data = (item.data for item in result.renditions)
        self._output.write_all(dict(zip(paths, data, strict=True)))
        return made


async def _in_thread(work: Callable[[], _Result]) -> _Result:
    """Run in a thread; when cancelled, return only once it has let go of its files."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait({running})
        raise


def _made(path: str, item: Rendition) -> MadeFile:
    span = measure(item.data)
    return MadeFile(
        rendition=item.name,
        path=path,
        width=item.width,
        height=item.height,
        frames=item.frames,
        bytes=len(item.data),
        start_seconds=span.start_seconds,
        seconds=span.seconds,
        psnr_db=item.psnr_db,
    )


def _failed(piece: Piece, error: str, *, work_seconds: float = 0.0) -> SegmentRecord:
    return SegmentRecord(
        number=piece.number,
        name=piece.name,
        source_bytes=len(piece.data),
        seconds=piece.seconds or 0.0,
        work_seconds=work_seconds,
        error=error,
    )
