"""The transcoder's life: take a job when a slot is free, fetch, transcode, post, acknowledge.

A job is acknowledged only when its node has the answer or wants none any more; until then every
renewal tells the queue that somebody works on it. On SIGTERM nothing new is taken, what runs is
finished and posted, then the process ends.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

from nats.errors import Error as NatsError
from pydantic import ValidationError

from podium_worker.errors import QueueDown
from podium_worker.jobs import ACK_WAIT_SECONDS, Job
from podium_worker.load import ASK
from podium_worker.probes import bind, serving_probes
from podium_worker.queue import Queue, QueueMessage
from podium_worker.settings import (
    QueueSettings,
    Settings,
    TranscoderSettings,
    part_id,
    split_address,
)
from podium_worker.tasks import end_tasks
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.http import (
    Delivery,
    JobGoneError,
    NodeClient,
    NodeUnreachableError,
)
from podium_worker.transcoder.intake import Intake
from podium_worker.transcoder.preparation import prepare, unless_stopped
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.tally import Tally

__all__ = ["run_transcoder", "serve_jobs"]

_log = logging.getLogger(__name__)
_PULL_SECONDS = 1.0
_RENEW_SECONDS = ACK_WAIT_SECONDS / 3
_RETRY_SECONDS = 0.5
_REPORT_SECONDS = 1.0
_MARGIN_SECONDS = 0.2
_ACK_FAILURES = (NatsError, OSError, TimeoutError)


class _Service:
    """One transcoder process."""

    def __init__(
        self,
        queue: Queue,
        pool: SlotPool,
        tally: Tally,
        *,
        client: NodeClient,
        stop: asyncio.Event,
    ) -> None:
        self._queue = queue
        self._pool = pool
        self._tally = tally
        self._client = client
        self._stopping = stop
        self._seats = pool.seats
        self._repairing = asyncio.Lock()
        self._intake = Intake(self._pull, _hand_back, stopping=stop)

    async def work(self, classes: Sequence[str]) -> None:
        """Work until stopped, then until everything begun is done."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._say_draining())
            for channel in (one for name in classes for one in self._queue.channels(name)):
                group.create_task(self._intake.watch(channel))
            while await self._has_seat():
                message = await self._intake.next()
                if message is None:
                    self._seats.release()
                else:
                    group.create_task(self._work(message))
            self._intake.close()

    async def _say_draining(self) -> None:
        await self._stopping.wait()
        self._tally.draining = True
        self._tally.changed.set()

    async def _has_seat(self) -> bool:
        """Wait for a free slot and take it; False when stopping, and nothing is taken then."""
        seat = asyncio.ensure_future(self._seats.acquire())
        await self._or_stop(seat)
        if self._stopping.is_set() and seat.done() and not seat.cancelled():
            self._seats.release()
        return not self._stopping.is_set()

    async def _pull(self, channel: str) -> QueueMessage | None:
        try:
            await self._or_stop(asyncio.ensure_future(self._queue.wait_connected()))
            return await self._queue.pull(channel, _PULL_SECONDS)
        except QueueDown as error:
            await self._repair(str(error))
            return None

    async def _repair(self, reason: str) -> None:
        """Make the streams again, once for all channels that miss one, and wait a little."""
        if not self._repairing.locked():
            async with self._repairing:
                _log.info("no jobs pulled", extra={"reason": reason})
                await self._queue.repair()
        await asyncio.sleep(_RETRY_SECONDS)

    async def _or_stop(self, wait: asyncio.Future[Any]) -> None:
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({wait, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for one in (wait, stopping):
            one.cancel()  # nothing happens to one that is done

    async def _work(self, message: QueueMessage) -> None:
        renewing = asyncio.create_task(_renew(message))
        self._tally.begin()
        try:
            is_done = await self._answer(message)
        finally:
            renewing.cancel()
            self._tally.end()
            self._seats.release()
        with suppress(*_ACK_FAILURES):
            if is_done:
                await message.ack()
            else:
                await message.nak(delay=_RETRY_SECONDS)

    async def _answer(self, message: QueueMessage) -> bool:
        """Do one job; False when it should be tried again."""
        try:
            job = Job.model_validate_json(message.data)
        except ValidationError as error:
            _log.error("message is not a job", extra={"reason": str(error)[:300]})
            return True
        if job.deadline - time.time() < _MARGIN_SECONDS:
            self._tally.expired += 1
            return True
        try:
            source = await self._client.fetch(job)
        except JobGoneError:
            return True
        except NodeUnreachableError as error:
            _log.warning("source not fetched", extra={"job": job.id, "reason": str(error)})
            return False
        await self._transcode(job, source)
        return True

    async def _transcode(self, job: Job, source: bytes) -> None:
        began = time.monotonic()
        patience = max(0.0, job.deadline - time.time() - _MARGIN_SECONDS)
        try:
            result = await self._pool.run(
                source,
                job.profiles,
                timeout_seconds=patience,
                duration_seconds=job.duration_ms / 1000,
            )
        except TranscodeError as error:
            _log.warning("segment not transcoded", extra={"job": job.id, "reason": str(error)})
            self._tally.failed += 1
            self._tally.meters.failed(error.text)
            await self._client.post_error(job, error.text)
            return
        seconds = time.monotonic() - began
        posting = time.monotonic()
        delivery = await self._client.post_result(job, result, seconds)
        self._tally.transcoded(job, result, seconds, time.monotonic() - posting)
        if delivery is Delivery.GONE:
            _log.info("result came too late", extra={"job": job.id})


async def _hand_back(message: QueueMessage) -> None:
    with suppress(*_ACK_FAILURES):
        await message.nak()


async def _renew(message: QueueMessage) -> None:
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        with suppress(*_ACK_FAILURES):
            await message.in_progress()


async def run_transcoder(settings: Settings, on_ready: Callable[[int, int], None]) -> int:
    """Work until SIGTERM or SIGINT; returns the exit status. `on_ready` gets slots and port."""
    part = settings.transcoder or TranscoderSettings()
    tally = Tally(part_id(), part.pool)
    stop = _stop_event()
    with bind(split_address(part.metrics_listen), "transcoder.metricsListen") as listener:
        async with (
            serving_probes(listener, metrics=tally.render, not_ready=lambda: tally.not_ready),
            AsyncExitStack() as stack,
        ):
            pool = await unless_stopped(prepare(part, tally, stack), stop)
            if pool is None:
                return 0
            on_ready(pool.slots, listener.getsockname()[1])
            await serve_jobs(settings.queue, pool, tally, stop=stop)
    return 0


async def serve_jobs(
    settings: QueueSettings, pool: SlotPool, tally: Tally, *, stop: asyncio.Event
) -> None:
    """Take jobs for proven slots until stopped; returns when all that was begun is answered."""
    queue = Queue(settings, tally.id)
    async with NodeClient() as client:
        service = _Service(queue, pool, tally, client=client, stop=stop)
        await _run(service, queue, tally)


def _stop_event() -> asyncio.Event:
    """Return an event that signals set; the first process of a pod must handle them itself."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _run(service: _Service, queue: Queue, tally: Tally) -> None:
    async with asyncio.TaskGroup() as group:  # a part of it that fails ends the process
        background = [
            group.create_task(_report(queue, tally)),
            group.create_task(queue.run()),
        ]
        await service.work(tally.classes)
        await queue.send(f"load.transcoder.{tally.id}", tally.snapshot(is_gone=True).encode())
        await end_tasks(background)


async def _report(queue: Queue, tally: Tally) -> None:
    """Report every second, and at once when connected, when asked, and when draining begins."""
    now = tally.changed

    async def on_connect() -> None:
        now.set()

    queue.on_connect(on_connect)
    queue.subscribe(ASK, lambda _subject, _data: now.set())
    while True:
        await queue.send(f"load.transcoder.{tally.id}", tally.snapshot().encode())
        now.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_REPORT_SECONDS):
                await now.wait()
