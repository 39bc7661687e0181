"""Who gets the next free child and its device's sessions."""

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.devices.hardware import CPU, nvidia
from podium_worker.transcoder.devices.placement import Placement
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.slots.nursery import Child
from podium_worker.transcoder.slots.roster import Desk, Roster, Seat


def staffed(roster: Roster, placement: Placement) -> Desk:
    """Open a desk with all its children, who are never asked for anything here."""
    desk = roster.open(placement)
    for _ in range(placement.slots):
        roster.put(desk, cast("Child", object()))
    return desk


async def waiting(roster: Roster, sessions: int, only: Desk | None = None) -> "asyncio.Task[Seat]":
    task = asyncio.create_task(roster.take(sessions, only=only))
    await asyncio.sleep(0)
    return task


async def settled() -> None:
    """Let a task end, another be seated by that, and that one wake up."""
    for _ in range(3):
        await asyncio.sleep(0)


def leave(roster: Roster, seat: Seat) -> None:
    roster.release(seat)
    roster.put(seat.desk, seat.child)


async def refusal(roster: Roster, sessions: int) -> TranscodeError:
    with pytest.raises(TranscodeError) as caught:
        await roster.take(sessions)
    return caught.value


async def test_the_warmest_child_is_taken_first() -> None:
    roster = Roster()
    staffed(roster, Placement(CPU, 2))
    first = await roster.take(4)
    leave(roster, first)

    assert (await roster.take(4)).child is first.child


async def test_a_segment_waits_for_sessions_beside_an_idle_child() -> None:
    roster = Roster()
    staffed(roster, Placement(nvidia(0), 2, 8))
    large = await roster.take(5)
    task = await waiting(roster, 4)

    assert not task.done()
    leave(roster, large)
    await task


async def test_a_small_segment_does_not_overtake_a_large_one() -> None:
    roster = Roster()
    staffed(roster, Placement(nvidia(0), 3, 8))
    first = await roster.take(5)
    large, small = await waiting(roster, 8), await waiting(roster, 1)

    assert not small.done()
    leave(roster, first)
    leave(roster, await large)
    await small


async def test_segments_spread_over_devices() -> None:
    roster = Roster()
    desks = [staffed(roster, Placement(nvidia(device), 2, 8)) for device in range(2)]

    seats = [await roster.take(4) for _ in range(4)]

    assert [seat.desk for seat in seats] == [*desks, *desks]
    assert roster.idle == set()


async def test_more_renditions_than_any_device_has_sessions_are_refused_at_once() -> None:
    roster = Roster()
    staffed(roster, Placement(nvidia(0), 1, 3))
    staffed(roster, Placement(nvidia(1), 1, 5))

    error = await refusal(roster, 6)

    assert error.text == ErrorText.BUSY
    assert error.detail == "6 renditions, over the 5 encoder sessions of a device"


async def test_a_trial_goes_before_all_segments_of_its_device() -> None:
    roster = Roster()
    desk = staffed(roster, Placement(nvidia(0), 1, 8))
    held = await roster.take(1)
    segment, trial = await waiting(roster, 1), await waiting(roster, 1, desk)

    leave(roster, held)

    await trial
    assert not segment.done()


async def test_a_second_try_avoids_the_first_device_where_it_can() -> None:
    roster = Roster()
    free = staffed(roster, Placement(nvidia(0), 2, 8))
    small = staffed(roster, Placement(nvidia(1), 1, 3))

    assert (await roster.take(3, avoid=free)).desk is small
    waits = await waiting_elsewhere(roster, 3, avoid=free)
    assert not waits.done()
    waits.cancel()
    assert (await roster.take(4, avoid=free)).desk is free


async def waiting_elsewhere(roster: Roster, sessions: int, avoid: Desk) -> "asyncio.Task[Seat]":
    task = asyncio.create_task(roster.take(sessions, avoid=avoid))
    await asyncio.sleep(0)
    return task


async def test_who_waits_for_a_device_that_closed_moves_to_another() -> None:
    roster = Roster()
    dead = staffed(roster, Placement(nvidia(0), 1, 8))
    await roster.take(1)
    task = await waiting(roster, 4)
    other = staffed(roster, Placement(CPU, 1))

    roster.close(dead)

    assert (await task).desk is other


async def test_who_waits_for_what_no_device_has_any_more_is_told() -> None:
    roster = Roster()
    desks = [staffed(roster, Placement(nvidia(device), 1, 4 + device)) for device in range(2)]
    held = [await roster.take(1, only=desk) for desk in desks]
    hopeless, patient = await waiting(roster, 5), await waiting(roster, 4)

    roster.close(desks[1])
    with pytest.raises(TranscodeError, match="TranscoderBusy"):
        await hopeless
    roster.close(desks[0])

    with pytest.raises(TranscodeError, match=r"TranscoderStopped \(no device works\)"):
        await patient
    assert (await refusal(roster, 1)).text == ErrorText.STOPPED
    for seat in held:
        roster.release(seat)  # late, and harmless


@pytest.mark.parametrize("is_seated", [False, True])
async def test_a_wait_given_up_leaves_nothing_taken(*, is_seated: bool) -> None:
    roster = Roster()
    desk = staffed(roster, Placement(nvidia(0), 1, 4))
    held = await roster.take(4)
    leaving, staying = await waiting(roster, 4), await waiting(roster, 4)

    if is_seated:
        leave(roster, held)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    if not is_seated:
        leave(roster, held)

    leave(roster, await staying)
    assert (desk.used_sessions, len(desk.idle)) == (0, 1)


STEPS = st.lists(st.tuples(st.sampled_from(["ask", "leave", "give up"]), st.integers(1, 10)))


@given(STEPS, st.integers(1, 4), st.integers(1, 12))
async def test_sessions_are_never_oversold_and_nobody_is_forgotten(
    steps: Sequence[tuple[str, int]], slots: int, sessions: int
) -> None:
    roster = Roster()
    desks = [staffed(roster, Placement(nvidia(device), slots, sessions)) for device in range(2)]
    tasks: list[asyncio.Task[Seat]] = []
    seats: list[Seat] = []
    for verb, number in steps:
        if verb == "ask":
            tasks.append(await waiting(roster, min(number, sessions)))
        elif verb == "leave" and seats:
            leave(roster, seats.pop(number % len(seats)))
        elif verb == "give up" and tasks:
            tasks[number % len(tasks)].cancel()
        await settled()
        seats += [task.result() for task in tasks if task.done() and not task.cancelled()]
        tasks = [task for task in tasks if not task.done()]
        for desk in desks:
            assert 0 <= desk.used_sessions <= sessions
            assert len(desk.idle) + sum(seat.desk is desk for seat in seats) == slots

    while seats:
        leave(roster, seats.pop())
        await settled()
        seats += [task.result() for task in tasks if task.done() and not task.cancelled()]
        tasks = [task for task in tasks if not task.done()]
    assert tasks == []
