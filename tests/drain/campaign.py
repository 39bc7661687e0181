"""A soak on this machine: queue, node and live streams, and processes that are told to stop."""

import asyncio
import itertools
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.drain.lives import LifeReport, LivesPlan
from tests.drain.priority import hurry
from tests.drain.streams import Seen, feeding
from tests.drain.verdict import Findings
from tests.drain.witness import Witness, witnessing
from tests.e2e.dataplane.plane import DataPlane, children_of
from tests.gateway.gateway import Gateway
from tests.support.ports import free_port

__all__ = ["Campaign", "run_campaign"]

_LIVES = 20
_WHOLE = "whole"
_TICK_SECONDS = 0.25
_LIFE_SECONDS = 120.0
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """How much is asked for; `minutes` bounds it, whatever was reached.

    patience: how many times as long as gateways do the one here waits before it calls a loss.
    """

    cycles: int
    processes: int
    streams: int
    minutes: float
    seed: int
    patience: float = 1.0


@dataclass(slots=True)
class _Score:
    """What is counted on the way."""

    cycles: int = 0
    restarts: int = 0
    in_hand: int = 0
    slowest_seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    began_at: float = field(default_factory=time.monotonic)

    def add(self, report: LifeReport) -> None:
        """Count one life of a process that goes on."""
        self.cycles += 1
        self.in_hand += report.in_hand > 0
        self.slowest_seconds = max(self.slowest_seconds, report.seconds)

    def ended(self, name: str, status: int) -> None:
        """Count the end of a process."""
        self.restarts += 1
        if status:
            self.failures.append(f"{name} ended with status {status}")


async def run_campaign(
    campaign: Campaign, folder: Path, *, tell: Callable[[Findings], None]
) -> Findings:
    """Run a soak; `tell` hears where it stands every now and then."""
    plane = DataPlane(folder)
    try:
        await plane.start_queue()
        await plane.start_node()
        _hurry_parts(plane)
        return await _Soak(campaign, plane, tell).run()
    finally:
        await plane.end()


def _hurry_parts(plane: DataPlane) -> None:
    for process in plane.processes.values():
        for pid in (process.pid, *children_of(process.pid)):
            hurry(pid)


class _Soak:
    """One campaign on one data plane."""

    def __init__(
        self, campaign: Campaign, plane: DataPlane, tell: Callable[[Findings], None]
    ) -> None:
        self._campaign = campaign
        self._plane = plane
        self._tell = tell
        self._score = _Score()
        self._over = asyncio.Event()
        self._draw = random.Random(campaign.seed)

    @property
    def _server(self) -> str:
        return f"nats://127.0.0.1:{self._plane.queue_port}"

    async def run(self) -> Findings:
        patience = self._campaign.patience
        async with (
            witnessing(self._server) as witness,
            Gateway([self._plane.address], patience=patience) as gateway,
        ):
            async with asyncio.TaskGroup() as group:
                for number in range(self._campaign.processes):
                    group.create_task(self._keep_living(number))
                    await self._hear_of(number + 1)
                group.create_task(self._keep_whole(witness))
                async with feeding(gateway, streams=self._campaign.streams) as seen:
                    await self._watch(seen, witness)
                # The transcoders outlive the streams, so that the last segments are answered.
                self._over.set()
            return await self._findings(seen, witness)

    async def _hear_of(self, transcoders: int) -> None:
        """Wait until the node counts on so many: a machine starts only a few at a time."""
        async with asyncio.timeout(_START_SECONDS * transcoders):
            for _ in itertools.count():
                if await self._plane.metric("livepeer_transcoders_capacity") >= transcoders:
                    return
                await asyncio.sleep(_TICK_SECONDS)

    async def _watch(self, seen: Seen, witness: Witness) -> None:
        deadline = time.monotonic() + 60 * self._campaign.minutes
        told_at = time.monotonic()
        while self._score.cycles < self._campaign.cycles and time.monotonic() < deadline:
            await asyncio.sleep(_TICK_SECONDS)
            if time.monotonic() - told_at > 5:
                told_at = time.monotonic()
                self._tell(await self._findings(seen, witness))

    async def _findings(self, seen: Seen, witness: Witness) -> Findings:
        score = self._score
        return Findings(
            wanted=self._campaign.cycles,
            cycles=score.cycles,
            restarts=score.restarts,
            in_hand=score.in_hand,
            answered=seen.answered,
            given=int(await self._plane.metric("livepeer_segment_transcoded_total")),
            transcoded=witness.transcoded,
            late=seen.late,
            lost=list(seen.lost),
            failures=list(score.failures),
            slowest_seconds=score.slowest_seconds,
            took_seconds=time.monotonic() - score.began_at,
        )

    async def _keep_living(self, number: int) -> None:
        """Run one process of many lives after the other."""
        for process in range(self._campaign.cycles):
            if self._over.is_set():
                return
            plan = LivesPlan(
                server=self._server,
                name=f"life-{number}-{process}",
                lives=_LIVES,
                seed=self._draw.getrandbits(32),
            )
            await self._live(plan)

    async def _live(self, plan: LivesPlan) -> None:
        path = self._plane.folder / f"{plan.name}.json"
        path.write_text(plan.model_dump_json())
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.drain.lives", str(path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # a share of the machine of its own
        )
        ending = asyncio.create_task(self._end_when_over(process))
        try:
            await self._count_lives(process)
        except TimeoutError:
            process.kill()
        self._score.ended(plan.name, await process.wait())
        ending.cancel()
        path.unlink()

    async def _count_lives(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            async with asyncio.timeout(_LIFE_SECONDS):
                line = await process.stdout.readline()
            if not line:
                return
            self._score.add(LifeReport.model_validate_json(line))

    async def _end_when_over(self, process: asyncio.subprocess.Process) -> None:
        await self._over.wait()
        assert process.stdin is not None
        process.stdin.close()

    async def _keep_whole(self, witness: Witness) -> None:
        """Start the program itself, with its start-up test, and stop it after its first segment."""
        part = {"pool": "cpu", "slots": 1, "metricsListen": f"127.0.0.1:{free_port()}"}
        while not self._over.is_set():
            await self._plane._start(_WHOLE, {"transcoder": part}, part="transcoder")
            worked = asyncio.create_task(witness.has_worked(_WHOLE))
            over = asyncio.create_task(self._over.wait())
            await asyncio.wait({worked, over}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({over}, timeout=self._draw.random())
            worked.cancel()
            over.cancel()
            await self._stop_whole(witness)

    async def _stop_whole(self, witness: Witness) -> None:
        present = witness.present.get(_WHOLE)
        began = time.monotonic()
        status = await self._plane.stop(_WHOLE)
        seconds = round(time.monotonic() - began, 3)
        busy = 0 if present is None else present.busy
        if present is None and status == -signal.SIGTERM:
            status = 0  # still loading: it holds nothing yet, and the default is to end
        self._score.add(LifeReport(name=_WHOLE, in_hand=busy, seconds=seconds))
        self._score.ended(_WHOLE, status)
