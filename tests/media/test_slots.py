"""A child's death costs its segment, and nothing of ours outlives us."""

import asyncio
import itertools
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.media import segments
from tests.media.hostile import noise, small_segment
from tests.support.patience import until

from podium_worker.profiles import Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.slots.dialogue import Answer, ask
from podium_worker.transcoder.slots.frames import Job
from podium_worker.transcoder.slots.nursery import Child
from podium_worker.transcoder.slots.pool import SlotPool

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICK = (Profile(name="quick", width=160, height=90, bitrate=200_000, fps=15),)
LONG = tuple(  # of time, not of memory: every encoder looks ahead over dozens of pictures
    Profile(name=f"long {number}", width=1280, height=720, bitrate=4_000_000, fps=400)
    for number in range(2)
)
PATIENT = 240.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[SlotPool]:
    async with SlotPool(2) as started:
        yield started


async def quick(pool: SlotPool) -> TranscodeResult:
    return await pool.run(small_segment().data, QUICK, timeout_seconds=PATIENT)


async def long_run(pool: SlotPool) -> "asyncio.Task[TranscodeResult]":
    """Start a segment that takes many seconds; return once a child has it."""
    data = segments(seconds=2)[0].data
    before = pool.busy
    task = asyncio.create_task(pool.run(data, LONG, timeout_seconds=PATIENT))
    await working(pool, count=before + 1)
    return task


async def working(pool: SlotPool, *, count: int = 1, besides: int = 0) -> set[int]:
    """Return the children with a segment, once there are so many without `besides`."""
    async with asyncio.timeout(PATIENT):
        for _ in itertools.count():
            idle = {child.pid for child in pool._roster.idle}
            found = pids(pool) - idle - {besides}
            if pool.busy >= count and len(found) >= count:
                return found
            await asyncio.sleep(0)
    raise AssertionError("unreachable")


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def pids(pool: SlotPool) -> set[int]:
    return {child.pid for child in pool._crew.children}


async def settled(pool: SlotPool) -> None:
    """Wait until every slot has its child again."""
    while pool._crew._tasks:
        await asyncio.wait(pool._crew._tasks)


async def stopped(task: "asyncio.Task[TranscodeResult]") -> TranscodeError:
    with pytest.raises(TranscodeError) as caught:
        await task
    assert caught.value.text == ErrorText.STOPPED
    return caught.value


async def test_a_segment_is_transcoded(pool: SlotPool) -> None:
    result = await quick(pool)

    assert result.decoded_frames == small_segment().frames
    assert [item.name for item in result.renditions] == ["quick"]


async def test_more_segments_than_slots_wait_their_turn(pool: SlotPool) -> None:
    await settled(pool)
    before = pids(pool)

    results = await asyncio.gather(*(quick(pool) for _ in range(5)))

    assert len(results) == 5
    assert (pool.busy, pids(pool)) == (0, before)


async def test_segments_that_come_together_share_the_cores(
    pool: SlotPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []

    async def ask_and_note(child: Child, job: Job) -> Answer:
        told.append(job.free_cores)
        return await ask(child, job)

    monkeypatch.setattr(pool, "_cores", 2.0)
    monkeypatch.setattr("podium_worker.transcoder.slots.pool.ask", ask_and_note)

    await asyncio.gather(quick(pool), quick(pool))
    await quick(pool)

    assert told == [1, 1, 2]


async def test_a_bad_segment_keeps_its_text_and_its_child(pool: SlotPool) -> None:
    await settled(pool)
    before = pids(pool)

    with pytest.raises(TranscodeError) as caught:
        await pool.run(noise(), QUICK, timeout_seconds=PATIENT)

    assert caught.value.text == ErrorText.INVALID_VIDEO
    assert pids(pool) == before


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_a_dying_child_costs_nothing(pool: SlotPool, death: signal.Signals) -> None:
    task = asyncio.create_task(quick(pool))
    (first,) = await working(pool)

    os.kill(first, death)

    assert (await task).decoded_frames == small_segment().frames
    assert first not in pids(pool)
    assert pool.busy == 0


async def test_a_segment_that_breaks_two_children_breaks_no_third(pool: SlotPool) -> None:
    doomed = await long_run(pool)
    (first,) = await working(pool)
    os.kill(first, signal.SIGKILL)
    (second,) = await working(pool, besides=first)
    os.kill(second, signal.SIGKILL)

    await stopped(doomed)

    assert (await quick(pool)).decoded_frames == small_segment().frames


async def test_a_segment_over_its_time_is_killed(pool: SlotPool) -> None:
    data = segments(seconds=2)[0].data

    with pytest.raises(TranscodeError, match=r"not done after 0\.050 s") as caught:
        await pool.run(data, LONG, timeout_seconds=0.05)

    assert caught.value.text == ErrorText.STOPPED
    assert (await quick(pool)).decoded_frames == small_segment().frames


async def test_waiting_for_a_slot_counts_too(pool: SlotPool) -> None:
    tasks = [await long_run(pool) for _ in range(2)]

    with pytest.raises(TranscodeError, match=r"not done after 0\.010 s"):
        await pool.run(small_segment().data, QUICK, timeout_seconds=0.01)

    assert pool.busy == 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_segment_nobody_waits_for_is_killed(pool: SlotPool) -> None:
    task = await long_run(pool)
    (dropped,) = await working(pool)
    watch = os.pidfd_open(dropped)

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    await asyncio.to_thread(wait_for_exit, [watch])
    assert (await quick(pool)).decoded_frames == small_segment().frames


async def test_both_children_dying_idle_are_replaced(pool: SlotPool) -> None:
    await settled(pool)
    before = pool.respawned
    watches = [os.pidfd_open(pid) for pid in pids(pool)]
    for pid in pids(pool):
        os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(wait_for_exit, watches)
    await asyncio.gather(*(child.reader.read() for child in pool._crew.children))

    results = await asyncio.gather(quick(pool), quick(pool))
    await settled(pool)  # one new child may have done both before the other was there

    assert len(results) == 2
    assert pool.respawned == before + 2


async def test_a_killed_seed_is_started_again(pool: SlotPool) -> None:
    seed_pid = pool._nursery.seed_pid
    assert seed_pid is not None
    watches = [os.pidfd_open(pid) for pid in pids(pool)]

    os.kill(seed_pid, signal.SIGKILL)
    await asyncio.to_thread(wait_for_exit, watches)
    await asyncio.gather(*(child.reader.read() for child in pool._crew.children))

    assert (await quick(pool)).decoded_frames == small_segment().frames


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_to_the_whole_group_stops_no_segment(
    pool: SlotPool, number: signal.Signals
) -> None:
    await settled(pool)
    before = pids(pool)
    task = asyncio.create_task(quick(pool))
    for pid in before:
        os.kill(pid, number)

    assert (await task).decoded_frames == small_segment().frames
    assert pids(pool) == before


async def test_a_segment_that_eats_its_memory_costs_only_itself() -> None:
    async with SlotPool(1, memory_bytes=96 << 20) as pool:
        task = await long_run(pool)

        with pytest.raises(TranscodeError) as caught:
            await task

        assert caught.value.text in {ErrorText.OUT_OF_MEMORY, ErrorText.EXTERNAL}
        assert (await quick(pool)).decoded_frames == small_segment().frames


async def test_an_idle_child_gives_its_memory_back() -> None:
    async with SlotPool(1) as pool:
        await pool.run(segments(seconds=2)[0].data, QUICK, timeout_seconds=PATIENT)
        (child,) = pids(pool)

        async def is_small() -> bool:
            return resident_bytes(child) <= 60_000_000

        await until(is_small, "the child has given its memory back", within_seconds=PATIENT)


async def test_closing_ends_everything() -> None:
    async with SlotPool(2) as pool:
        seed_pid = pool._nursery.seed_pid
        assert seed_pid is not None
        watches = [os.pidfd_open(pid) for pid in (*pids(pool), seed_pid)]
        tasks = [await long_run(pool) for _ in range(2)]
        tasks.append(asyncio.create_task(quick(pool)))

    for task in tasks:
        await stopped(task)
    await asyncio.to_thread(wait_for_exit, watches)


PARENT = """
import asyncio
from podium_worker.transcoder.slots.pool import SlotPool

async def main():
    async with SlotPool(2) as pool:
        print(pool._nursery.seed_pid, *(child.pid for child in pool._crew.children), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


LIMITED = """
import asyncio, resource
from podium_worker.profiles import Profile
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.specimen import specimen

async def main():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    quick = Profile(name="quick", width=160, height=90, bitrate=200_000, fps=15)
    async with SlotPool(1) as pool:
        result = await pool.run(specimen("h264-360p.ts"), [quick], timeout_seconds=240)
    print(result.decoded_frames)

asyncio.run(main())
"""


async def test_a_process_with_narrower_limits_than_ours_works_within_them() -> None:
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", LIMITED], capture_output=True, text=True, check=False
    )

    assert (ended.stdout, ended.returncode) == ("6\n", 0), ended.stderr


async def test_children_do_not_outlive_a_killed_parent() -> None:
    await asyncio.to_thread(kill_parent)


def kill_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        watches = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()

    assert len(watches) == 3
    wait_for_exit(watches)


def wait_for_exit(watches: list[int]) -> None:
    """Wait until every process behind these descriptors has ended, and close them."""
    for watch in watches:
        readable, _, _ = select.select([watch], [], [], PATIENT)
        os.close(watch)
        assert readable, "a process did not end"
