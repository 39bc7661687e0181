"""The dispatcher against a queue that can be down, slow or forgetful."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.support.clock import Clock

from podium_worker.errors import QueueDown
from podium_worker.jobs import Job
from podium_worker.node import dispatch
from podium_worker.node.dispatch import TOOK_TOO_LONG, Answer, Dispatcher
from podium_worker.node.ledger import AUDIT_EVERY_SECONDS, MAX_ATTEMPTS, Verdict
from podium_worker.profiles import Profile
from podium_worker.wire import lp_rpc_pb2 as pb
from podium_worker.wire.segment import Segment

SEGMENT = Segment(b"m", "s", 3, b"", 2000, (Profile("P", 640, 360, 1),), pb.AuthToken())


class Memory:
    """A queue in memory, with the same promises as the real one."""

    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}
        self.publications: list[int] = []
        self.is_down = False
        self.refused = asyncio.Event()
        self.arrived = asyncio.Event()
        self._sequence = 0

    async def publish(self, job: Job, publication: int) -> int:
        if self.is_down:
            self.refused.set()
            raise QueueDown("down")
        self._sequence += 1
        self.jobs[self._sequence] = job
        self.publications.append(publication)
        self.arrived.set()
        return self._sequence

    async def holds(self, job_id: str, sequence: int) -> bool:
        job = self.jobs.get(sequence)
        return job is not None and job.id == job_id

    async def repair(self) -> None:
        """Nothing to repair."""

    async def next(self) -> Job:
        await self.arrived.wait()
        self.arrived.clear()
        return list(self.jobs.values())[-1]


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


@pytest_asyncio.fixture
async def dispatcher(
    memory: Memory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Dispatcher]:
    monkeypatch.setattr(dispatch, "_TICK_SECONDS", 0.01)
    dispatcher = Dispatcher(
        memory, jobs_address="https://node:1", cert_sha256="a" * 64, clock=clock
    )
    running = asyncio.create_task(dispatcher.run())
    yield dispatcher
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def begin(dispatcher: Dispatcher, clock: Clock) -> "asyncio.Task[Answer]":
    work = dispatcher.transcode(SEGMENT, b"source", load_class="h264/x", received_at=clock.now)
    return asyncio.create_task(work)


def token_of(job: Job) -> str:
    return job.url.rpartition("/")[2]


async def test_a_segment_becomes_a_job_and_its_answer_comes_back(
    dispatcher: Dispatcher, memory: Memory, clock: Clock
) -> None:
    waiting = begin(dispatcher, clock)
    job = await memory.next()
    assert dispatcher.fetch(token_of(job)) == b"source"

    verdict = dispatcher.answer(token_of(job), Answer(decoded_pixels=7))

    assert verdict is Verdict.GRANTED
    assert (await waiting).decoded_pixels == 7
    assert job.deadline == pytest.approx(1000.0 + 7.2)
    assert (job.capability, job.seq, len(dispatcher)) == ("h264", 3, 0)


async def test_a_job_waits_for_a_queue_that_is_down(
    dispatcher: Dispatcher, memory: Memory, clock: Clock
) -> None:
    memory.is_down = True
    waiting = begin(dispatcher, clock)
    await memory.refused.wait()
    memory.is_down = False

    job = await memory.next()
    dispatcher.answer(token_of(job), Answer())

    assert not (await waiting).error


async def test_a_job_that_the_queue_forgot_is_published_again(
    dispatcher: Dispatcher, memory: Memory, clock: Clock
) -> None:
    waiting = begin(dispatcher, clock)
    await memory.next()

    memory.jobs.clear()
    clock.now += AUDIT_EVERY_SECONDS
    job = await memory.next()
    dispatcher.answer(token_of(job), Answer())
    await waiting

    assert memory.publications == [1, 2]
    assert dispatcher.republished == 1


async def test_a_new_connection_is_a_reason_to_look_at_once(
    dispatcher: Dispatcher, memory: Memory, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "_TICK_SECONDS", 3600.0)
    waiting = begin(dispatcher, clock)
    await memory.next()

    memory.jobs.clear()
    await dispatcher.on_connect()
    job = await memory.next()
    dispatcher.answer(token_of(job), Answer())

    assert not (await waiting).error


async def test_past_its_deadline_a_segment_took_too_long(
    dispatcher: Dispatcher, clock: Clock
) -> None:
    late = dispatcher.transcode(
        SEGMENT, b"source", load_class="h264/x", received_at=clock.now - 100
    )

    assert (await late).error == TOOK_TOO_LONG


async def test_a_job_given_up_is_unknown_afterwards(
    dispatcher: Dispatcher, memory: Memory, clock: Clock
) -> None:
    waiting = begin(dispatcher, clock)
    job = await memory.next()

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert dispatcher.fetch(token_of(job)) is None
    assert dispatcher.answer(token_of(job), Answer()) is Verdict.UNKNOWN
    assert dispatcher.source_bytes == 0


async def test_a_source_that_kills_is_answered_with_an_error(
    dispatcher: Dispatcher, memory: Memory, clock: Clock
) -> None:
    waiting = begin(dispatcher, clock)
    token = token_of(await memory.next())

    sources = [dispatcher.fetch(token) for _ in range(MAX_ATTEMPTS + 1)]

    assert sources == [b"source"] * MAX_ATTEMPTS + [None]
    assert (await waiting).error == "Unrecoverable state, restart process"
    assert dispatcher.poisoned == 1
