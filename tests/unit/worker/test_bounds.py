"""Turns within a session, names and times of jobs."""

import asyncio

import pytest

from podium_worker.jobs import deadline_of, patience_seconds, stream_name, subject
from podium_worker.node.bounds import Turns


async def test_a_session_s_segments_go_one_at_a_time_in_order() -> None:
    turns, order, running = Turns(), [], 0

    async def segment(number: int) -> None:
        nonlocal running
        async with turns.turn("s"):
            running += 1
            assert running == 1
            await asyncio.sleep(0)
            order.append(number)
            running -= 1

    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(segment(number))

    assert order == list(range(6))


async def test_sessions_do_not_wait_for_each_other() -> None:
    turns = Turns()

    async with turns.turn("a"), asyncio.timeout(60), turns.turn("b"):
        pass


async def test_a_turn_that_is_given_up_passes_on() -> None:
    turns = Turns()
    taken = asyncio.Event()

    async def wait() -> None:
        async with turns.turn("s"):
            taken.set()

    async with turns.turn("s"):
        given_up, next_one = asyncio.create_task(wait()), asyncio.create_task(wait())
        await asyncio.sleep(0)
        given_up.cancel()
    async with asyncio.timeout(60):
        await next_one

    assert taken.is_set()


@pytest.mark.parametrize(("duration", "patience"), [(0.5, 8.0), (2.0, 8.0), (5.0, 20.0)])
def test_patience_is_the_gateway_s(duration: float, patience: float) -> None:
    assert patience_seconds(duration) == patience
    assert deadline_of(100.0, duration) == pytest.approx(100.0 + 0.9 * patience)


def test_a_stream_s_name_has_no_dots() -> None:
    assert stream_name("podium.default.home") == "podium_default_home_jobs"
    assert subject("podium.default.home", "h264") == "podium.default.home.jobs.h264"
