"""Decisions as tables: what load asks for, what time allows, and the sentence about it."""

import math
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.scaling.cases import (
    LADDER,
    POOL,
    SEASONED,
    World,
    aged,
    demand,
    desired,
    inputs,
)

from podium_operator.scaling import Bound, ClassDemand, PoolState, Service, Window, decide

GPU = replace(
    POOL,
    name="gpu",
    slots=8,
    maximum=2,
    service={LADDER: Service(mean_seconds=0.1, p95_seconds=0.15)},
)


@pytest.mark.parametrize(
    ("streams", "pods"),
    [
        pytest.param(0, 1, id="nothing: the minimum"),
        pytest.param(1, 1, id="one stream: one pod"),
        pytest.param(2, 1, id="two fit one slot"),
        pytest.param(5, 3, id="five need three"),
        pytest.param(8, 4, id="eight need four"),
        pytest.param(80, 4, id="eighty: the maximum"),
    ],
)
def test_pods_follow_open_streams(streams: int, pods: int) -> None:
    assert desired(demand(streams)) == [pods]


@pytest.mark.parametrize(
    ("changes", "demands", "pods"),
    [
        pytest.param({}, [demand(1, waiting=0.6)], 1, id="a segment in its turn asks for nothing"),
        pytest.param({}, [demand(1, waiting=4.0)], 3, id="a backlog is worked off in two seconds"),
        pytest.param({}, [demand(0, waiting=3.0)], 2, id="what waits counts without its stream"),
        pytest.param({"refused": 3}, [demand(4)], 4, id="refused sessions count as streams"),
        pytest.param({"refused": 99}, [demand(2)], 2, id="refusals at most double the streams"),
        pytest.param({"refused": 1}, [], 1, id="a refusal without a stream is one"),
        pytest.param({}, [demand(3, name="h264/other")], 2, id="unknown: as the slowest known"),
        pytest.param({}, [demand(1), demand(1, name="h264/other")], 1, id="classes share slots"),
    ],
)
def test_what_else_counts(changes: dict[str, Any], demands: list[ClassDemand], pods: int) -> None:
    assert desired(*demands, **changes) == [pods]


def test_before_anything_is_measured_a_stream_takes_half_its_time() -> None:
    unknown = replace(POOL, service={})

    assert desired(demand(3), pools=[unknown]) == [3]


def test_from_zero_it_goes_to_the_full_need_at_once() -> None:
    idle = replace(POOL, minimum=0, current=0, ready=0)

    assert desired(demand(8), pools=[idle]) == [4]
    assert desired(pools=[idle]) == [0]


@pytest.mark.parametrize(
    ("streams", "pods"),
    [
        pytest.param(10, [1, 0], id="the first pool takes what it can"),
        pytest.param(192, [2, 0], id="up to its maximum"),
        pytest.param(320, [2, 7], id="and passes the rest on"),
    ],
)
def test_pools_are_filled_in_order(streams: int, pods: list[int]) -> None:
    cpu = replace(POOL, minimum=0, current=0, maximum=40)

    assert desired(demand(streams), pools=[GPU, cpu]) == pods


def test_only_load_that_no_pool_takes_is_needed_in_vain() -> None:
    cpu = replace(POOL, minimum=0, current=0, maximum=40)

    taken, _ = decide(inputs(demand(320), pools=[GPU, cpu]), window=SEASONED)
    left, _ = decide(inputs(demand(3200), pools=[GPU, cpu]), window=SEASONED)

    assert [pool.need > pool.desired for pool in taken.pools] == [False, False]
    assert [pool.need > pool.desired for pool in left.pools] == [False, True]
    assert [pool.bound for pool in left.pools] == [Bound.MAX, Bound.MAX]
    assert "gpu goes from 1 to 2 pods, its maximum; cpu goes from 0 to 7 pods." in taken.text


def test_one_to_four_to_one_by_load_alone() -> None:
    world = World()
    seen = []
    for second in range(60):
        world.step(1 if second < 10 or second >= 30 else 8)
        seen.append(world.pool.current)

    assert seen[:10] == [1] * 10
    assert seen[10:30] == [4] * 20
    assert seen[30:39] == [4] * 9
    assert seen[39:45] == [3, 3, 2, 2, 1, 1]
    assert seen[45:] == [1] * 15


def test_a_dip_shorter_than_the_window_keeps_every_pod() -> None:
    world = World(replace(POOL, current=4))
    world.step(8)
    for _ in range(9):
        world.step(1)
    world.step(8)

    for _ in range(9):
        assert world.step(1).pools[0].bound == Bound.WINDOW

    assert world.pool.current == 4


def test_without_a_window_it_scales_in_at_once_by_steps() -> None:
    world = World(replace(POOL, current=4, in_window_seconds=0), window=Window(started_at=0))

    assert [world.step(1, seconds=2).pools[0].desired for _ in range(4)] == [3, 2, 1, 1]


def test_large_pools_shrink_by_a_tenth() -> None:
    large = replace(POOL, maximum=500, current=200, in_window_seconds=0)
    world = World(large)

    assert world.step(1).pools[0].desired == 180


@pytest.mark.parametrize(
    ("spare", "kept"),
    [
        pytest.param(0, 0, id="none"),
        pytest.param(6, 6, id="six in a hundred stay"),
        pytest.param(7, 7, id="for one pod in a hundred nothing moves"),
        pytest.param(12, 6, id="for six it does"),
    ],
)
def test_large_pools_keep_a_little_more_than_they_need(spare: int, kept: int) -> None:
    large = replace(POOL, maximum=500, in_window_seconds=0)
    [need] = desired(demand(294), pools=[large])

    assert need == 100
    assert desired(demand(294), pools=[replace(large, current=100 + spare)]) == [100 + kept]


def test_many_decisions_in_a_moment_take_one_step() -> None:
    world = World(replace(POOL, current=4, in_window_seconds=0))

    assert [world.step(1, seconds=0.1).pools[0].desired for _ in range(10)] == [3] * 10


def test_after_a_start_nothing_is_taken_until_a_window_of_history_exists() -> None:
    world = World(replace(POOL, current=4), window=Window(started_at=0))

    sizes = [world.step(1).pools[0].desired for _ in range(12)]

    assert sizes[:10] == [4] * 10
    assert sizes[10] == 3


def test_after_a_start_it_still_scales_out() -> None:
    assert desired(demand(8), window=Window(started_at=0)) == [4]


@pytest.mark.parametrize(
    ("age", "current", "expected"),
    [
        pytest.param(None, 3, 3, id="no node has ever spoken"),
        pytest.param(None, 0, 1, id="none has, and the pool is new"),
        pytest.param(15.1, 3, 3, id="older than fifteen seconds"),
        pytest.param(math.nan, 3, 3, id="an age that is no number"),
        pytest.param(60, 9, 4, id="stale, and the maximum was lowered"),
        pytest.param(15.0, 4, 3, id="just fresh enough"),
    ],
)
def test_stale_load_holds_every_pool(age: float | None, current: int, expected: int) -> None:
    pool = replace(POOL, current=current, in_window_seconds=0)

    assert desired(demand(1), pools=[pool], sources=aged(age)) == [expected]


def test_a_blackout_does_not_wipe_the_window() -> None:
    world = World(replace(POOL, current=4))
    world.step(8)
    for _ in range(5):
        world.step(0, sources=aged(20.0))

    assert world.step(1).pools[0].bound == Bound.WINDOW


def test_changed_bounds_apply_whatever_the_load() -> None:
    assert desired(demand(1), pools=[replace(POOL, current=9)], window=Window(0)) == [4]
    assert desired(pools=[replace(POOL, minimum=2)], sources=()) == [2]


@pytest.mark.parametrize(
    "hostile",
    [
        ClassDemand(LADDER, math.nan, math.nan, math.nan),
        ClassDemand(LADDER, math.inf, 2.0, math.inf),
        ClassDemand(LADDER, -5, -1.0, -3.0),
        ClassDemand(LADDER, 1, 0.0, 0.0),
    ],
    ids=["no numbers", "infinite", "negative", "no duration"],
)
def test_broken_numbers_stay_within_the_bounds(hostile: ClassDemand) -> None:
    broken = replace(POOL, service={LADDER: Service(math.nan, -1.0)})

    for pool in (POOL, broken):
        [pods] = desired(hostile, pools=[pool])
        assert 1 <= pods <= 4


def test_identity_changes_exactly_when_a_number_or_its_reason_does() -> None:
    world = World(window=replace(SEASONED, decision_id=41))

    first, same, more = world.step(1), world.step(1), world.step(8)

    assert (first.decision_id, same.decision_id, more.decision_id) == (42, 42, 43)


def test_a_pool_that_is_gone_leaves_nothing_in_the_window() -> None:
    _, window = decide(inputs(demand(1), pools=[GPU, POOL]), window=SEASONED)
    _, window = decide(inputs(demand(1)), window=window)

    assert set(window.needs) == {"cpu"}


@pytest.mark.parametrize(
    ("pool", "demands", "changes", "text"),
    [
        pytest.param(
            POOL,
            [demand(1)],
            {},
            "1 open stream keeps 0.3 slots busy; that needs 1 slot: cpu stays at 1 pod.",
            id="at rest",
        ),
        pytest.param(
            replace(POOL, pending_etas=(0.0,)),
            [demand(5)],
            {},
            "5 open streams keep 1.6 slots busy; that needs 3 slots: cpu goes from 1 to 3 pods, "
            "1 still starting.",
            id="out",
        ),
        pytest.param(
            POOL,
            [demand(80)],
            {"refused": 2},
            "80 open streams keep 26.6 slots busy, 2 sessions were refused; that needs 31 slots: "
            "cpu goes from 1 to 4 pods, its maximum, though 31 are needed.",
            id="at the maximum",
        ),
        pytest.param(
            POOL,
            [demand(1, waiting=4.0)],
            {},
            "1 open stream keeps 0.3 slots busy, 4.0 slot-seconds wait; that needs 3 slots: "
            "cpu goes from 1 to 3 pods to work off what waits within 2 s.",
            id="a backlog",
        ),
        pytest.param(
            replace(POOL, current=4),
            [],
            {},
            "No stream is open and nothing waits: cpu goes from 4 to 3 pods, a step towards 1.",
            id="a step in",
        ),
        pytest.param(
            POOL,
            [],
            {},
            "No stream is open and nothing waits: cpu stays at 1 pod, its minimum.",
            id="idle",
        ),
        pytest.param(
            POOL,
            [],
            {"sources": ()},
            "No node has reported its load yet: every pool keeps its size, within its bounds.",
            id="nothing heard",
        ),
        pytest.param(
            POOL,
            [],
            {"sources": aged(16)},
            "The load is older than 15 s: every pool keeps its size, within its bounds.",
            id="stale",
        ),
    ],
)
def test_every_decision_says_why(
    pool: PoolState, demands: list[ClassDemand], changes: dict[str, Any], text: str
) -> None:
    decision, _ = decide(inputs(*demands, pools=[pool], **changes), window=SEASONED)

    assert decision.text == text
