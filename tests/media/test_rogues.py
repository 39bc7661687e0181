"""Whatever a child does, it costs its own segment: the parent and the other slots go on."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from tests.media.hostile import small_segment
from tests.media.rogue import DEEDS
from tests.support.patience import until

from podium_worker.profiles import Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.slots import crew, nursery
from podium_worker.transcoder.slots.nursery import Child
from podium_worker.transcoder.slots.pool import SlotPool

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENT = 240.0
SHORT = 0.5
LARGE = bytes(32 << 20)
HANGS = ["a halt", "deaf"]
DEATHS = sorted(DEEDS.keys() - {"chatter", *HANGS})


@pytest.fixture(scope="module")
def no_fork(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a path: while a file lies there, the seed gets no process from the system."""
    return tmp_path_factory.mktemp("rogue") / "no fork"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(no_fork: Path) -> AsyncIterator[SlotPool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nursery, "_SEED", "tests.media.rogue")
        patch.setenv("ROGUE_NO_FORK", str(no_fork))
        async with SlotPool(2) as started:
            yield started


def named(name: str) -> tuple[Profile, ...]:
    return (Profile(name=name, width=160, height=90, bitrate=200_000, fps=15),)


async def run(
    pool: SlotPool, name: str, *, source: bytes = b"", timeout_seconds: float = PATIENT
) -> TranscodeResult:
    return await pool.run(
        source or small_segment().data, named(name), timeout_seconds=timeout_seconds
    )


async def stopped(pool: SlotPool, name: str, **how: object) -> str:
    """Run a segment that must fail beside one that must not; return the reason."""
    neighbour = asyncio.create_task(run(pool, "good"))
    with pytest.raises(TranscodeError) as caught:
        await run(pool, name, **how)  # type: ignore[arg-type]  # keywords of `run`
    assert (await neighbour).decoded_frames == small_segment().frames
    assert caught.value.text == ErrorText.STOPPED
    return caught.value.detail


async def settled(pool: SlotPool) -> None:
    """Wait until every slot has its child again."""
    while pool._crew._tasks:
        await asyncio.wait(pool._crew._tasks)


@contextlib.contextmanager
def lying(path: Path) -> Iterator[None]:
    """Keep a file at a path for a while."""
    path.touch()
    try:
        yield
    finally:
        path.unlink()


def open_descriptors(pid: int | str = "self") -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


async def _holds_no_more(seed: int, before: tuple[int, int]) -> bool:
    """Tell whether parent and seed have as few descriptors again; the seed answers, then closes."""
    ours, its = before
    return open_descriptors() <= ours and open_descriptors(seed) <= its


async def _has_no_more(seed: int, slots: int) -> bool:
    """Tell whether only so many of the seed's children live, and no more wait to be reaped."""
    states = list(below(seed))
    return len(states) - states.count("Z") == slots and states.count("Z") <= slots


def below(pid: int) -> Iterator[str]:
    """Yield the states of the processes that a process has started, zombies too."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text(errors="replace").rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid:
            yield state


@pytest.mark.parametrize("deed", DEATHS)
async def test_costs_its_segment_only(pool: SlotPool, deed: str) -> None:
    assert "two children died" in await stopped(pool, deed)


@pytest.mark.parametrize("deed", HANGS)
async def test_a_child_that_hangs_is_killed_in_time(pool: SlotPool, deed: str) -> None:
    reason = await stopped(pool, deed, source=LARGE, timeout_seconds=SHORT)

    assert reason == f"not done after {SHORT:.3f} s"


async def test_an_answer_to_another_job_is_nobodys(pool: SlotPool) -> None:
    assert "an answer to job" in await stopped(pool, "stale")


async def test_a_second_answer_is_not_taken_for_the_next_jobs(pool: SlotPool) -> None:
    first = await run(pool, "twice")
    others = await asyncio.gather(*(run(pool, f"good {number}") for number in range(3)))

    assert first.renditions[0].name == "twice"
    assert [each.renditions[0].name for each in others] == ["good 0", "good 1", "good 2"]


async def test_libraries_cannot_flood_the_log(
    pool: SlotPool, capfd: pytest.CaptureFixture[str]
) -> None:
    await run(pool, "chatter")

    assert capfd.readouterr() == ("", "")


async def test_a_storm_leaves_nothing_behind(pool: SlotPool) -> None:
    await settled(pool)
    seed = pool._nursery.seed_pid
    assert seed is not None
    before = open_descriptors(), open_descriptors(seed)

    storm = [run(pool, deed, timeout_seconds=PATIENT) for deed in DEATHS * 2]
    storm += [run(pool, "good") for _ in range(4)]
    outcomes = await asyncio.gather(*storm, return_exceptions=True)
    await settled(pool)

    assert [isinstance(each, TranscodeError) for each in outcomes] == [True] * (2 * len(DEATHS)) + [
        False
    ] * 4
    await until(lambda: _holds_no_more(seed, before), "the seed closes what it has passed on")
    await until(lambda: _has_no_more(seed, pool.slots), "those that were killed are gone")
    assert (pool.busy, len(pool._roster.idle)) == (0, pool.slots)


async def test_children_that_live_do_not_gather_descriptors(pool: SlotPool) -> None:
    await settled(pool)
    await asyncio.gather(run(pool, "good"), run(pool, "good"))
    children = list(pool.pids)
    before = sum(map(open_descriptors, children))
    for _ in range(16):  # more than a child may have had open still when it was looked at
        await run(pool, "good")

    async def gathered_none() -> bool:
        return sum(map(open_descriptors, children)) <= before

    await until(gathered_none, "children close what they opened")
    assert list(pool.pids) == children


async def _is_known_dead(child: Child) -> bool:
    """Tell whether a pool would see it; until then the next segment could begin with it."""
    return not child.is_alive


async def test_kills_at_random_moments_lose_no_segment(pool: SlotPool) -> None:
    """One death per segment is forgiven, so one child is killed per segment."""
    chance = random.Random(4)
    for _ in range(8):
        task = asyncio.create_task(run(pool, "good"))
        await asyncio.sleep(chance.uniform(0, 0.06))  # the moment is what is random here
        victim = chance.choice(sorted(pool._crew.children, key=lambda child: child.pid))
        with contextlib.suppress(ProcessLookupError):  # it had answered for the last time
            os.kill(victim.pid, signal.SIGKILL)

        assert (await task).decoded_frames == small_segment().frames
        await until(partial(_is_known_dead, victim), "the pool sees that a child has died")
        await asyncio.gather(run(pool, "good"), run(pool, "good"))  # it is missed, if it was idle
        await settled(pool)


async def test_a_seed_that_hangs_is_replaced(
    pool: SlotPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery, "_FORK_SECONDS", SHORT)
    stuck = pool._nursery.seed_pid
    assert stuck is not None
    os.kill(stuck, signal.SIGSTOP)
    for child in list(pool._crew.children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)

    results = await asyncio.gather(*(run(pool, "good") for _ in range(3)))

    assert [each.decoded_frames for each in results] == [small_segment().frames] * 3
    assert pool._nursery.seed_pid != stuck


async def test_a_system_without_processes_costs_no_living_child(
    pool: SlotPool, no_fork: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "_RESPAWN_SECONDS", 0.0)
    await settled(pool)
    seed = pool._nursery.seed_pid

    with lying(no_fork):
        killed = asyncio.create_task(run(pool, "a sudden death"))
        results = [await run(pool, "good") for _ in range(3)]

    assert [each.decoded_frames for each in results] == [small_segment().frames] * 3
    await asyncio.gather(killed, return_exceptions=True)
    await settled(pool)
    assert (pool._nursery.seed_pid, len(pool._roster.idle)) == (seed, 2)
