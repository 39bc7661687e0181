"""The middle of the demo: the feeder runs, the cluster is watched, the table is shown (thin)."""

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.demo.board import Board
from tests.demo.screen import Screen
from tests.demo.watching import watch

__all__ = ["FeedRun", "Watched"]

_LAST_WORDS_SECONDS = 20.0
_LINE_LIMIT = 1 << 20
_READY_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: the kubectl command with its namespace, and the two objects' names."""

    kubectl: Sequence[str]
    orchestrator: str
    deployment: str


@dataclass(slots=True)
class FeedRun:
    """One run of the feeder; afterwards `board` holds what happened."""

    command: Sequence[str]
    folder: Path
    watched: Watched
    on_first_rendition: Callable[[], None]
    board: Board = field(default_factory=Board)
    started_at: float = 0.0
    was_interrupted: bool = False

    async def run(self, screen: Screen, settle_seconds: float) -> None:
        """Feed until the plan's end or SIGINT, then watch on until one pod is left.

        `settle_seconds` bounds the watching after the feeder's end.
        """
        self.started_at = time.time()
        async with self._background(screen):
            process = await self._start()
            try:
                with self._interruptible(process):
                    await self._lead(process)
                    await self._listen(process)
            finally:
                await _end(process)
            if not self.was_interrupted:
                await self._settle(settle_seconds)

    def elapsed(self) -> float:
        """Return the seconds since the feeder's start."""
        return time.time() - self.started_at

    async def _start(self) -> asyncio.subprocess.Process:
        with self._log.open("wb") as log:
            return await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=_LINE_LIMIT,
                start_new_session=True,
            )

    @property
    def _log(self) -> Path:
        return self.folder / "feeder.log"

    async def _lead(self, process: asyncio.subprocess.Process) -> None:
        """Tell the feeder, which has started meanwhile, to begin when a transcoder is ready."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while not (self.board.has_ready_pod() or self.was_interrupted):
                    await self.board.changed()
        except TimeoutError as error:
            says = self.board.status.message or "nothing"
            raise RuntimeError(
                f"no transcoder was ready in {_READY_SECONDS:g} s; the Orchestrator says: {says}"
            ) from error
        assert process.stdin is not None
        process.stdin.write(b"begin\n")

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with (self.folder / "events.jsonl").open("wb") as events:
            async for line in process.stdout:
                events.write(line)
                was_first = self.board.first_rendition_at is None
                self.board.take_feed(json.loads(line))
                if was_first and self.board.first_rendition_at is not None:
                    self.on_first_rendition()
        if await process.wait():
            words = self._log.read_text(errors="replace").strip()[-1500:]
            raise RuntimeError(f"the feeder failed: {words}")

    async def _settle(self, seconds: float) -> None:
        """Wait for the last pod to leave, as the watch tells it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.board.is_back_at_one():
                    await self.board.changed()

    @contextlib.contextmanager
    def _interruptible(self, process: asyncio.subprocess.Process) -> Any:
        def interrupt() -> None:
            self.was_interrupted = True
            self.board.wake()
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    @contextlib.asynccontextmanager
    async def _background(self, screen: Screen) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(self._watch_pods()),
            asyncio.create_task(self._watch_orchestrator()),
            asyncio.create_task(self._tick(screen)),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def _watch_pods(self) -> None:
        watched = self.watched
        async for seen in watch(watched.kubectl, "deployment", watched.deployment):
            self.board.take_deployment(seen, self.elapsed())

    async def _watch_orchestrator(self) -> None:
        watched = self.watched
        async for seen in watch(
            watched.kubectl, "orchestrators.podium.video", watched.orchestrator
        ):
            self.board.take_orchestrator(seen)

    async def _tick(self, screen: Screen) -> None:
        while True:
            screen.show(self.board.moment(self.elapsed()))
            await asyncio.sleep(1.0)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(_LAST_WORDS_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
