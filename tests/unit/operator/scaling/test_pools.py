"""What each pool gets: bridges, spares, prices, budgets, schedules and pods that are stuck."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.unit.operator.scaling.cases import (
    CPU,
    GPU,
    SEASONED,
    decided,
    demand,
    inputs,
    past,
)

from podium_operator.scaling import (
    Bound,
    Lookahead,
    PoolState,
    Preparation,
    decide,
)
from podium_operator.scaling.model import History


def test_a_jump_is_bridged_by_what_starts_fast() -> None:
    decision = decided(inputs(demand(400), pools=[GPU, CPU]))

    gpu, cpu = decision.pools
    assert (gpu.desired, cpu.desired) == (16, 15)  # 124 slots: 8 are ready
    assert (cpu.bound, cpu.until_seconds) == (Bound.BRIDGE, 90.0)
    assert "cpu goes from 0 to 15 pods to bridge 90 s until base pods are ready" in decision.text


@pytest.mark.parametrize(
    ("etas", "pods"),
    [
        pytest.param((80.0,) * 15, 15, id="base pods come too late to count"),
        pytest.param((14.0,) * 15, 0, id="they come as soon as overflow would"),
        pytest.param((14.0,) * 10 + (80.0,) * 5, 5, id="some do"),
    ],
)
def test_the_bridge_counts_what_will_be_up_in_time(etas: tuple[float, ...], pods: int) -> None:
    starting = replace(GPU, current=16, pending_etas=etas)

    assert decided(inputs(demand(400), pools=[starting, CPU])).pools[1].desired == pods


def test_the_bridge_does_not_run_on_forecasts() -> None:
    window = replace(SEASONED, history=past(300, lambda at: 60 if at < -60 else 60 + (at + 60)))
    ready = replace(GPU, current=16, ready=16)

    decision = decided(inputs(demand(400), pools=[ready, CPU]), window)

    assert [pool.desired for pool in decision.pools] == [23, 0]


@pytest.mark.parametrize(
    ("load", "pods"),
    [
        pytest.param(lambda at: 120 + 3 * at, 21, id="3 erlangs a second, for 15 s to come"),
        pytest.param(lambda at: 120 + 20 * at, 23, id="at most half of what is there"),
        pytest.param(lambda at: min(120, 135 + 3 * at), 15, id="it has paused"),
        pytest.param(lambda at: 120 + 3 * max(at, -10), 15, id="it has just begun"),
        pytest.param(lambda at: 120 + 0.05 * at, 15, id="less than a slot"),
        pytest.param(lambda at: 120 - 3 * at, 15, id="it falls"),
    ],
)
def test_the_bridge_reaches_for_where_a_climbing_load_will_be(
    load: Callable[[float], float], pods: int
) -> None:
    window = replace(SEASONED, history=past(300, load))

    decision = decided(inputs(demand(400), pools=[GPU, CPU]), window)

    assert decision.pools[1].desired == pods
    assert (decision.pools[1].lookahead is Lookahead.CLIMB) == (pods > 15)


def test_a_climb_is_told() -> None:
    window = replace(SEASONED, history=past(300, lambda at: 120 + 3 * at))

    decision = decided(inputs(demand(400), pools=[GPU, CPU]), window)

    assert decision.pools[1].lookahead_erlangs == pytest.approx(45.0)
    assert "ready, 45.0 more busy slots expected until they are up" in decision.text


def test_a_climb_that_base_pods_meet_is_not_bridged() -> None:
    window = replace(SEASONED, history=past(300, lambda at: 120 + 3 * at))
    ready = replace(GPU, current=16, ready=16)

    decision = decided(inputs(demand(400), pools=[ready, CPU]), window)

    assert decision.pools[1].desired == 0
    assert decision.pools[1].lookahead is Lookahead.NONE


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(((-1.5, 60.0), (-1.0, 80.0), (-0.5, 100.0)), id="young"),
        pytest.param(((-10.0, 60.0), (-10.0, 80.0), (-5.0, 100.0)), id="two of one moment"),
        pytest.param(((-5.0, 60.0), (-10.0, 80.0), (-6.0, 100.0)), id="in no order"),
    ],
)
def test_samples_that_tell_nothing_make_no_climb(history: History) -> None:
    decision = decided(inputs(demand(400), pools=[GPU, CPU]), replace(SEASONED, history=history))

    assert decision.pools[1].desired == 15


def test_the_bridge_goes_by_quarters_after_twenty_seconds() -> None:
    window, sizes = SEASONED, []
    bridging = replace(CPU, current=15, ready=15, in_window_seconds=180)
    busy = inputs(demand(400), pools=[GPU, bridging])
    _, window = decide(busy, window=window)
    for second in range(2, 40, 2):
        over = [replace(GPU, current=16, ready=16), bridging]
        decision, window = decide(replace(busy, now=second, pools=tuple(over)), window=window)
        sizes.append(decision.pools[1].desired)

    assert sizes[:9] == [15] * 9
    assert sizes[9] == 12


@pytest.mark.parametrize(
    ("overflow", "base", "choice", "why"),
    [
        pytest.param(CPU, GPU, Preparation.BRIDGE, "idle places cost nothing", id="shared"),
        pytest.param(
            replace(CPU, startup_seconds=90), GPU, Preparation.SPARES, "starts no faster", id="slow"
        ),
        pytest.param(
            replace(CPU, standby_cost_per_hour=0.1),
            replace(GPU, cost_per_hour=1.0),
            Preparation.BRIDGE,
            "costs less per slot",
            id="cheaper places",
        ),
        pytest.param(
            replace(CPU, standby_cost_per_hour=2.0),
            replace(GPU, cost_per_hour=1.0),
            Preparation.SPARES,
            "a warm slot of gpu costs less",
            id="dearer places",
        ),
        pytest.param(
            replace(CPU, standby_cost_per_hour=2.0),
            GPU,
            Preparation.SPARES,
            "gpu has no price",
            id="nothing to compare with",
        ),
    ],
)
def test_a_surge_is_prepared_for_by_the_cheaper_means(
    overflow: PoolState, base: PoolState, choice: Preparation, why: str
) -> None:
    prepared = replace(base, surge_percent=100)

    decision = decided(inputs(demand(200), pools=[prepared, overflow]))

    assert decision.surge.choice is choice
    assert why in decision.surge.why
    assert decision.surge.erlangs == 60.0
    assert decision.pools[0].need == (16 if choice is Preparation.SPARES else 8)


def test_both_answers_to_a_surge_are_priced() -> None:
    base = replace(GPU, surge_percent=100, cost_per_hour=1.0)
    places = replace(CPU, standby_cost_per_hour=2.0)

    decision = decided(inputs(demand(200), pools=[base, places]))

    assert (decision.surge.spares_per_hour, decision.surge.bridge_per_hour) == (7.5, 15.0)
    assert "left to warm spares" in decision.text
    assert "(spares 7.50 an hour, idle places 15.00 an hour)" in decision.text


def test_without_an_overflow_pool_spares_are_kept() -> None:
    decision = decided(inputs(demand(200), pools=[replace(GPU, surge_percent=50)]))

    assert decision.pools[0].lookahead is Lookahead.SPARES
    assert decision.pools[0].lookahead_erlangs == 30.0


@pytest.mark.parametrize(
    ("prices", "desired"),
    [
        pytest.param((None, None), [9, 0], id="in the spec's order"),
        pytest.param((1.0, None), [9, 0], id="so too where one has no price"),
        pytest.param((1.0, 0.4), [0, 9], id="the cheaper slot first"),
    ],
)
def test_base_pools_are_filled_by_price(
    prices: tuple[float | None, ...], desired: list[int]
) -> None:
    own, spot = (
        replace(GPU, name=name, minimum=0, current=0, cost_per_hour=price)
        for name, price in zip(("own", "spot"), prices, strict=True)
    )

    decision = decided(inputs(demand(220), pools=[own, spot]))

    assert [pool.desired for pool in decision.pools] == desired


def test_a_fast_slot_is_worth_its_price() -> None:
    own = replace(GPU, name="own", minimum=0, current=0, cost_per_hour=1.0, speed=4.0)
    spot = replace(GPU, name="spot", minimum=0, current=0, cost_per_hour=0.4)

    assert [pool.desired for pool in decided(inputs(demand(220), pools=[own, spot])).pools] == [
        9,
        0,
    ]


def test_the_budget_sheds_the_dearest_first_and_says_what_is_left_undone() -> None:
    base = replace(GPU, cost_per_hour=1.0)
    bridge = replace(CPU, cost_per_hour=2.0)

    decision = decided(inputs(demand(400), pools=[base, bridge], budget_per_hour=12.0))

    assert [pool.desired for pool in decision.pools] == [12, 0]
    assert [pool.bound for pool in decision.pools] == [Bound.BUDGET, Bound.BUDGET]
    assert decision.terms.cost_per_hour == 12.0
    assert decision.terms.unserved_segments_per_second == pytest.approx(200 * (1 - 96 / 124))
    assert "as the budget allows, though 16 are needed" in decision.text


def test_the_budget_never_goes_below_a_minimum() -> None:
    dear = replace(GPU, minimum=3, cost_per_hour=9.0)

    assert decided(inputs(demand(400), pools=[dear], budget_per_hour=1.0)).replicas == {"gpu": 3}


@pytest.mark.parametrize(
    ("floor", "pods", "bound"),
    [
        pytest.param(6, 6, Bound.SCHEDULE, id="a schedule raises"),
        pytest.param(1, 2, Bound.LOAD, id="and never lowers"),
        pytest.param(99, 60, Bound.SCHEDULE, id="nor goes above the maximum"),
    ],
)
def test_schedules_only_raise(floor: int, pods: int, bound: Bound) -> None:
    decision = decided(inputs(demand(30), pools=[replace(GPU, floor=floor)]))

    assert (decision.replicas["gpu"], decision.pools[0].bound) == (pods, bound)


def test_a_schedule_holds_in_a_blackout() -> None:
    decision = decided(inputs(pools=[replace(GPU, floor=6)], sources=()))

    assert decision.replicas == {"gpu": 6}


def test_stuck_pods_are_made_up_for_by_one_and_by_the_next_pool() -> None:
    broken = replace(GPU, current=10, ready=4, stuck=6, in_window_seconds=180)
    other = replace(GPU, name="other", minimum=0, current=0, ready=0)

    decision = decided(inputs(demand(220), pools=[broken, other]))

    assert [pool.desired for pool in decision.pools] == [10, 5]
    assert "6 stuck" in decision.text


def test_a_pool_that_only_breaks_is_not_driven_to_its_maximum() -> None:
    pods = 2
    for _ in range(30):
        broken = replace(GPU, current=pods, ready=0, stuck=pods)
        pods = decided(inputs(demand(220), pools=[broken])).replicas["gpu"]

    assert pods == 10


def test_streams_per_pod_bind_before_slots() -> None:
    decision = decided(inputs(demand(30), pools=[replace(GPU, streams_per_pod=4)]))

    assert (decision.replicas["gpu"], decision.pools[0].bound) == (8, Bound.STREAMS)
    assert "one for every 4 streams" in decision.text


def test_slots_lost_to_broken_devices_are_made_up_for() -> None:
    whole = decided(inputs(demand(220), pools=[GPU])).replicas["gpu"]
    halved = decided(inputs(demand(220), pools=[replace(GPU, slots=4.0)])).replicas["gpu"]

    assert (whole, halved) == (9, 18)


def test_pods_that_have_not_started_are_the_first_to_go() -> None:
    pool = replace(GPU, current=40, ready=37, pending_etas=(5.0, 9.0, 60.0))

    decision = decided(inputs(demand(220), pools=[pool]))

    assert (decision.replicas["gpu"], decision.pools[0].cancels) == (36, 3)
    assert "3 still starting, of which 3 are no longer wanted" in decision.text
