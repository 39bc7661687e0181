"""As many seats as slots, while slots come and go."""

import asyncio

import pytest

from podium_worker.transcoder.slots.seats import Seats


async def waiting(seats: Seats) -> "asyncio.Task[None]":
    task = asyncio.create_task(seats.acquire())
    await asyncio.sleep(0)
    return task


async def test_seats_are_given_until_none_is_left() -> None:
    seats = Seats(2)

    tasks = [await waiting(seats) for _ in range(3)]

    assert [task.done() for task in tasks] == [True, True, False]
    seats.release()
    await tasks[2]


async def test_no_slot_works_and_no_seat_is_given() -> None:
    seats = Seats(0)
    task = await waiting(seats)

    assert not task.done()
    seats.resize(1)
    await task


async def test_who_holds_a_seat_keeps_it_when_slots_go() -> None:
    seats = Seats(2)
    await seats.acquire()
    await seats.acquire()
    seats.resize(1)
    task = await waiting(seats)

    seats.release()
    await asyncio.sleep(0)
    assert not task.done()
    seats.release()
    await task


async def test_first_come_first_served() -> None:
    seats = Seats(0)
    first, second = await waiting(seats), await waiting(seats)

    seats.resize(1)

    await first
    assert not second.done()


@pytest.mark.parametrize("is_given", [False, True])
async def test_a_wait_given_up_loses_no_seat(*, is_given: bool) -> None:
    seats = Seats(0)
    leaving, staying = await waiting(seats), await waiting(seats)

    if is_given:
        seats.resize(1)  # the seat is given, and not yet taken
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    seats.resize(1)

    await staying
