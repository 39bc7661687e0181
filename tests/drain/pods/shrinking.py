"""Makes a pool larger and smaller, again and again, and counts the pods that left."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.drain.streams import Seen
from tests.e2e.leaving import await_pods, pods_with_leaving, resize
from tests.e2e.places import Home

__all__ = ["Shrinking", "summary_lines"]

_LEAST = 2
_STEP_SECONDS = 0.2
_GONE_SECONDS = 120.0


@dataclass(slots=True)
class Shrinking:
    """A pool of two pods, to which `batch` are added and from which they are taken again."""

    home: Home
    batch: int
    gone: int = 0
    slowest_seconds: float = 0.0

    async def run(self, pods: int, *, minutes: float, tell: Callable[[], None]) -> None:
        """Go on until so many pods have left, or the time is up."""
        deadline = time.monotonic() + 60 * minutes
        while self.gone < pods and time.monotonic() < deadline:
            await asyncio.to_thread(self._grow)
            await self._shrink()
            tell()

    def _grow(self) -> None:
        resize(self.home, _LEAST + self.batch)
        await_pods(self.home, _LEAST + self.batch)

    async def _shrink(self) -> None:
        before = await asyncio.to_thread(pods_with_leaving, self.home, "transcoder")
        began = time.monotonic()
        await asyncio.to_thread(resize, self.home, _LEAST)
        left: set[str] = set()
        while len(left) < self.batch and time.monotonic() < began + _GONE_SECONDS:
            await asyncio.sleep(_STEP_SECONDS)
            now = await asyncio.to_thread(pods_with_leaving, self.home, "transcoder")
            left = before - now
        self.gone += len(left)
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)


def summary_lines(shrinking: Shrinking, seen: Seen, *, double: int, seconds: float) -> list[str]:
    """Return a soak for a person."""
    pods = (
        f"{shrinking.gone} pods left in {seconds:.0f} s, {shrinking.batch} at a time; the slowest "
        f"batch was gone after {shrinking.slowest_seconds:.1f} s"
    )
    segments = (
        f"{seen.answered} segments answered, {seen.late} late, {len(seen.lost)} lost, "
        f"{double} twice"
    )
    return [
        pods,
        segments,
        *(f"lost {line}" for line in seen.lost[:10]),
    ]
