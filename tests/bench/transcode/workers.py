"""Long-lived processes in which a library is called, and what their orders cost (thin)."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from tests.bench.transcode.running import Cost

from podium_worker.profiles import Profile, dump_profiles

__all__ = ["Workers"]

_MODULE = "tests.bench.transcode.inprocess"
_TIMEOUT_SECONDS = 300.0


class Workers:
    """As many processes as segments in flight; `async with Workers(count)`."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free: asyncio.Queue[Process] = asyncio.Queue()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for _ in range(self._count):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", _MODULE, stdin=PIPE, stdout=PIPE
            )
            self._stack.push_async_callback(_end, process)
            self._free.put_nowait(process)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def transcode(
        self,
        engine: str,
        source: Path,
        ladder: Sequence[Profile],
        *,
        output_dir: Path | None = None,
        free_cores: int = 1,
    ) -> Cost:
        """Have one process do it; `RuntimeError` says what went wrong."""
        folder = str(output_dir) if output_dir else ""
        answer = await self._ask(engine, source, ladder, outputDir=folder, freeCores=free_cores)
        return Cost(float(answer["cpu"]), float(answer["wall"]))

    async def floor(
        self, encoder_profile: str, source: Path, ladder: Sequence[Profile]
    ) -> dict[str, float]:
        """Return CPU seconds of decode, scale and encode alone, and their sum as `cpu`."""
        return await self._ask(f"floor-{encoder_profile}", source, ladder, freeCores=1)

    async def _ask(
        self, engine: str, source: Path, ladder: Sequence[Profile], **extra: Any
    ) -> dict[str, Any]:
        wanted = {"engine": engine, "source": str(source), "outputDir": "", **extra}
        order = wanted | {"ladder": dump_profiles(tuple(ladder)).decode()}
        process = await self._free.get()
        try:
            answer = await _exchange(process, order)
        finally:
            self._free.put_nowait(process)
        if "error" in answer:
            raise RuntimeError(f"{engine} on {source.name}: {answer['error']}")
        return answer


async def _exchange(process: Process, order: dict[str, Any]) -> dict[str, Any]:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a worker without pipes")
    process.stdin.write(json.dumps(order).encode() + b"\n")
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        line = await process.stdout.readline()
    if not line:
        raise RuntimeError(f"a worker ended while it did {order['engine']}")
    answer: dict[str, Any] = json.loads(line)
    return answer


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
