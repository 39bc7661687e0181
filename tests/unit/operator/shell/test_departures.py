"""Who leaves a machine ahead of its end: at once, never all of a part, and never in a circle."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from podium_operator.api.names import Component
from podium_operator.departures import Departures, Instant, Noticed, Part, plan_departures
from podium_operator.machines import MachinesView
from podium_operator.notices import Notice

Pod = dict[str, Any]
BEGAN = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


def pod(name: str, machine: str | None, *, ready: bool = True, **meta: str) -> Pod:
    condition = {"type": "Ready", "status": "True" if ready else "False"}
    return {
        "metadata": {"name": name, "uid": f"uid-{name}", **meta},
        "spec": {"nodeName": machine},
        "status": {"phase": "Running" if ready else "Pending", "conditions": [condition]},
    }


def part(*pods: Pod, replicas: int | None = None) -> Part:
    return Part("pool", Component.TRANSCODER, len(pods) if replicas is None else replicas, pods)


def machines(*going: str, has_open: bool = True) -> MachinesView:
    return MachinesView({name: Notice(name, "taint spot") for name in going}, has_open)


def plan(
    *parts: Part,
    going: tuple[str, ...] = ("m1",),
    noticed: Mapping[str, Noticed] | None = None,
    told: tuple[str, ...] = (),
    has_open: bool = True,
    now: float = 0.0,
) -> Departures:
    view = machines(*going, has_open=has_open)
    at = Instant(now, BEGAN + timedelta(seconds=now))
    return plan_departures(parts, view, noticed or {}, told=told, at=at)


def leaving(departures: Departures) -> list[str]:
    return [one.pod for one in departures.leaving]


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        pytest.param([pod("a", "m2")], [], id="nobody is there"),
        pytest.param([pod("a", "m1"), pod("b", "m2")], ["a"], id="one of two, the other elsewhere"),
        pytest.param([pod("a", "m1")], ["a"], id="a lone pod: its successor starts no earlier"),
        pytest.param([pod("a", "m1"), pod("b", "m1")], ["a"], id="one of two on it"),
        pytest.param(
            [pod(name, "m1") for name in "abcde"], ["a", "b", "c"], id="of five, two stay on duty"
        ),
        pytest.param(
            [pod("a", "m1"), pod("b", "m1", ready=False)], ["b"], id="first who does not work yet"
        ),
        pytest.param(
            [pod("a", "m1"), pod("b", "m1"), pod("c", "m2"), pod("d", "m2")],
            ["a", "b"],
            id="all of it where half is elsewhere",
        ),
        pytest.param(
            [pod("a", "m1", deletionTimestamp="2026-01-01T00:00:00Z"), pod("b", "m1")],
            [],
            id="nobody while the first is on its way",
        ),
        pytest.param([pod("a", None, ready=False)], [], id="a pod without a machine"),
        pytest.param(
            [{**pod("a", "m1"), "status": {"phase": "Failed"}}], [], id="a pod that is over"
        ),
    ],
)
def test_pods_leave_as_far_as_half_of_their_part_stays(
    pods: list[Pod], expected: list[str]
) -> None:
    assert leaving(plan(part(*pods))) == expected


def test_the_last_one_leaves_when_another_is_ready_elsewhere() -> None:
    first = plan(part(pod("a", "m1"), pod("b", "m1")))
    assert leaving(first) == ["a"]
    waiting = part(pod("b", "m1"), pod("c", "m2", ready=False), replicas=2)
    assert leaving(plan(waiting, noticed=first.noticed)) == []

    ready = part(pod("b", "m1"), pod("c", "m2"), replicas=2)

    assert leaving(plan(ready, noticed=first.noticed)) == ["b"]


def test_a_pod_is_told_once_and_counts_as_gone() -> None:
    two = part(pod("a", "m1"), pod("b", "m1"))
    first = plan(two)

    again = plan(two, noticed=first.noticed, told=("uid-a",))

    assert leaving(again) == []


def test_parts_do_not_wait_for_each_other() -> None:
    nodes = Part("node", Component.NODE, 1, (pod("n", "m1"),))

    found = plan(nodes, part(pod("a", "m1"), pod("b", "m2")))

    assert [(one.component, one.pod) for one in found.leaving] == [
        (Component.NODE, "n"),
        (Component.TRANSCODER, "a"),
    ]
    assert {one.notice for one in found.leaving} == {Notice("m1", "taint spot")}


def test_nobody_leaves_where_no_machine_takes_pods_and_that_is_told() -> None:
    found = plan(part(pod("a", "m1"), pod("b", "m2")), going=("m1", "m2"), has_open=False)

    assert leaving(found) == []
    assert found.stranded == (Notice("m1", "taint spot"),)


def test_who_comes_after_the_notice_stays() -> None:
    first = plan(part(pod("a", "m1")))

    later = plan(part(pod("b", "m1")), noticed=first.noticed, now=2.0)

    assert leaving(later) == [], "a condition keeps nobody off: it would leave in a circle"


def test_a_pod_whose_machine_was_not_known_yet_did_not_come_after_the_notice() -> None:
    first = plan(part(pod("a", None, ready=False)))
    assert leaving(first) == []

    assert leaving(plan(part(pod("a", "m1", ready=False)), noticed=first.noticed)) == ["a"]


@pytest.mark.parametrize(
    ("created", "shown_at", "expected"),
    [
        pytest.param("2026-01-02T03:04:05Z", 0.5, ["b"], id="of the same moment, shown at once"),
        pytest.param("2026-01-02T03:00:00Z", 40.0, ["b"], id="older, by a watch that was away"),
        pytest.param("2026-01-02T03:04:06Z", 0.5, [], id="of the next moment: came after"),
        pytest.param("2026-01-02T03:00:00Z", 90.0, [], id="by clocks that are apart for good"),
    ],
)
def test_a_pod_that_is_shown_late_is_as_old_as_it_says(
    created: str, shown_at: float, expected: list[str]
) -> None:
    first = plan(part(pod("c", "m2")))
    both = part(pod("b", "m1", creationTimestamp=created), pod("c", "m2"))

    late = plan(both, noticed=first.noticed, now=shown_at)
    again = plan(both, noticed=late.noticed, now=shown_at + 100)

    assert leaving(late) == leaving(again) == expected


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        pytest.param("2026-01-02T03:04:05Z", [], id="of the same second: a successor"),
        pytest.param("2026-01-02T03:04:04Z", ["b"], id="of the second before: none"),
    ],
)
def test_where_somebody_left_who_is_as_young_as_the_notice_may_be_a_successor(
    created: str, expected: list[str]
) -> None:
    others = pod("c", "m2"), pod("d", "m2")
    first = plan(part(pod("a", "m1"), *others))
    assert leaving(first) == ["a"]

    late = part(pod("b", "m1", creationTimestamp=created), *others)

    assert leaving(plan(late, noticed=first.noticed, now=0.3)) == expected


@pytest.mark.parametrize(
    ("away_seconds", "expected"),
    [
        pytest.param(10.0, [], id="a mark that comes and goes"),
        pytest.param(700.0, ["b"], id="another notice, much later"),
    ],
)
def test_a_mark_that_comes_back_is_the_same_notice_for_ten_minutes(
    away_seconds: float, expected: list[str]
) -> None:
    here = part(pod("b", "m1"), pod("c", "m2"))
    first = plan(part(pod("a", "m1"), pod("c", "m2")))
    gone = plan(here, going=(), noticed=first.noticed, now=away_seconds - 1)

    back = plan(here, noticed=gone.noticed, now=away_seconds)

    assert leaving(back) == expected


def test_nothing_is_remembered_where_nothing_is_announced() -> None:
    assert plan(part(pod("a", "m1")), going=()) == Departures()


@settings(max_examples=300)
@given(
    where=st.lists(st.sampled_from(["m1", "m2", "m3"]), min_size=1, max_size=12),
    sick=st.sets(st.integers(0, 11)),
    going=st.sets(st.sampled_from(["m1", "m2", "m3"])),
)
def test_a_mark_on_every_machine_never_takes_more_than_half_of_a_part(
    where: list[str], sick: set[int], going: set[str]
) -> None:
    pods = [pod(str(at), machine, ready=at not in sick) for at, machine in enumerate(where)]
    told: set[str] = set()
    noticed: Mapping[str, Noticed] = {}
    for _ in range(4):  # nothing new becomes ready
        found = plan(part(*pods), going=tuple(going), noticed=noticed, told=tuple(told))
        told, noticed = told | {one.uid for one in found.leaving}, found.noticed

    ready = {f"uid-{at}" for at in range(len(where)) if at not in sick}
    assert len(ready - told) >= min(len(ready), len(where) // 2)
    assert all(pods[int(uid.removeprefix("uid-"))]["spec"]["nodeName"] in going for uid in told)
