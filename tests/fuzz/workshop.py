"""Processes beside the slots that make cases and judge answers, so that the parent does neither.

The parent then does what a transcoder does and nothing else, and its memory is worth measuring.
"""

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from tests.fuzz.footprint import below

__all__ = ["Workshop", "WorkshopError"]

_P = ParamSpec("_P")
_T = TypeVar("_T")
_CALL_SECONDS = 120.0


class WorkshopError(Exception):
    """A process died, or hung, over a case."""


class Workshop:
    """Calls functions in other processes; use as a context manager."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._before = below(os.getpid())
        self._pool = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def pids(self) -> frozenset[int]:
        """Everything that belongs to the workshop, and what ran before it."""
        return frozenset(self._before | set(self._pool._processes))  # no public way to ask

    async def call(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what `work` returns; `WorkshopError` when its process died or hung."""
        try:
            future = self._pool.submit(work, *args, **kwargs)
            async with asyncio.timeout(_CALL_SECONDS):
                return await asyncio.wrap_future(future)
        except (BrokenProcessPool, TimeoutError) as error:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = self._opened()
            raise WorkshopError(repr(error)) from error

    def _opened(self) -> ProcessPoolExecutor:
        """Start the processes at once, before anything is measured."""
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_silence)
        for future in [pool.submit(_silence) for _ in range(self._workers)]:
            future.result(_CALL_SECONDS)
        return pool


def _silence() -> None:
    """Keep an encoder that the corpus uses from talking on standard error."""
    os.environ["SVT_LOG"] = "0"
