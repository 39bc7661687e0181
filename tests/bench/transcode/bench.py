"""A run from beginning to end: contents, peers, phases, report (thin)."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.transcode import commands
from tests.bench.transcode.corpus import Content, own_contents, recipe_contents
from tests.bench.transcode.findings import find
from tests.bench.transcode.gates import check_gates
from tests.bench.transcode.isolation import (
    measure_isolation,
    measure_memory,
    measure_recovery,
    watched_pool,
)
from tests.bench.transcode.latency import measure_idle, measure_load
from tests.bench.transcode.options import Options
from tests.bench.transcode.over_floor import measure_over_floor
from tests.bench.transcode.peers import (
    CommandPeer,
    Job,
    LibraryPeer,
    LongPeer,
    Peer,
    SlotPeer,
)
from tests.bench.transcode.progress import Progress
from tests.bench.transcode.quality import measure_fidelity
from tests.bench.transcode.report import machine, write_report
from tests.bench.transcode.samples import Measured
from tests.bench.transcode.throughput import jobs_of, measure_throughput
from tests.bench.transcode.workers import Workers
from tests.media.ffmpeg import ffmpeg_path
from tests.support.gates import Gate

from podium_worker.transcoder.cgroup import available_cores

__all__ = ["Bench"]


class Bench:
    """One run; `run` returns the tables and the gates."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._cores = max(1, round(available_cores()))
        self._progress = Progress()
        self._measured = Measured()

    def run(self) -> tuple[str, list[Gate]]:
        """Measure everything and write the report."""
        about = machine(self._cores)
        program = self._options.ffmpeg or ffmpeg_path()
        with tempfile.TemporaryDirectory(prefix="bench-", dir=_memory_folder()) as scratch:
            contents = self._contents(program, Path(scratch))
            asyncio.run(self._measure(contents, str(program), Path(scratch)))
        return self._report(contents, str(program), about)

    def _contents(self, program: Path, scratch: Path) -> list[Content]:
        if self._options.media:
            return own_contents(self._options.media, program, scratch)
        return recipe_contents(self._options.contents, program)

    async def _measure(self, contents: Sequence[Content], program: str, folder: Path) -> None:
        async with Workers(self._cores) as workers:
            await self._at_full_load(contents, program, workers, folder)
            await self._one_at_a_time(contents, program, workers, folder)
        await self._slots(contents[0])

    async def _at_full_load(
        self, contents: Sequence[Content], program: str, workers: Workers, folder: Path
    ) -> None:
        self._progress.phase(f"full load, {self._cores} segments in flight")
        async with self._peers(program, workers) as peers:
            await measure_throughput(
                peers,
                contents,
                rounds=self._options.rounds,
                in_flight=self._cores,
                folder=folder,
                measured=self._measured,
                progress=self._progress,
            )
        self._progress.phase("quality")
        for content in contents:
            for peer in [one for one in peers if one.name not in self._unjudged()]:
                self._progress.step(f"{content.name}  {peer.name}")
                self._measured.fidelity += await measure_fidelity(
                    program,
                    peer.name,
                    jobs_of(content, 1, folder / peer.name)[0],
                    in_flight=self._cores,
                    vmaf_every=self._options.vmaf_every,
                )

    def _unjudged(self) -> set[str]:
        """Slots write what the engine writes; a quick run looks at the gates' peers alone."""
        return {"slots", "long", "pyav", "expert"} if self._options.is_quick else {"slots"}

    async def _one_at_a_time(
        self, contents: Sequence[Content], program: str, workers: Workers, folder: Path
    ) -> None:
        usual = [content for content in contents if content.fps <= _USUAL_FPS] or list(contents)
        async with watched_pool(self._cores) as (pool, children):
            peers: list[Peer] = [self._cli(program), SlotPeer(pool, children), *self._custom()]
            shared: dict[str, Any] = {
                "folder": folder,
                "measured": self._measured,
                "progress": self._progress,
            }
            self._progress.phase("answer times with idle cores")
            await measure_idle(peers, usual, rounds=self._options.idle_rounds, **shared)
            self._progress.phase("answer times at full load")
            rounds = self._options.load_rounds
            await measure_load(peers, usual[:2], rounds=rounds, in_flight=self._cores, **shared)
        self._progress.phase("the floor: decode, scale and encode alone")
        await measure_over_floor(
            workers,
            [content for content in usual if content.fps == _LADDER_FPS],
            rounds=self._options.rounds,
            measured=self._measured,
            progress=self._progress,
        )

    async def _slots(self, content: Content) -> None:
        rounds = self._options.small_rounds
        self._progress.phase("slots: memory, isolation, recovery")
        profiles = ("fast", "segment")
        await measure_memory(content, profiles, slots=self._cores, measured=self._measured)
        await measure_isolation(rounds=rounds, measured=self._measured)
        await measure_recovery(rounds=rounds, measured=self._measured)

    @asynccontextmanager
    async def _peers(self, program: str, workers: Workers) -> AsyncIterator[list[Peer]]:
        async with watched_pool(self._cores) as (pool, children):
            yield [
                self._cli(program),
                LongPeer(program),
                LibraryPeer("pyav", workers),
                CommandPeer("expert", partial(_expert, program)),
                LibraryPeer("fast", workers),
                LibraryPeer("segment", workers),
                SlotPeer(pool, children),
                CommandPeer("cli-medium", partial(_cli, program, preset="medium")),
                LibraryPeer("lpms", workers),
                *self._custom(),
            ]

    def _cli(self, program: str) -> CommandPeer:
        return CommandPeer("cli", partial(_cli, program))

    def _custom(self) -> list[CommandPeer]:
        return [
            CommandPeer(name, partial(_custom, template)) for name, template in self._options.peers
        ]

    def _report(
        self, contents: Sequence[Content], program: str, about: dict[str, Any]
    ) -> tuple[str, list[Gate]]:
        findings = find(
            self._measured,
            fps={content.name: content.fps for content in contents},
            heights={content.name: content.height for content in contents},
        )
        chosen = bool(self._options.media or self._options.contents)
        gates = check_gates(findings, may_lack=chosen or self._options.is_quick)
        seconds = round(self._progress.elapsed_seconds)
        about |= {"rounds": self._options.rounds, "seconds": seconds}
        text = write_report(
            self._options.out,
            findings=findings,
            measured=self._measured,
            gates=gates,
            contents=contents,
            program=program,
            about=about,
        )
        return text, gates


_USUAL_FPS = 45
_LADDER_FPS = 30


def _cli(program: str, job: Job, *, preset: str = "veryfast") -> list[str]:
    return commands.cli_command(program, job.source, job.output_dir, job.content.ladder, preset)


def _expert(program: str, job: Job) -> list[str]:
    return commands.expert_command(program, job.source, job.output_dir, job.content.ladder)


def _custom(template: str, job: Job) -> list[str]:
    return commands.custom_command(template, job.source, job.output_dir, job.content.ladder)


def _memory_folder() -> str | None:
    """Prefer memory to a disk: nobody's files are to be waited for."""
    place = Path("/dev/shm")  # noqa: S108  # a fresh folder of our own inside
    return str(place) if place.is_dir() else None
