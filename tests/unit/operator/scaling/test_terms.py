"""Every term of the policy, one claim each: what raises, bridges, is paid for and is held."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from tests.unit.operator.scaling.cases import FRESH, LADDER, SEASONED, demand, inputs

from podium_operator.scaling import (
    Bound,
    Canary,
    ClassDemand,
    Decision,
    Hold,
    Inputs,
    Lookahead,
    PoolState,
    Preparation,
    Role,
    Service,
    Source,
    Window,
    decide,
)
from podium_operator.scaling.model import History
from podium_operator.scaling.staffing import slots_for

SERVICE = {LADDER: Service(0.6, 0.8)}
GPU = PoolState(
    name="gpu",
    minimum=1,
    maximum=60,
    slots=8,
    current=1,
    ready=1,
    startup_seconds=90,
    in_window_seconds=0,
    service=SERVICE,
)
CPU = replace(
    GPU, name="cpu", role=Role.OVERFLOW, minimum=0, current=0, ready=0, startup_seconds=15
)


def _decided(moment: Inputs, window: Window = SEASONED) -> Decision:
    decision, _ = decide(moment, window=window)
    return decision


def _past(seconds: int, load: Any) -> History:
    return tuple((float(at - seconds), float(load(at - seconds))) for at in range(0, seconds, 5))


@pytest.mark.parametrize(
    ("busy", "predicted", "kappa"),
    [
        pytest.param(100, 100, 1.0, id="as predicted"),
        pytest.param(104, 100, 1.0, id="a tremble is none"),
        pytest.param(130, 100, 1.3, id="a third more than measured segments explain"),
        pytest.param(900, 100, 3.0, id="three times at most"),
        pytest.param(50, 100, 1.0, id="less never counts"),
        pytest.param(30, 9, 1.0, id="too little work says nothing"),
    ],
)
def test_busy_slots_correct_the_model(busy: float, predicted: float, kappa: float) -> None:
    moment = inputs(
        demand(200), pools=[GPU], busy_slot_seconds=busy, predicted_slot_seconds=predicted
    )

    terms = _decided(moment).terms

    assert terms.kappa == pytest.approx(kappa)
    assert terms.load_erlangs == pytest.approx(60 * kappa)


def test_a_small_correction_does_not_double_a_small_pool() -> None:
    slow = replace(GPU, slots=1, service={LADDER: Service(0.85, 0.94)})
    moment = inputs(demand(4), pools=[slow], busy_slot_seconds=22.0, predicted_slot_seconds=20.0)

    decision = _decided(moment)

    assert decision.terms.kappa == pytest.approx(1.1)
    assert decision.replicas["gpu"] == 2  # two streams a slot, as without the correction


def test_a_load_that_grows_is_met_a_start_ahead() -> None:
    window = replace(SEASONED, history=_past(300, lambda at: 60 if at < -60 else 60 + (at + 60)))

    decision = _decided(inputs(demand(400), pools=[GPU]), window)

    assert decision.pools[0].lookahead is Lookahead.GROWTH
    assert decision.pools[0].lookahead_erlangs == 60.0  # 1 a second for 90 s, half the load at most
    assert decision.pools[0].need == 23  # 124 slots, and 60 more
    assert "60.0 more busy slots expected within 90 s" in decision.text


def test_a_rise_within_the_noise_is_none() -> None:
    draw = Random(7)
    noisy = replace(SEASONED, history=_past(600, lambda _: draw.uniform(60, 80)))

    assert _decided(inputs(demand(266), pools=[GPU]), noisy).terms.growth_erlangs_per_second == 0


def test_what_the_load_has_lately_risen_by_is_kept_ahead() -> None:
    churning = replace(SEASONED, history=_past(1800, lambda at: 60 + 10 * ((at // 90) % 2)))

    decision = _decided(inputs(demand(200), pools=[GPU, CPU]), churning)

    assert decision.pools[0].lookahead is Lookahead.LEAD
    assert decision.pools[0].lookahead_erlangs == 10.0


def test_a_rise_by_less_than_a_slot_moves_nothing() -> None:
    calm = replace(SEASONED, history=_past(1800, lambda at: 60 + 0.5 * ((at // 90) % 2)))

    assert _decided(inputs(demand(200), pools=[GPU]), calm).pools[0].lookahead is Lookahead.NONE


def test_a_jump_is_bridged_by_what_starts_fast() -> None:
    decision = _decided(inputs(demand(400), pools=[GPU, CPU]))

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

    assert _decided(inputs(demand(400), pools=[starting, CPU])).pools[1].desired == pods


def test_the_bridge_does_not_run_on_forecasts() -> None:
    window = replace(SEASONED, history=_past(300, lambda at: 60 if at < -60 else 60 + (at + 60)))
    ready = replace(GPU, current=16, ready=16)

    decision = _decided(inputs(demand(400), pools=[ready, CPU]), window)

    assert [pool.desired for pool in decision.pools] == [23, 0]


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

    decision = _decided(inputs(demand(200), pools=[prepared, overflow]))

    assert decision.surge.choice is choice
    assert why in decision.surge.why
    assert decision.surge.erlangs == 60.0
    assert decision.pools[0].need == (16 if choice is Preparation.SPARES else 8)


def test_both_answers_to_a_surge_are_priced() -> None:
    base = replace(GPU, surge_percent=100, cost_per_hour=1.0)
    places = replace(CPU, standby_cost_per_hour=2.0)

    decision = _decided(inputs(demand(200), pools=[base, places]))

    assert (decision.surge.spares_per_hour, decision.surge.bridge_per_hour) == (7.5, 15.0)
    assert "left to warm spares" in decision.text
    assert "(spares 7.50 an hour, idle places 15.00 an hour)" in decision.text


def test_without_an_overflow_pool_spares_are_kept() -> None:
    decision = _decided(inputs(demand(200), pools=[replace(GPU, surge_percent=50)]))

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

    decision = _decided(inputs(demand(220), pools=[own, spot]))

    assert [pool.desired for pool in decision.pools] == desired


def test_a_fast_slot_is_worth_its_price() -> None:
    own = replace(GPU, name="own", minimum=0, current=0, cost_per_hour=1.0, speed=4.0)
    spot = replace(GPU, name="spot", minimum=0, current=0, cost_per_hour=0.4)

    assert [pool.desired for pool in _decided(inputs(demand(220), pools=[own, spot])).pools] == [
        9,
        0,
    ]


def test_the_budget_sheds_the_dearest_first_and_says_what_is_left_undone() -> None:
    base = replace(GPU, cost_per_hour=1.0)
    bridge = replace(CPU, cost_per_hour=2.0)

    decision = _decided(inputs(demand(400), pools=[base, bridge], budget_per_hour=12.0))

    assert [pool.desired for pool in decision.pools] == [12, 0]
    assert [pool.bound for pool in decision.pools] == [Bound.BUDGET, Bound.BUDGET]
    assert decision.terms.cost_per_hour == 12.0
    assert decision.terms.unserved_segments_per_second == pytest.approx(200 * (1 - 96 / 124))
    assert "as the budget allows, though 16 are needed" in decision.text


def test_the_budget_never_goes_below_a_minimum() -> None:
    dear = replace(GPU, minimum=3, cost_per_hour=9.0)

    assert _decided(inputs(demand(400), pools=[dear], budget_per_hour=1.0)).replicas == {"gpu": 3}


@pytest.mark.parametrize(
    ("floor", "pods", "bound"),
    [
        pytest.param(6, 6, Bound.SCHEDULE, id="a schedule raises"),
        pytest.param(1, 2, Bound.LOAD, id="and never lowers"),
        pytest.param(99, 60, Bound.SCHEDULE, id="nor goes above the maximum"),
    ],
)
def test_schedules_only_raise(floor: int, pods: int, bound: Bound) -> None:
    decision = _decided(inputs(demand(30), pools=[replace(GPU, floor=floor)]))

    assert (decision.replicas["gpu"], decision.pools[0].bound) == (pods, bound)


def test_a_schedule_holds_in_a_blackout() -> None:
    decision = _decided(inputs(pools=[replace(GPU, floor=6)], sources=()))

    assert decision.replicas == {"gpu": 6}


def test_stuck_pods_are_made_up_for_by_one_and_by_the_next_pool() -> None:
    broken = replace(GPU, current=10, ready=4, stuck=6, in_window_seconds=180)
    other = replace(GPU, name="other", minimum=0, current=0, ready=0)

    decision = _decided(inputs(demand(220), pools=[broken, other]))

    assert [pool.desired for pool in decision.pools] == [10, 5]
    assert "6 stuck" in decision.text


def test_a_pool_that_only_breaks_is_not_driven_to_its_maximum() -> None:
    pods = 2
    for _ in range(30):
        broken = replace(GPU, current=pods, ready=0, stuck=pods)
        pods = _decided(inputs(demand(220), pools=[broken])).replicas["gpu"]

    assert pods == 10


def test_streams_per_pod_bind_before_slots() -> None:
    decision = _decided(inputs(demand(30), pools=[replace(GPU, streams_per_pod=4)]))

    assert (decision.replicas["gpu"], decision.pools[0].bound) == (8, Bound.STREAMS)
    assert "one for every 4 streams" in decision.text


def test_a_silent_node_keeps_its_streams_and_takes_nothing_away() -> None:
    sources = (*FRESH, Source("node-1", 16.0))
    pool = replace(GPU, current=20)

    fewer = _decided(inputs(demand(30), pools=[pool], sources=sources))
    more = _decided(inputs(demand(900), pools=[pool], sources=sources))

    assert (fewer.replicas["gpu"], fewer.pools[0].bound) == (20, Bound.SILENT)
    assert more.replicas["gpu"] == 35
    assert "(node-1 silent: nothing is taken away)" in fewer.text


def test_a_crowd_without_a_segment_is_believed_on_the_second_tick() -> None:
    quiet = inputs(demand(10), pools=[GPU], segments=40)
    _, window = decide(quiet, window=SEASONED)
    crowd = replace(quiet, now=2.0, demand=(demand(900),), segments=0)

    first, window = decide(crowd, window=window)
    soon, window = decide(replace(crowd, now=3.0), window=window)
    second, _ = decide(replace(crowd, now=4.0), window=window)

    assert (first.hold, first.replicas["gpu"]) == (Hold.IMPLAUSIBLE, 1)
    assert soon.hold is Hold.IMPLAUSIBLE
    assert (second.hold, second.replicas["gpu"]) == (Hold.NONE, 35)


@pytest.mark.parametrize("segments", [None, 1])
def test_a_crowd_that_pushes_is_believed_at_once(segments: int | None) -> None:
    quiet = inputs(demand(10), pools=[GPU], segments=40)
    _, window = decide(quiet, window=SEASONED)

    decision = _decided(replace(quiet, now=2.0, demand=(demand(900),), segments=segments), window)

    assert decision.replicas["gpu"] == 35


def _clear(**changes: Any) -> Window:
    """A window of a past in which every report came in time."""
    return replace(SEASONED, clear_since=-1e6, **changes)


@pytest.mark.parametrize(
    ("streams", "segments", "pace"),
    [
        pytest.param(100, 500, 1.0, id="as many as streams explain"),
        pytest.param(100, 560, 1.0, id="a little more is chance"),
        pytest.param(100, 900, 1.8, id="streams that catch up push faster"),
        pytest.param(100, 9000, 3.0, id="three times at most"),
        pytest.param(100, 100, 1.0, id="fewer say nothing"),
        pytest.param(1, 6, 1.0, id="a segment on the edge of the window"),
        pytest.param(100, None, 1.0, id="nobody counts"),
        pytest.param(0, 50, 1.0, id="of streams that have gone"),
    ],
)
def test_segments_that_streams_do_not_explain_are_load(
    streams: int, segments: int | None, pace: float
) -> None:
    moment = inputs(demand(streams), pools=[GPU], segments=segments)

    terms = _decided(moment, _clear(streams=100.0)).terms

    assert terms.pace == pytest.approx(pace)
    assert terms.load_erlangs == pytest.approx(0.3 * streams * pace)


def test_segments_of_a_silence_are_not_of_the_last_seconds() -> None:
    moment = inputs(demand(100), pools=[GPU], segments=9000)
    silent = replace(moment, sources=(Source("node", 6.0),))
    _, window = decide(silent, window=_clear(streams=100.0))
    paces = []
    for second in range(2, 16, 2):
        decision, window = decide(replace(moment, now=float(second)), window=window)
        paces.append(decision.terms.pace)

    assert paces == [1.0] * 5 + [3.0] * 2


def _late(window: Window, *, late: int = 5, answered: int | None = 200, **changes: Any) -> float:
    pool = replace(GPU, current=20, ready=20, **changes)
    moment = inputs(demand(100), pools=[pool], answered=answered, late=late)
    _, following = decide(moment, window=window)
    return following.lateness


@pytest.mark.parametrize(
    ("changes", "lateness"),
    [
        pytest.param({}, 1.1, id="late though nothing is missing"),
        pytest.param({"late": 1}, 1.0, id="one in two hundred is borne"),
        pytest.param({"answered": 99}, 1.0, id="of few answers it is chance"),
        pytest.param({"answered": None}, 1.0, id="nobody counts"),
        pytest.param({"pending_etas": (3.0,)}, 1.0, id="pods are still starting"),
        pytest.param({"stuck": 1}, 1.0, id="pods do not come"),
        pytest.param({"slots": 1.0}, 1.0, id="fewer slots serve than the model wants"),
    ],
)
def test_late_segments_raise_what_the_model_wants(changes: dict[str, Any], lateness: float) -> None:
    assert _late(_clear(), **changes) == pytest.approx(lateness)


def test_lateness_rises_by_tenths_to_twice_and_fades() -> None:
    assert _late(_clear(lateness=1.1, lateness_at=-5.9)) == 1.1
    assert _late(_clear(lateness=1.1, lateness_at=-6.0)) == pytest.approx(1.21)
    assert _late(_clear(lateness=1.95, lateness_at=-6.0)) == 2.0
    assert _late(_clear(lateness=1.5, lateness_at=-29.0), late=0) == 1.5
    assert _late(_clear(lateness=1.5, lateness_at=-30.0), late=0) == pytest.approx(1.47)
    assert _late(_clear(lateness=1.01, lateness_at=-30.0), late=0) == 1.0
    assert _late(SEASONED) == 1.0


def test_lateness_is_said_and_multiplies_slots() -> None:
    plain = _decided(inputs(demand(400), pools=[GPU]))
    late = _decided(inputs(demand(400), pools=[GPU]), _clear(lateness=1.5, lateness_at=0.0))

    assert (plain.terms.staffed_slots, late.terms.staffed_slots) == (124, 186)
    assert late.pools[0].bound is Bound.LATENESS
    assert "1.50 times the slots for segments that were late" in late.text


def test_zero_is_reached_and_left_without_a_cliff() -> None:
    pool = replace(GPU, minimum=0, current=2, ready=2, in_window_seconds=10)
    window, sizes = SEASONED, []
    for second in range(0, 40, 2):
        moment = inputs(demand(30 if second < 4 else 0), pools=[pool], now=float(second))
        decision, window = decide(moment, window=window)
        pool = replace(pool, current=decision.replicas["gpu"])
        sizes.append(pool.current)

    assert sizes[:6] == [2] * 6
    assert sizes[-1] == 0
    assert all(before - after <= 1 for before, after in pairwise(sizes))
    assert _decided(inputs(demand(400), pools=[pool])).replicas["gpu"] == 16


@pytest.mark.parametrize(
    ("changes", "mean"),
    [
        pytest.param({"service": SERVICE}, 0.6, id="measured here"),
        pytest.param({"canary": {LADDER: Canary(0.2, 1.0)}}, 0.4, id="tested here"),
        pytest.param(
            {"canary": {"h264/640x360@30": Canary(0.1, 1.0)}}, 1.0, id="by the pixels of its test"
        ),
        pytest.param(
            {
                "canary": {
                    "h264/640x360@30": Canary(0.1, 1.0),
                    "h264-h265/640x360@30": Canary(0.9, 1.0),
                }
            },
            1.0,
            id="by a test of its own codecs",
        ),
        pytest.param(
            {"service": {"h264/x": Service(0.9, 1.1)}}, 0.9, id="as the slowest known here"
        ),
        pytest.param({}, 1.0, id="half of its time"),
    ],
)
def test_a_class_costs_what_is_known_best(changes: dict[str, Any], mean: float) -> None:
    pool = replace(GPU, **{"service": {}, **changes})

    terms = _decided(inputs(demand(1), pools=[pool])).terms

    assert terms.load_erlangs == pytest.approx(mean / 2)


def test_what_another_pool_measured_is_scaled_by_speed() -> None:
    fast = replace(GPU, speed=2.0, service={})
    slow = replace(CPU, name="slow", role=Role.BASE)

    terms = _decided(inputs(demand(10), pools=[fast, slow])).terms

    assert terms.load_erlangs == pytest.approx(10 * 0.3 / 2)


def test_slots_lost_to_broken_devices_are_made_up_for() -> None:
    whole = _decided(inputs(demand(220), pools=[GPU])).replicas["gpu"]
    halved = _decided(inputs(demand(220), pools=[replace(GPU, slots=4.0)])).replicas["gpu"]

    assert (whole, halved) == (9, 18)


def test_pods_that_have_not_started_are_the_first_to_go() -> None:
    pool = replace(GPU, current=40, ready=37, pending_etas=(5.0, 9.0, 60.0))

    decision = _decided(inputs(demand(220), pools=[pool]))

    assert (decision.replicas["gpu"], decision.pools[0].cancels) == (36, 3)
    assert "3 still starting, of which 3 are no longer wanted" in decision.text


def test_one_decision_costs_in_proportion_to_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def counted(offered: Any) -> int:
        nonlocal calls
        calls += 1
        return slots_for(offered)

    monkeypatch.setattr("podium_operator.scaling.workload.slots_for", counted)
    counts = []
    for pools in (50, 100, 200):
        calls = 0
        many = [replace(GPU, name=f"p{n}", maximum=3) for n in range(pools // 2)]
        many += [replace(CPU, name=f"o{n}", maximum=3) for n in range(pools // 2)]
        _decided(inputs(demand(9000), ClassDemand("h264/x", 500, 2.0), pools=many))
        counts.append(calls)

    assert counts == [100, 200, 400]
