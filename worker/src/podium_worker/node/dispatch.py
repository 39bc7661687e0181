"""Getting segments transcoded: each is owed an answer from its arrival until it has one.

The shell around the ledger: it holds the sources, publishes jobs, checks that the queue still
has them, publishes them again when it has not, and hands each waiter exactly one answer.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from podium_worker.errors import QueueDown
from podium_worker.jobs import Job, deadline_of
from podium_worker.node.ledger import Ledger, Verdict
from podium_worker.node.state import Wait
from podium_worker.profiles import capability_class
from podium_worker.transcoder.errors import ErrorText
from podium_worker.transcoder.media.results import Rendition
from podium_worker.wire.segment import Segment

__all__ = ["TOOK_TOO_LONG", "Answer", "Dispatcher", "JobQueue", "Pending"]

_log = logging.getLogger(__name__)

TOOK_TOO_LONG = "Remote transcoder took too long"
_TICK_SECONDS = 0.25
_AT_ONCE = 16


class JobQueue(Protocol):
    """What the dispatcher needs of the queue."""

    async def publish(self, job: Job, publication: int) -> int: ...
    async def holds(self, job_id: str, sequence: int) -> bool: ...
    async def repair(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a transcoder made of a segment: renditions, or an error's text."""

    renditions: tuple[Rendition, ...] = ()
    decoded_pixels: int = 0
    slot_seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A segment that is owed an answer."""

    job: Job
    source: bytes
    answer: asyncio.Future[Answer]


class Dispatcher:
    """All unanswered segments of this node."""

    def __init__(
        self,
        queue: JobQueue,
        *,
        jobs_address: str,
        cert_sha256: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._queue = queue
        self._jobs_address = jobs_address
        self._cert_sha256 = cert_sha256
        self._clock = clock
        self._ledger = Ledger()
        self._pending: dict[str, Pending] = {}
        self._wake = asyncio.Event()
        self.republished = 0
        self.poisoned = 0

    def __len__(self) -> int:
        return len(self._pending)

    @property
    def source_bytes(self) -> int:
        """Memory that unanswered sources hold."""
        return sum(len(pending.source) for pending in self._pending.values())

    def waiting(self) -> list[Wait]:
        """Return the segments that no transcoder has begun yet."""
        jobs = [self._pending[job_id].job for job_id in self._ledger.waiting()]
        return [Wait(job.load_class, job.duration_ms / 1000, job.received_at) for job in jobs]

    async def transcode(
        self, segment: Segment, source: bytes, *, load_class: str, received_at: float
    ) -> Answer:
        """Return the segment's one answer; at the deadline that answer is an error.

        Cancelling gives the job up: a transcoder that still works on it is told so.
        """
        pending = self._open(segment, source, load_class, received_at)
        job_id = pending.job.id
        self._wake.set()
        try:
            async with asyncio.timeout(max(0.0, pending.job.deadline - self._clock())):
                return await pending.answer
        except TimeoutError:
            return Answer(error=TOOK_TOO_LONG)
        finally:
            self._ledger.close(job_id)
            del self._pending[job_id]

    def _open(
        self, segment: Segment, source: bytes, load_class: str, received_at: float
    ) -> Pending:
        token = secrets.token_urlsafe(24)
        job = Job(
            id=secrets.token_hex(16),
            url=f"{self._jobs_address}/jobs/{token}",
            cert_sha256=self._cert_sha256,
            capability=capability_class(segment.profiles, segment.source),
            load_class=load_class,
            session_id=segment.session_id,
            seq=segment.seq,
            duration_ms=segment.duration_ms,
            received_at=received_at,
            deadline=deadline_of(received_at, segment.duration_seconds),
            profiles=segment.profiles,
        )
        pending = Pending(job, source, asyncio.get_running_loop().create_future())
        self._pending[job.id] = pending
        self._ledger.open(job.id, token, job.deadline)
        return pending

    def fetch(self, token: str) -> bytes | None:
        """Return the source for a transcoder; None when it need not work on it.

        A source that has killed several transcoders is answered with an error instead.
        """
        verdict = self._ledger.fetch(token, self._clock())
        job_id = self._ledger.job_of(token)
        if job_id is None or verdict is Verdict.UNKNOWN:
            return None
        if verdict is Verdict.POISONED:
            self.poisoned += 1
            _log.warning("job given up: its transcoders died", extra={"job": job_id})
            self.answer(token, Answer(error=ErrorText.UNRECOVERABLE))
            return None
        return self._pending[job_id].source

    def may_answer(self, token: str) -> tuple[Verdict, Job | None]:
        """Judge a transcoder before its result is read; the job when it may go on."""
        verdict = self._ledger.may_answer(token, self._clock())
        job_id = self._ledger.job_of(token)
        return verdict, self._pending[job_id].job if job_id is not None else None

    def answer(self, token: str, answer: Answer) -> Verdict:
        """Give the answer if it is the first and in time."""
        job_id = self._ledger.job_of(token)
        verdict = self._ledger.answer(token, self._clock())
        if verdict is Verdict.GRANTED and job_id is not None:
            waiter = self._pending[job_id].answer
            if not waiter.done():
                waiter.set_result(answer)
        return verdict

    async def on_connect(self) -> None:
        """Check at once what the queue still holds: it may be a new one."""
        self._ledger.doubt()
        self._wake.set()

    async def run(self) -> None:
        """Keep the queue in step with the ledger; ends only by cancellation."""
        while True:
            self._wake.clear()
            due = self._ledger.due(self._clock())
            await _each(self._publish, due.publish)
            await _each(self._audit, due.audit)
            try:
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _publish(self, job_id: str) -> None:
        if job_id not in self._ledger:
            return
        publication = self._ledger.publishing(job_id)
        try:
            sequence = await self._queue.publish(self._pending[job_id].job, publication)
        except QueueDown as error:
            _log.warning("job waits for the queue", extra={"job": job_id, "reason": str(error)})
            await self._queue.repair()
            return
        self._ledger.published(job_id, sequence, self._clock())
        if publication > 1:
            self.republished += 1
            _log.warning("job published again", extra={"job": job_id, "publication": publication})

    async def _audit(self, job_id: str) -> None:
        if job_id not in self._ledger:
            return
        sequence = self._ledger[job_id].sequence
        if sequence is None:
            return
        try:
            holds = await self._queue.holds(job_id, sequence)
        except QueueDown:
            return
        if holds:
            self._ledger.found(job_id, self._clock())
        else:
            self._ledger.lost(job_id)
            self._wake.set()


async def _each(step: Callable[[str], Awaitable[None]], job_ids: Sequence[str]) -> None:
    for start in range(0, len(job_ids), _AT_ONCE):
        await asyncio.gather(*map(step, job_ids[start : start + _AT_ONCE]))
