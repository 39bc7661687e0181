"""Slots: child processes that transcode, one segment at a time each.

A segment that crashes its children, hangs or eats its memory costs itself and nothing else: the
child is killed and another takes its slot. Nothing here looks at media.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Self

from podium_worker.profiles import Profile
from podium_worker.transcoder.cgroup import slot_memory_bytes
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.frames import Frame, job_frame, parse_reply
from podium_worker.transcoder.hardware import Hardware
from podium_worker.transcoder.nursery import Child, Nursery
from podium_worker.transcoder.results import TranscodeResult

__all__ = ["SlotPool"]

_LOG = logging.getLogger(__name__)
_RESPAWN_SECONDS = 1.0


class _ChildDiedError(Exception):
    """A child ended, or talked nonsense, before its answer was whole."""


class SlotPool:
    """All slots of one transcoder; `async with SlotPool(slots)`, or `start` and `aclose`.

    `memory_bytes` bounds what one segment may allocate; by default it follows from the memory
    limit of the cgroup. On a GPU it has no effect: drivers reserve addresses without measure.
    """

    def __init__(
        self, slots: int, *, hardware: str = Hardware.CPU, memory_bytes: int | None = None
    ) -> None:
        self.slots = slots
        self.hardware = Hardware(hardware)
        self.busy = 0
        self.respawned = 0
        memory = memory_bytes or slot_memory_bytes(slots)
        self._nursery = Nursery(memory_bytes=memory, hardware=self.hardware)
        self._free: asyncio.Queue[Child | None] = asyncio.Queue()  # None: closed
        self._children: set[Child] = set()
        self._respawns: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def start(self) -> None:
        """Start every child; `OSError` or `TimeoutError` when one cannot be started."""
        for _ in range(self.slots):
            await self._spawn()

    async def run(
        self,
        source: bytes,
        profiles: Sequence[Profile],
        *,
        timeout_seconds: float,
        duration_seconds: float | None = None,
    ) -> TranscodeResult:
        """Transcode in a free slot; `timeout_seconds` bounds the wait for one and the work.

        A child that dies may not have died of the segment, which gets one more. Raises
        `TranscodeError`; after a second death or a timeout its text tells the gateway to try
        elsewhere.
        """
        request = job_frame(source, profiles, duration_seconds=duration_seconds)
        try:
            async with asyncio.timeout(timeout_seconds):
                try:
                    reply = await self._ask(await self._living(), request)
                except _ChildDiedError:
                    reply = await self._ask(await self._living(), request)
        except TimeoutError as error:
            detail = f"not done after {timeout_seconds:.3f} s"
            raise TranscodeError(ErrorText.STOPPED, detail) from error
        except _ChildDiedError as error:
            raise TranscodeError(ErrorText.STOPPED, f"two children died: {error}") from error
        return parse_reply(reply)

    async def aclose(self) -> None:
        """End every child at once; segments in work fail."""
        self._is_closed = True
        self._free.put_nowait(None)
        for task in self._respawns:
            task.cancel()
        await asyncio.gather(*self._respawns, return_exceptions=True)
        for child in list(self._children):
            await self._forget(child)
        await self._nursery.aclose()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _ask(self, child: Child, request: Frame) -> Frame:
        self.busy += 1
        is_reusable = False
        try:
            reply = await _exchange(child, request)
            is_reusable = not reply.is_last
        finally:
            self.busy -= 1
            if is_reusable:
                self._free.put_nowait(child)
            else:
                self._replace(child)  # it ends, or was left in the middle of a job
        return reply

    async def _living(self) -> Child:
        """Wait for a free child; one that died idle is replaced, and nobody notices."""
        while (child := await self._free.get()) is not None:
            if child.is_alive:
                return child
            self._replace(child)
        self._free.put_nowait(None)  # for whoever else waits
        raise TranscodeError(ErrorText.STOPPED, "the slots are closed")

    def _replace(self, child: Child) -> None:
        if self._is_closed:
            return
        task = asyncio.create_task(self._respawn(child), name=f"respawn-{child.pid}")
        self._respawns.add(task)
        task.add_done_callback(self._respawns.discard)

    async def _respawn(self, child: Child) -> None:
        """Put a new child in a dead one's slot, for as long as it takes."""
        await self._forget(child)
        while True:
            try:
                await self._spawn()
            except OSError as error:  # TimeoutError is one
                _LOG.warning("slot_respawn_failed", extra={"reason": repr(error)})
                await asyncio.sleep(_RESPAWN_SECONDS)
            else:
                self.respawned += 1
                return

    async def _spawn(self) -> None:
        child = await self._nursery.fork()
        self._children.add(child)
        self._free.put_nowait(child)

    async def _forget(self, child: Child) -> None:
        if child in self._children:
            self._children.discard(child)
            await child.end()


async def _exchange(child: Child, request: Frame) -> Frame:
    try:
        child.writer.writelines(request.pack())
        await child.writer.drain()
        return await Frame.receive(child.reader)
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        raise _ChildDiedError(repr(error)) from error
