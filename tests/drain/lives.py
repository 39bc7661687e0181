"""One process that lives many lives as a transcoder: `python -m tests.drain.lives PLAN.json`.

Each life is the product's own way of working and of leaving, `serve_jobs`, with a connection, pulls
and a name of its own, and ends by a SIGTERM to this very process at a drawn moment: idle, or in the
middle of a job. Only the slots' children outlive it, since starting them is no part of leaving.
Prints a JSON line per life; the end of standard input ends the present life, and then the process.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from podium_worker.settings import QueueSettings
from podium_worker.transcoder.service import serve_jobs
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.tally import Tally

__all__ = ["LifeReport", "LivesPlan"]

_IDLE_SHARE = 0.15
_MOST_JOBS = 2
_MOST_DELAY_SECONDS = 0.06
_IDLE_SECONDS = 0.4
_PATIENCE_SECONDS = 10.0
_CLASS = "h264"
_POLITENESS = 12


class LivesPlan(BaseModel):
    """What a process is told: its queue, its name, and how many lives it has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server: str
    name: str
    lives: int
    seed: int


class LifeReport(BaseModel):
    """How a life ended: jobs in hand at the signal, and the time from there to the end."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    in_hand: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Fate:
    """When the signal comes: so long after so many jobs were begun."""

    jobs: int
    delay_seconds: float


class _WatchedTally(Tally):
    """A tally that tells when the wanted number of jobs has begun."""

    def __init__(self, name: str, jobs: int) -> None:
        super().__init__(name, "drain")
        self.reached = asyncio.Event()
        self._left = jobs

    def begin(self) -> None:
        """Count down."""
        super().begin()
        self._left -= 1
        if self._left <= 0:
            self.reached.set()


def _draw_fate(draw: random.Random) -> _Fate:
    if draw.random() < _IDLE_SHARE:
        return _Fate(0, draw.uniform(0, _IDLE_SECONDS))
    return _Fate(draw.randint(1, _MOST_JOBS), draw.uniform(0, _MOST_DELAY_SECONDS))


class _Transcoder:
    """The process: its signals and its slots."""

    def __init__(self, plan: LivesPlan, pool: SlotPool) -> None:
        self._plan = plan
        self._pool = pool
        self._stop = asyncio.Event()
        self._is_over = asyncio.Event()
        self._told_at = 0.0
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._told)

    def _told(self) -> None:
        self._told_at = time.monotonic()
        self._stop.set()

    async def run(self) -> None:
        """Live all lives, or until nobody leads this process any more."""
        draw = random.Random(self._plan.seed)
        following = asyncio.create_task(self._follow())
        for number in range(self._plan.lives):
            if self._is_over.is_set():
                break
            report = await self._live(f"{self._plan.name}-{number}", _draw_fate(draw))
            with contextlib.suppress(BrokenPipeError):  # nobody leads this process any more
                os.write(sys.stdout.fileno(), f"{report.model_dump_json()}\n".encode())
        following.cancel()

    async def _live(self, name: str, fate: _Fate) -> LifeReport:
        self._stop.clear()
        tally = _WatchedTally(name, fate.jobs)
        tally.watch(self._pool)
        tally.proven((_CLASS,), {})
        dooming = asyncio.create_task(self._doom(tally, fate))
        in_hand = asyncio.create_task(self._count_in_hand(tally))
        queue = QueueSettings(servers=(self._plan.server,))
        await serve_jobs(queue, self._pool, tally, stop=self._stop)
        seconds = time.monotonic() - self._told_at
        dooming.cancel()
        return LifeReport(name=name, in_hand=await in_hand, seconds=round(seconds, 3))

    async def _doom(self, tally: _WatchedTally, fate: _Fate) -> None:
        over = asyncio.create_task(self._is_over.wait())
        if fate.jobs:
            reached = asyncio.create_task(tally.reached.wait())
            await asyncio.wait(
                {reached, over}, timeout=_PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            reached.cancel()
        await asyncio.wait({over}, timeout=fate.delay_seconds)
        over.cancel()
        os.kill(os.getpid(), signal.SIGTERM)

    async def _count_in_hand(self, tally: Tally) -> int:
        await self._stop.wait()
        return tally.snapshot().busy

    async def _follow(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await reader.read()
        self._is_over.set()


async def _main(plan: LivesPlan) -> None:
    async with SlotPool(1) as pool:
        await _Transcoder(plan, pool).run()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the campaign, which ends this
    os.nice(_POLITENESS)  # many start at once: gateway, node and queue go first
    asyncio.run(_main(LivesPlan.model_validate(json.loads(Path(sys.argv[1]).read_text()))))
