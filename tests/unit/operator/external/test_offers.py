"""What is offered for an external pool: the leader's own word first, the status otherwise."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.support.clock import Clock
from tests.support.fake_kube import FakeKube

from podium_operator.external.board import Board, Offer
from podium_operator.external.offers import (
    NotExternalError,
    Offers,
    PoolKey,
    UndecidedError,
    UnknownPoolError,
)
from podium_operator.kube.errors import UnreachableError

GPU = PoolKey("media", "home", "gpu")
Show = Callable[[int | None], Awaitable[None]]


async def test_the_leader_answers_without_asking_anybody(
    offers: Offers, board: Board, kube: FakeKube
) -> None:
    board.publish("media", "home", {"gpu": Offer(7, 2)})

    assert await offers.read(GPU) == Offer(7, 2)
    assert kube.calls == []


async def test_another_replica_answers_from_the_status(offers: Offers, show: Show) -> None:
    await show(3)

    assert await offers.read(GPU) == Offer(3, 1)


async def test_a_replica_that_no_longer_leads_forgets_its_own_word(
    offers: Offers, board: Board, show: Show
) -> None:
    await show(3)
    board.publish("media", "home", {"gpu": Offer(7, 2)})

    board.withdraw("media", "home")

    assert await offers.read(GPU) == Offer(3, 1)


async def test_the_api_server_is_asked_at_most_once_a_second(
    offers: Offers, show: Show, kube: FakeKube, clock: Clock
) -> None:
    await show(3)
    kube.calls.clear()

    for _ in range(5):
        await offers.read(GPU)
    clock.now += 1.0
    await offers.read(GPU)

    assert len(kube.calls) == 2


@pytest.mark.parametrize(
    ("key", "error", "said"),
    [
        pytest.param(PoolKey("media", "away", "gpu"), UnknownPoolError, "away", id="no such name"),
        pytest.param(PoolKey("media", "home", "tpu"), UnknownPoolError, "tpu", id="no such pool"),
        pytest.param(PoolKey("me/dia", "home", "gpu"), UnknownPoolError, "names", id="no name"),
        pytest.param(PoolKey("media", "home", ""), UnknownPoolError, "names", id="nothing"),
        pytest.param(PoolKey("media", "home", "cpu"), NotExternalError, "scale.mode", id="native"),
    ],
)
async def test_a_number_that_is_not_offered_is_refused_by_name(
    offers: Offers, show: Show, key: PoolKey, error: type[Exception], said: str
) -> None:
    await show(3)

    with pytest.raises(error, match=said):
        await offers.read(key)


async def test_a_pool_of_which_nothing_is_decided_is_never_zero(offers: Offers, show: Show) -> None:
    await show(None)

    with pytest.raises(UndecidedError):
        await offers.read(GPU)


async def test_an_api_server_that_is_away_is_never_zero_either(
    offers: Offers, kube: FakeKube
) -> None:
    kube.fail = lambda *_: UnreachableError("no answer")

    with pytest.raises(UnreachableError):
        await offers.read(GPU)


async def test_whoever_follows_hears_of_each_change_once(offers: Offers, board: Board) -> None:
    board.publish("media", "home", {"gpu": Offer(1, 0)})
    following = offers.follow(GPU)
    first = await anext(following)
    waiting = asyncio.ensure_future(anext(following))

    for pool, offer in (("gpu", Offer(1, 0)), ("other", Offer(9, 0)), ("gpu", Offer(4, 0))):
        await asyncio.sleep(0)
        board.publish("media", "home", {"gpu": Offer(1, 0)} | {pool: offer})
    second = await waiting
    await following.aclose()

    assert (first, second) == (Offer(1, 0), Offer(4, 0))


async def test_without_a_leader_here_a_changed_status_is_heard(
    offers: Offers, show: Show, clock: Clock
) -> None:
    await show(0)
    following = offers.follow(GPU, pause_seconds=0.001)
    assert await anext(following) == Offer(0, 1)

    await show(2)
    clock.now += 1.0

    assert await anext(following) == Offer(2, 1)
    await following.aclose()
