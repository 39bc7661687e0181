"""Pictures hung up for many: who waits is woken, who listens is told what changed and no more."""

import asyncio
import itertools
import json
from typing import Any

import pytest
from tests.unit.operator.live.pictures import known

from podium_operator.live.gallery import Gallery
from podium_operator.live.source import AwayError, FromGallery
from podium_operator.live.view import View
from podium_operator.load import LoadView


def test_numbers_grow_old_when_no_keeper_shows_any() -> None:
    moments = iter((0.0, 10.0, 100.0))
    gallery = Gallery(lambda: next(moments))
    gallery.show(known(load=LoadView(age_seconds=2.0)))

    assert gallery.fleet()["cards"][0]["oldSeconds"] is None
    assert gallery.fleet()["cards"][0]["oldSeconds"] == 100


async def test_who_waits_is_woken_by_the_next_picture() -> None:
    gallery = Gallery(lambda: 0.0)
    waiting = asyncio.create_task(gallery.changed(gallery.version))
    await asyncio.sleep(0)
    gallery.show(known())

    assert await waiting == 1


async def test_events_begin_with_everything_and_go_on_with_what_changed() -> None:
    moments = itertools.count(0.0, 10.0)
    gallery = Gallery(lambda: next(moments))
    gallery.show(known())
    frames = FromGallery(gallery, fastest_seconds=0).events(View(("media", "home")))

    name, first = _read(await anext(frames))
    gallery.show(known(load=LoadView(refused=1, max_sessions=1)))
    _, second = _read(await anext(frames))

    assert name == "detail"
    assert {"card", "pools", "decisions", "noWork", "chain", "conditions"} <= first.keys()
    assert second.keys() == {"card", "queue", "noWork", "hour"}
    assert len(second["hour"]["columns"]["at"]) <= 2


async def test_who_looks_at_one_that_goes_is_told_once_and_again_when_it_is_back() -> None:
    gallery = Gallery(lambda: 0.0)
    frames = FromGallery(gallery, fastest_seconds=0).events(View(("media", "home")))
    gallery.show(known())
    gallery.forget("media", "home")

    assert _read(await anext(frames)) == ("gone", "media/home")
    gallery.forget("media", "home")
    assert _read(await anext(frames)) == ("still", None)
    gallery.show(known())
    assert _read(await anext(frames))[0] == "detail"


async def test_a_fleet_in_which_nothing_changes_is_not_told_again() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(known())
    frames = FromGallery(gallery, fastest_seconds=0).events(View())

    assert _read(await anext(frames))[0] == "fleet"
    gallery.show(known())
    assert _read(await anext(frames)) == ("still", None)


def _read(piece: bytes) -> tuple[str, Any]:
    event, data, *_ = piece.decode().split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_one_that_is_gone_is_shown_no_more() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(known())
    gallery.forget("media", "home")

    assert gallery.fleet()["cards"] == []
    assert gallery.detail("media", "home") is None


async def test_all_who_listen_share_one_frame_and_there_is_an_end_of_them() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(known())
    source = FromGallery(gallery, fastest_seconds=60)
    listeners = [source.events(View()) for _ in range(32)]

    first, *others = [await anext(one) for one in listeners]

    assert all(one is first for one in others)
    with pytest.raises(AwayError, match="try again later"):
        await anext(source.events(View()))
    await listeners[0].aclose()
    assert await anext(source.events(View())) is first
