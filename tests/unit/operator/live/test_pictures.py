"""The cards of the live page: made of what a keeper knows, a page of them at a time."""

from typing import Any

import pytest
from tests.unit.operator.live.pictures import ACTIVE, READY, known
from tests.unit.operator.shell.world import World

from podium_operator.live.fleet import PAGE_CARDS, Wish, fleet
from podium_operator.live.picture import aged, card


async def test_a_keeper_shows_every_pass_what_it_decided() -> None:
    world = World()
    await world.begin()
    await world.settle()
    world.open_streams(6)
    await world.step(seconds=6)

    shown = world.around.gallery.detail("media", "home")

    assert shown is not None
    assert shown["card"]["streams"] == 6
    assert shown["decisions"][0]["text"]
    assert shown["decisions"][0]["terms"]["streams"] == 6
    assert shown["classes"][0] == {
        "class": "h264/1280x720@30", "streams": 6, "segmentSeconds": 2.0, "waitingSlotSeconds": 0.0,
    }  # fmt: skip
    assert world.around.gallery.hour("media", "home")["columns"]["streams"][-1] == 6


async def test_what_the_chains_keeper_wrote_is_shown_beside_it() -> None:
    world = World()
    await world.begin()
    await world.settle()
    body = await world.orchestrator()
    rewards = [{"round": 7, "state": "called"}, {"round": 8, "state": "missed"}]
    body["status"] |= {
        "chain": {"stage": "Active", "reward": "MISSED r8", "recentRewards": rewards},
        "conditions": [*body["status"]["conditions"], ACTIVE],
    }
    await world.kube.replace(body)
    await world.restart()
    await world.settle()

    shown = world.around.gallery.detail("media", "home")

    assert shown is not None
    assert (shown["card"]["rewards"], shown["card"]["reward"]) == ("cm", "MISSED r8")
    assert shown["chain"]["stage"] == "Active"
    assert "Active" in {one["type"] for one in shown["conditions"]}


async def test_a_spec_that_cannot_be_carried_out_is_on_the_page_and_says_why() -> None:
    world = World()
    await world.begin(pools=[])
    await world.settle()

    (shown,) = world.around.gallery.fleet()["cards"]

    assert shown["health"] == "bad"
    assert "pools" in shown["why"]


async def test_one_that_is_being_deleted_says_so() -> None:
    world = World()
    await world.begin()
    await world.settle()
    body = await world.orchestrator()
    body["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    world.see(await world.kube.replace(body))
    await world.step()

    (shown,) = world.around.gallery.fleet()["cards"]

    assert (shown["health"], shown["reason"]) == ("odd", "Leaving")


@pytest.mark.parametrize(
    ("seconds", "health", "old"),
    [
        pytest.param(15.0, "good", None, id="young enough to be true"),
        pytest.param(19.9, "odd", 15, id="too old to be trusted, counted in steps"),
        pytest.param(3600.0, "odd", 3600, id="an hour"),
    ],
)
def test_numbers_that_are_too_old_say_so(seconds: float, health: str, old: int | None) -> None:
    shown = aged(card(known()), seconds)

    assert (shown["health"], shown["oldSeconds"]) == (health, old)


def test_old_age_does_not_hide_what_is_worse() -> None:
    broken = {**READY, "status": "False", "reason": "QueueNotReady"}

    assert aged(card(known(conditions=[broken])), 60.0)["health"] == "bad"


def _cards(count: int) -> list[dict[str, Any]]:
    return [{**card(known()), "name": f"o{number:04}", "health": "good"} for number in range(count)]


def test_a_fleet_shows_what_is_wrong_first_and_the_rest_by_name() -> None:
    cards = _cards(4)
    cards[2]["health"], cards[3]["health"] = "odd", "bad"

    shown = fleet(cards, Wish())

    assert [one["name"] for one in shown["cards"]] == ["o0003", "o0002", "o0000", "o0001"]
    assert {name: shown["totals"][name] for name in ("good", "odd", "bad")} == {
        "good": 2, "odd": 1, "bad": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "first", "page", "found"),
    [
        pytest.param(Wish(), "o0000", 1, 1000, id="the first page"),
        pytest.param(Wish(20), "o0950", 20, 1000, id="the last one"),
        pytest.param(Wish(9999), "o0950", 20, 1000, id="one that is not there"),
        pytest.param(Wish(find="o012"), "o0120", 1, 10, id="what is looked for"),
        pytest.param(Wish(3, "media/o012"), "o0120", 1, 10, id="fewer than the page asked for"),
    ],
)
def test_a_thousand_are_told_a_page_at_a_time(
    wish: Wish, first: str, page: int, found: int
) -> None:
    shown = fleet(_cards(1000), wish)

    assert (shown["cards"][0]["name"], shown["page"], shown["found"]) == (first, page, found)
    assert len(shown["cards"]) <= PAGE_CARDS
    assert shown["totals"]["good"] == 1000, "sums are over all, whatever is looked for"


def test_a_fleet_of_nobody_is_one_empty_page() -> None:
    shown = fleet([], Wish())

    assert (shown["cards"], shown["page"], shown["pages"]) == ([], 1, 1)
