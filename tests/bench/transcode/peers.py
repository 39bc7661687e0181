"""Who takes part: each peer makes all renditions of each segment and says what that cost (thin)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.transcode import commands
from tests.bench.transcode.corpus import Content
from tests.bench.transcode.running import Cost, run_program
from tests.bench.transcode.slot_children import SlotChildren
from tests.bench.transcode.workers import Workers

from podium_worker.transcoder.slots.pool import SlotPool

__all__ = [
    "CommandPeer",
    "Job",
    "LibraryPeer",
    "LongPeer",
    "Peer",
    "SlotPeer",
]

_TIMEOUT_SECONDS = 300.0
_Runner = Callable[["Job"], Awaitable[Cost]]


@dataclass(frozen=True, slots=True)
class Job:
    """One segment to transcode; renditions go to `output_dir` as `NAME.ts`."""

    content: Content
    index: int
    output_dir: Path

    @property
    def source(self) -> Path:
        """The segment's file."""
        return self.content.segments[self.index]


class Peer(Protocol):
    """Costs come back in the order of the jobs."""

    name: str

    async def run(self, jobs: Sequence[Job], in_flight: int) -> list[Cost]: ...


class CommandPeer:
    """One process per segment; `command` makes its words from source, folder and ladder."""

    def __init__(self, name: str, command: Callable[[Job], list[str]]) -> None:
        self.name = name
        self.command = command

    async def run(self, jobs: Sequence[Job], in_flight: int) -> list[Cost]:
        return await _spread(lambda job: run_program(self.command(job)), jobs, in_flight)


class LongPeer:
    """One process for all segments of a content; each is told its share of the whole."""

    name = "long"

    def __init__(self, program: str) -> None:
        self._program = program

    async def run(self, jobs: Sequence[Job], in_flight: int) -> list[Cost]:
        del in_flight  # it takes the cores by itself
        content, folder = jobs[0].content, jobs[0].output_dir
        sources = content.segments
        whole = await run_program(
            commands.long_command(self._program, sources, folder, content.ladder)
        )
        for index in range(1, len(sources)):
            _hand_out(content, index, folder, jobs)
        _hand_out(content, 0, folder, jobs)
        share = len(sources)
        return [Cost(whole.cpu_seconds / share, whole.wall_seconds, whole.peak_bytes) for _ in jobs]


class LibraryPeer:
    """A library called in a living process."""

    def __init__(self, name: str, workers: Workers, free_cores: int = 1) -> None:
        self.name = name
        self._workers, self._free_cores = workers, free_cores

    async def run(self, jobs: Sequence[Job], in_flight: int) -> list[Cost]:
        return await _spread(self._one, jobs, in_flight)

    async def _one(self, job: Job) -> Cost:
        return await self._workers.transcode(
            self.name,
            job.source,
            job.content.ladder,
            output_dir=job.output_dir,
            free_cores=self._free_cores,
        )


class SlotPeer:
    """The product's own way: children of a pool. CPU seconds are the children's, in equal parts."""

    name = "slots"

    def __init__(self, pool: SlotPool, children: SlotChildren) -> None:
        self._pool, self._children = pool, children

    async def run(self, jobs: Sequence[Job], in_flight: int) -> list[Cost]:
        before = self._children.cpu_seconds()
        costs = await _spread(self._one, jobs, in_flight)
        used = (self._children.cpu_seconds() - before) / len(jobs)
        return [Cost(used, cost.wall_seconds) for cost in costs]

    async def _one(self, job: Job) -> Cost:
        source = job.source.read_bytes()
        began = time.perf_counter()
        result = await self._pool.run(source, job.content.ladder, timeout_seconds=_TIMEOUT_SECONDS)
        wall = time.perf_counter() - began
        for rendition in result.renditions:
            (job.output_dir / f"{rendition.name}.ts").write_bytes(rendition.data)
        return Cost(0.0, wall)


async def _spread(run: _Runner, jobs: Sequence[Job], in_flight: int) -> list[Cost]:
    """Run all jobs, never more than `in_flight` at once."""
    turns = asyncio.Semaphore(in_flight)

    async def one(job: Job) -> Cost:
        async with turns:
            return await run(job)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(job)) for job in jobs]
    return [task.result() for task in tasks]


def _hand_out(content: Content, index: int, folder: Path, jobs: Sequence[Job]) -> None:
    """Move a long run's files to where each job wants them."""
    home = next((job.output_dir for job in jobs if job.index == index), None)
    for rung in content.ladder:
        made = folder / f"{rung.name}-{index:03d}.ts"
        if home and made.exists():
            made.rename(home / f"{rung.name}.ts")
