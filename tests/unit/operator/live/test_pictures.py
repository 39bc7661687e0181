"""What the live page shows: made of what a keeper knows, and nothing else."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.unit.operator.shell.test_memory import _streams
from tests.unit.operator.shell.world import World

from podium_operator.live.gallery import Gallery
from podium_operator.live.history import PERIOD_SECONDS, History, Sample
from podium_operator.live.nowork import reasons
from podium_operator.live.picture import Known, card, details
from podium_operator.live.source import AwayError, FromGallery
from podium_operator.load import LoadView

META = {"namespace": "media", "name": "home"}
READY = {"type": "Ready", "status": "True", "reason": "Ready"}


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
    assert shown["streams"] == 6
    assert shown["decision"]["text"]
    assert shown["classes"][0] == {
        "class": "h264/1280x720@30", "streams": 6, "segmentSeconds": 2.0,
    }  # fmt: skip
    assert shown["history"]["streams"][-1] == 6


def test_late_segments_are_a_share_and_none_where_nothing_was_answered() -> None:
    assert card(_known(load=LoadView(answered=200, late=3)), at=0)["latePercent"] == 1.5
    assert card(_known(), at=0)["latePercent"] is None


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

    (pool,) = details(_known(pods={"cpu-1": pod}), at=0)["pools"]

    assert [one["state"] for one in pool["pods"]] == [state]


def test_no_part_of_the_spec_is_passed_on_that_is_not_asked_for() -> None:
    spec = {
        "pools": [{"name": "cpu", "env": [{"name": "T", "value": "hidden"}]}],
        "chain": {"rpc": {"endpoints": [{"url": "https://hidden"}]}},
    }

    assert "hidden" not in json.dumps(details(_known(spec), at=0))


@pytest.mark.parametrize(
    ("spec", "status", "check", "holds"),
    [
        pytest.param({}, {"conditions": []}, "ready", False, id="nobody has looked"),
        pytest.param({}, {"conditions": [READY]}, "ready", True, id="ready"),
        pytest.param({"paused": True}, {}, "paused", False, id="paused"),
        pytest.param({}, {"maxSessions": 0}, "capacity", False, id="no slot"),
        pytest.param({}, {"sessions": 8, "maxSessions": 8}, "capacity", False, id="full"),
        pytest.param({}, {"sessions": 7, "maxSessions": 8}, "capacity", True, id="room"),
        pytest.param({}, {}, "address", None, id="an address of the cluster's alone"),
        pytest.param({}, {}, "active", None, id="off-chain"),
        pytest.param(
            {"chain": {}, "x": 1},
            {"conditions": [{"type": "Active", "status": "False", "reason": "Evicted"}]},
            "active",
            None,
            id="an empty chain is none",
        ),
        pytest.param(
            {"chain": {"address": "0x"}},
            {"conditions": [{"type": "Active", "status": "False", "reason": "Evicted"}]},
            "active",
            False,
            id="not active on chain",
        ),
    ],
)
def test_what_could_keep_work_away(
    spec: dict[str, Any], status: dict[str, Any], check: str, *, holds: bool | None
) -> None:
    found = {one.check: one.holds for one in reasons(spec, status)}

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


async def test_who_waits_is_woken_by_the_next_picture() -> None:
    gallery = Gallery(lambda: 0.0)
    waiting = asyncio.create_task(gallery.changed(gallery.version))
    await asyncio.sleep(0)
    gallery.show(_known())

    assert await waiting == 1


async def test_events_begin_with_the_fleet_and_the_one_looked_at() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_known())
    frames = FromGallery(gallery, fastest_seconds=0).events(("media", "home"))

    assert (await anext(frames)).startswith(b'event: fleet\ndata: [{"namespace":"media"')
    assert (await anext(frames)).startswith(b"event: detail\ndata: {")


def test_one_that_is_gone_is_shown_no_more() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_known())
    gallery.forget("media", "home")

    assert gallery.fleet() == []
    assert gallery.detail("media", "home") is None


async def test_all_who_listen_share_one_frame_and_there_is_an_end_of_them() -> None:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_known())
    source = FromGallery(gallery, fastest_seconds=60)
    listeners = [source.events(None) for _ in range(32)]

    first, *others = [await anext(one) for one in listeners]

    assert all(one is first for one in others)
    with pytest.raises(AwayError, match="try again later"):
        await anext(source.events(None))
    await listeners[0].aclose()
    assert await anext(source.events(None)) is first
