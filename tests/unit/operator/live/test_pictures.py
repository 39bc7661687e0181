"""What the live page shows: made of what a keeper knows, and nothing else."""

import asyncio
import itertools
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.unit.operator.shell.test_memory import _streams
from tests.unit.operator.shell.world import World

from podium_operator.live.detail import changed, decisions, details
from podium_operator.live.fleet import PAGE_CARDS, Wish, fleet
from podium_operator.live.gallery import Gallery
from podium_operator.live.history import PERIOD_SECONDS, History, Sample
from podium_operator.live.nowork import Seen, reasons
from podium_operator.live.picture import Known, aged, card
from podium_operator.live.source import AwayError, FromGallery
from podium_operator.live.view import View
from podium_operator.load import LoadView, PodLoad

META = {"namespace": "media", "name": "home"}
READY = {"type": "Ready", "status": "True", "reason": "Ready"}
ACTIVE = {"type": "Active", "status": "True", "reason": "InPool", "message": "rank 3"}


def _known(
    spec: Mapping[str, Any] | None = None,
    *,
    pods: Mapping[str, Any] | None = None,
    load: LoadView | None = None,
    **status: Any,
) -> Known:
    body = {"metadata": META, "spec": spec or {"pools": [{"name": "cpu"}]}}
    return Known(body, {"conditions": [READY], **status}, load or LoadView(), pods or {})


async def test_a_keeper_shows_every_pass_what_it_decided() -> None:
    world = World()
    await world.begin()
    await world.settle()
    _streams(world, 6)
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
    shown = aged(card(_known()), seconds)

    assert (shown["health"], shown["oldSeconds"]) == (health, old)


def test_old_age_does_not_hide_what_is_worse() -> None:
    broken = {**READY, "status": "False", "reason": "QueueNotReady"}

    assert aged(card(_known(conditions=[broken])), 60.0)["health"] == "bad"


def test_numbers_grow_old_when_no_keeper_shows_any() -> None:
    moments = iter((0.0, 10.0, 100.0))
    gallery = Gallery(lambda: next(moments))
    gallery.show(_known(load=LoadView(age_seconds=2.0)))

    assert gallery.fleet()["cards"][0]["oldSeconds"] is None
    assert gallery.fleet()["cards"][0]["oldSeconds"] == 100


@pytest.mark.parametrize(
    ("meta", "status", "state"),
    [
        pytest.param({"deletionTimestamp": "t"}, {}, "draining", id="told to leave"),
        pytest.param(
            {}, {"conditions": [{"type": "Ready", "status": "True"}]}, "ready", id="serving"
        ),
        pytest.param(
            {},
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
            "ImagePullBackOff",
            id="waiting for its image",
        ),
        pytest.param({}, {"phase": "Pending"}, "Pending", id="without a place"),
    ],
)
def test_a_pods_state(meta: dict[str, str], status: dict[str, Any], state: str) -> None:
    labels = {"podium.video/pool": "cpu"}
    pod = {"metadata": {"name": "cpu-1", "labels": labels, **meta}, "status": status}

    (pool,) = details(_known(pods={"cpu-1": pod}))["pools"]

    assert [one["state"] for one in pool["pods"]["shown"]] == [state]


def test_a_pods_slots_are_those_that_it_reports_itself() -> None:
    load = LoadView(pods={"cpu-1": PodLoad(busy=2, slots=3)})
    pods = {name: _pod(name) for name in ("cpu-1", "cpu-2")}

    (pool,) = details(_known(pods=pods, load=load))["pools"]

    shown = [(one["name"], one["busy"], one["slots"]) for one in pool["pods"]["shown"]]
    assert shown == [("cpu-1", 2, 3), ("cpu-2", None, None)]


def test_of_thousands_of_pods_those_that_do_not_serve_are_listed_first() -> None:
    pods = {f"cpu-{number}": _pod(f"cpu-{number}") for number in range(3000)}
    pods["cpu-2999"]["status"] = {"phase": "Pending"}

    (pool,) = details(_known(pods=pods))["pools"]

    assert (len(pool["pods"]["shown"]), pool["pods"]["more"]) == (100, 2900)
    assert pool["pods"]["shown"][0]["name"] == "cpu-2999"


def test_pods_of_node_and_queue_are_listed_apart() -> None:
    pod = _pod("home-node-0")
    pod["metadata"]["labels"] = {"app.kubernetes.io/component": "node"}

    shown = details(_known(pods={"home-node-0": pod}))

    assert [(one["name"], one["part"]) for one in shown["others"]["shown"]] == [
        ("home-node-0", "node")
    ]
    assert shown["pools"][0]["pods"]["shown"] == []


def _pod(name: str) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": name, "labels": {"podium.video/pool": "cpu"}},
        "status": {"conditions": conditions},
    }


def test_decisions_have_every_term_as_far_as_they_were_seen() -> None:
    status = {"recentDecisions": [{"id": 1, "text": "one"}, {"id": 2, "text": "two"}]}
    remembered = [{"id": 2, "text": "two", "terms": {"kappa": 1}}, {"id": 3, "terms": {}}]

    assert [(one["id"], "terms" in one) for one in decisions(status, remembered)] == [
        (3, True), (2, True), (1, False),
    ]  # fmt: skip


def test_intents_that_are_over_are_parted_and_bounded() -> None:
    intents = [{"id": f"i{n}", "state": "Done"} for n in range(50)]
    intents.append({"id": "now", "state": "AwaitingApproval", "data": "0x228cb733"})
    known = _known()
    body = {**known.body, "status": {"chain": {"round": 1, "intents": intents}}}

    chain = details(Known(body, known.status, known.load, {}))["chain"]

    assert [one["data"] for one in chain["open"]] == ["0x228cb733"]
    assert [one["id"] for one in chain["over"]] == [f"i{n}" for n in range(49, 29, -1)]


def test_only_parts_that_changed_are_told() -> None:
    assert changed({"a": 1, "b": [1]}, {"a": 1, "b": [2], "c": None}) == {"b": [2], "c": None}


def _cards(count: int) -> list[dict[str, Any]]:
    return [
        {**card(_known()), "name": f"o{number:04}", "health": "good"} for number in range(count)
    ]


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


def test_no_part_of_the_spec_is_passed_on_that_is_not_asked_for() -> None:
    spec = {
        "pools": [{"name": "cpu", "env": [{"name": "T", "value": "hidden"}]}],
        "chain": {"rpc": {"endpoints": [{"url": "https://hidden"}]}},
    }

    assert "hidden" not in json.dumps(details(_known(spec)))


CHAIN = {"chain": {"address": "0x"}}


@pytest.mark.parametrize(
    ("seen", "check", "holds"),
    [
        pytest.param({"conditions": []}, "ready", False, id="nobody has looked"),
        pytest.param({}, "ready", True, id="ready"),
        pytest.param({"spec": {"paused": True}}, "paused", False, id="paused"),
        pytest.param({"load": LoadView(age_seconds=1)}, "capacity", False, id="no slot"),
        pytest.param({"load": LoadView()}, "capacity", None, id="nobody tells of slots"),
        pytest.param({"load": LoadView(sessions=8, max_sessions=8)}, "capacity", False, id="full"),
        pytest.param({"load": LoadView(sessions=7, max_sessions=8)}, "capacity", True, id="room"),
        pytest.param({"load": LoadView(refused=3)}, "refusals", False, id="sessions refused"),
        pytest.param({"load": LoadView(age_seconds=1)}, "refusals", True, id="no session refused"),
        pytest.param({"load": LoadView()}, "refusals", None, id="nobody tells of refusals"),
        pytest.param({"load": LoadView()}, "reports", None, id="no node reports"),
        pytest.param({"load": LoadView(age_seconds=60)}, "reports", None, id="a silent node"),
        pytest.param({"load": LoadView(age_seconds=1)}, "reports", True, id="nodes report"),
        pytest.param({}, "address", None, id="an address of the cluster's alone"),
        pytest.param({"endpoints": {"https://o:8935": "ok"}}, "reachable", True, id="answers"),
        pytest.param(
            {"endpoints": {"https://o:8935": "timeout"}}, "reachable", False, id="unreachable"
        ),
        pytest.param(
            {"conditions": [{**READY, "type": "DevicesHealthy", "status": "False"}]},
            "devices",
            False,
            id="a device that failed",
        ),
        pytest.param({}, "active", None, id="off-chain"),
        pytest.param({"spec": {"chain": {}}}, "active", None, id="an empty chain is none"),
        pytest.param({"spec": CHAIN}, "active", None, id="a chain that nobody has read"),
        pytest.param(
            {"spec": CHAIN, "conditions": [{**ACTIVE, "status": "False"}]},
            "active",
            False,
            id="not active on chain",
        ),
    ],
)
def test_what_could_keep_work_away(seen: dict[str, Any], check: str, *, holds: bool | None) -> None:
    fields: dict[str, Any] = {
        "spec": {},
        "conditions": [READY],
        "load": LoadView(),
        "endpoints": {},
    }
    found = {one.check: one.holds for one in reasons(Seen(**(fields | seen)))}

    assert found[check] is holds


@given(st.lists(st.floats(0, 10_000), max_size=60))
def test_a_history_is_in_order_bounded_and_ends_with_the_newest(moments: list[float]) -> None:
    history = History()
    for at in moments:
        history.note(Sample(at=at))

    times = history.columns()["at"]
    assert times == sorted(times)
    assert len(times) <= 720
    if moments:
        assert times[-1] == round(max(moments), 2)


def test_a_history_keeps_one_sample_a_period() -> None:
    history = History()
    for tick in range(100):
        history.note(Sample(at=float(tick), streams=tick))

    assert len(history.samples) == 1 + 100 // PERIOD_SECONDS
    assert history.columns()["streams"][-1] == 99


def test_only_what_is_newer_than_what_was_settled_is_told_again() -> None:
    history = History()
    for tick in range(20):
        history.note(Sample(at=float(tick), streams=tick))
    told, settled = history.columns(), history.settled_at
    for tick in range(20, 23):
        history.note(Sample(at=float(tick), streams=tick))

    more = history.columns(settled)

    kept = [at for at in told["at"] if at <= settled]
    assert kept + more["at"] == history.columns()["at"]
    assert len(more["at"]) < len(kept)


async def test_who_waits_is_woken_by_the_next_picture() -> None:
    gallery = Gallery(lambda: 0.0)
    waiting = asyncio.create_task(gallery.changed(gallery.version))
    await asyncio.sleep(0)
    gallery.show(_known())

    assert await waiting == 1


async def test_events_begin_with_everything_and_go_on_with_what_changed() -> None:
    moments = itertools.count(0.0, 10.0)
    gallery = Gallery(lambda: next(moments))
    gallery.show(_known())
    frames = FromGallery(gallery, fastest_seconds=0).events(View(("media", "home")))

    name, first = _read(await anext(frames))
    gallery.show(_known(load=LoadView(refused=1, max_sessions=1)))
    _, second = _read(await anext(frames))

    assert name == "detail"
    assert {"card", "pools", "decisions", "noWork", "chain", "conditions"} <= first.keys()
    assert second.keys() == {"card", "queue", "noWork", "hour"}
    assert len(second["hour"]["columns"]["at"]) <= 2


async def test_who_looks_at_one_that_goes_is_told_once_and_again_when_it_is_back() -> None:
    gallery = Gallery(lambda: 0.0)
    frames = FromGallery(gallery, fastest_seconds=0).events(View(("media", "home")))
    gallery.show(_known())
    gallery.forget("media", "home")

    assert _read(await anext(frames)) == ("gone", "media/home")
    gallery.forget("media", "home")
    assert _read(await anext(frames)) == ("still", None)
    gallery.show(_known())
    assert _read(await anext(frames))[0] == "detail"


async def test_a_fleet_in_which_nothing_changes_is_not_told_again() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_known())
    frames = FromGallery(gallery, fastest_seconds=0).events(View())

    assert _read(await anext(frames))[0] == "fleet"
    gallery.show(_known())
    assert _read(await anext(frames)) == ("still", None)


def _read(piece: bytes) -> tuple[str, Any]:
    event, data, *_ = piece.decode().split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_one_that_is_gone_is_shown_no_more() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_known())
    gallery.forget("media", "home")

    assert gallery.fleet()["cards"] == []
    assert gallery.detail("media", "home") is None


async def test_all_who_listen_share_one_frame_and_there_is_an_end_of_them() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_known())
    source = FromGallery(gallery, fastest_seconds=60)
    listeners = [source.events(View()) for _ in range(32)]

    first, *others = [await anext(one) for one in listeners]

    assert all(one is first for one in others)
    with pytest.raises(AwayError, match="try again later"):
        await anext(source.events(View()))
    await listeners[0].aclose()
    assert await anext(source.events(View())) is first
