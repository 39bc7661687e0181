"""What holds for every load, pool and past: the invariants of the scaler, by their numbers.

The numbers are those of the policy's specification; 12 and more live in test_scaling_machine.
"""

import math
from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, given, settings, strategies as st
from tests.property.operator.moments import (
    Lived,
    based,
    clamped,
    followed,
    moments,
    pasts,
    pools,
)
from tests.unit.operator.scaling.cases import FRESH, LADDER, SEASONED, aged

from podium_operator.scaling import (
    Bound,
    ClassDemand,
    Hold,
    Inputs,
    PoolState,
    Role,
    Service,
    Source,
    Window,
    decide,
)
from podium_operator.scaling.bounds import bounded
from podium_operator.scaling.bridge import present_of
from podium_operator.scaling.staffing import Offered, slots_for
from podium_operator.scaling.workload import workload_of

_MOST_PODS = 10_000

thorough = settings(max_examples=1000)
services = st.builds(
    lambda mean, more: Service(mean_seconds=mean, p95_seconds=mean * more),
    st.floats(0.01, 5.0),
    st.floats(1, 3),
)


@thorough
@given(past=pasts, age=st.floats(0, 60))
def test_1_desired_stays_within_the_bounds(past: Lived, age: float) -> None:
    decision, _ = decide(replace(past.moment, sources=aged(age)), window=past.window)

    for pool, decided in zip(past.moment.pools, decision.pools, strict=True):
        assert min(pool.minimum, pool.maximum) <= decided.desired <= pool.maximum


@thorough
@given(
    past=pasts,
    index=st.integers(0, 2),
    streams=st.integers(0, 100),
    waiting=st.floats(0, 100),
    refused=st.integers(0, 20),
)
def test_2_more_load_never_asks_for_fewer_base_pods(
    past: Lived, index: int, streams: int, waiting: float, refused: int
) -> None:
    more = tuple(
        replace(
            demand,
            streams=demand.streams + streams,
            waiting_slot_seconds=demand.waiting_slot_seconds + waiting,
        )
        if place == index
        else demand
        for place, demand in enumerate(past.moment.demand)
    )
    heavier = replace(past.moment, demand=more, refused=past.moment.refused + refused)

    lower, _ = decide(past.moment, window=past.window)
    higher, _ = decide(heavier, window=past.window)

    for pool in based(past.moment):
        assert higher.replicas[pool.name] >= lower.replicas[pool.name]


@thorough
@given(past=pasts, ready=st.integers(0, 50))
def test_3_pods_that_are_starting_are_not_asked_for_again(past: Lived, ready: int) -> None:
    starting = tuple(
        replace(pool, ready=0, pending_etas=(*pool.pending_etas, *([30.0] * pool.ready)))
        for pool in past.moment.pools
    )

    one, _ = decide(past.moment, window=past.window)
    other, _ = decide(replace(past.moment, pools=starting), window=past.window)

    for pool in based(past.moment):
        assert one.replicas[pool.name] == other.replicas[pool.name]


@thorough
@given(
    past=pasts,
    age=st.one_of(st.none(), st.floats(min_value=15.01), st.just(math.nan)),
)
def test_4_stale_load_keeps_what_is_there(past: Lived, age: float | None) -> None:

    decision, _ = decide(replace(past.moment, sources=aged(age)), window=past.window)

    assert decision.stale
    for pool in past.moment.pools:
        assert decision.replicas[pool.name] == clamped(pool, pool.current)


@thorough
@given(past=pasts, age=st.floats(min_value=15.01))
def test_4_one_silent_source_takes_nothing_away(past: Lived, age: float) -> None:
    partly = replace(past.moment, sources=(*FRESH, Source("other", age)))

    decision, _ = decide(partly, window=past.window)
    whole, _ = decide(past.moment, window=past.window)

    assert decision.terms.silent == ("other",)
    for pool in past.moment.pools:
        kept = clamped(pool, pool.current)
        assert decision.replicas[pool.name] >= kept
        if pool.role is Role.BASE:
            assert decision.replicas[pool.name] == max(kept, whole.replicas[pool.name])


@thorough
@given(past=pasts)
def test_5_a_step_in_takes_at_most_a_tenth_and_a_quarter_of_overflow(past: Lived) -> None:
    decision, _ = decide(past.moment, window=past.window)

    for pool in past.moment.pools:
        current = clamped(pool, pool.current)
        step = current // 10 if pool.role is Role.BASE else current // 4
        assert decision.replicas[pool.name] >= current - max(1, step)


@thorough
@given(past=pasts)
def test_6_pods_are_kept_for_the_highest_need_of_the_window(past: Lived) -> None:
    decision, _ = decide(past.moment, window=past.window)

    for place, pool in enumerate(past.moment.pools):
        window = pool.in_window_seconds
        window = window if pool.role is Role.BASE else min(window, 20.0)
        needs = [
            before.pools[place].need
            for at, before in past.decisions
            if at > past.moment.now - window
        ]
        kept = min(clamped(pool, pool.current), max(needs, default=0), pool.maximum)
        assert decision.replicas[pool.name] >= kept


@thorough
@given(pool=pools, streams=st.integers(0, 60), factor=st.integers(2, 20))
def test_7_constant_load_settles_and_never_turns_back(
    pool: PoolState, streams: int, factor: int
) -> None:
    pool = replace(pool, current=pool.current % 16)
    moment = Inputs(0.0, FRESH, (ClassDemand(LADDER, streams, 2.0),), (pool,))
    window, sizes = SEASONED, []
    for _ in range(15):
        decision, window = decide(moment, window=window)
        moment = followed(moment, decision, seconds=float(factor))
        sizes.append(decision.replicas["gpu"])

    decision, window = decide(replace(moment, now=moment.now + 1e4), window=window)
    final, _ = decide(followed(moment, decision, seconds=2e4), window=window)
    turns = {after > before for before, after in pairwise(sizes) if after != before}
    assert len(turns) <= 1
    assert sizes == sorted(sizes) or sizes == sorted(sizes, reverse=True)
    if factor >= 2 and pool.in_window_seconds == 0:
        assert final.replicas["gpu"] == sizes[-1]


@thorough
@given(past=pasts, budget=st.floats(0, 300), age=st.floats(0, 30))
def test_8_no_more_is_spent_than_the_budget_or_the_minimums(
    past: Lived, budget: float, age: float
) -> None:
    limited = replace(past.moment, budget_per_hour=budget, sources=aged(age))

    decision, _ = decide(limited, window=past.window)

    prices = {pool.name: pool.cost_per_hour or 0.0 for pool in past.moment.pools}
    spent = sum(prices[name] * pods for name, pods in decision.replicas.items())
    least = sum(prices[pool.name] * min(pool.minimum, pool.maximum) for pool in past.moment.pools)
    assert spent <= max(budget, least) + 1e-6
    for pool in past.moment.pools:
        assert decision.replicas[pool.name] >= min(pool.minimum, pool.maximum)


@thorough
@given(past=pasts, more=st.integers(0, 5))
def test_9_no_overflow_while_ready_base_pods_serve_the_present(past: Lived, more: int) -> None:
    moment = bounded(past.moment)
    workload = workload_of(moment, SEASONED)
    gpu, _, cpu = moment.pools
    whole = present_of(workload, moment.pools, [cpu]).slots["gpu"]
    ready = max(
        math.ceil(whole / gpu.slots),
        math.ceil(workload.streams / gpu.streams_per_pod) if gpu.streams_per_pod else 0,
    )
    assume(ready + more <= _MOST_PODS)  # else the pool's maximum takes ready pods away
    pools = (replace(gpu, ready=ready + more, maximum=_MOST_PODS), *moment.pools[1:])

    decision, _ = decide(replace(past.moment, pools=pools), window=SEASONED)

    assert decision.pools[2].need == 0


@thorough
@given(
    loads=st.lists(st.floats(0, 500), min_size=2, max_size=20).map(sorted),
    service=services,
    segment=st.sampled_from([1.0, 2.0, 4.0]),
)
def test_10_slots_grow_with_the_load(loads: list[float], service: Service, segment: float) -> None:
    slots = [
        slots_for([Offered(load, segment, service.mean_seconds, service.p95_seconds)])
        for load in loads
    ]

    assert slots == sorted(slots)


@thorough
@given(
    classes=st.lists(st.tuples(st.floats(0, 200), services), min_size=1, max_size=4),
    more=st.floats(0, 50),
    segment=st.sampled_from([1.0, 2.0, 4.0]),
)
def test_10_slots_grow_with_the_load_of_any_class(
    classes: list[tuple[float, Service]], more: float, segment: float
) -> None:
    offered = [Offered(load, segment, one.mean_seconds, one.p95_seconds) for load, one in classes]
    first = replace(offered[0], streams=offered[0].streams + more)

    assert slots_for([first, *offered[1:]]) >= slots_for(offered)


@thorough
@given(pool=pools, streams=st.integers(34, 600), dip=st.floats(0, 0.03))
def test_11_a_small_dip_changes_nothing_even_without_a_past(
    pool: PoolState, streams: int, dip: float
) -> None:
    moment = Inputs(0.0, FRESH, (ClassDemand(LADDER, streams, 2.0),), (pool,))
    settled, _ = decide(
        replace(moment, pools=(replace(pool, current=0),)), window=Window(started_at=-1e6)
    )
    fewer = streams - int(dip * streams)
    dipped = replace(
        moment,
        demand=(ClassDemand(LADDER, fewer, 2.0),),
        pools=(replace(pool, current=settled.replicas["gpu"]),),
    )

    decision, _ = decide(dipped, window=Window(started_at=-1e6))

    assert decision.replicas == settled.replicas


@thorough
@given(pool=pools, streams=st.integers(0, 600), most=st.integers(1, 50))
def test_no_pod_is_left_with_more_streams_than_its_encoder_takes(
    pool: PoolState, streams: int, most: int
) -> None:
    pool = replace(pool, streams_per_pod=most)

    decision, _ = decide(
        Inputs(0.0, FRESH, (ClassDemand(LADDER, streams, 2.0),), (pool,)), window=SEASONED
    )

    assert decision.replicas["gpu"] >= min(pool.maximum, math.ceil(streams / most))


@thorough
@given(past=pasts)
def test_the_same_inputs_give_the_same_decision(past: Lived) -> None:

    assert decide(past.moment, window=past.window) == decide(past.moment, window=past.window)


@thorough
@given(past=pasts, back=st.floats(0.001, 1e4))
def test_a_clock_that_goes_back_moves_nothing(past: Lived, back: float) -> None:
    _, window = decide(past.moment, window=past.window)

    decision, _ = decide(replace(past.moment, now=past.moment.now - back), window=window)

    assert decision.hold is Hold.CLOCK
    for pool in past.moment.pools:
        assert decision.replicas[pool.name] == clamped(pool, pool.current)


@thorough
@given(moment=moments)
def test_after_a_start_pools_only_grow(moment: Inputs) -> None:
    moment = replace(moment, pools=tuple(replace(p, in_window_seconds=180) for p in moment.pools))
    decision, _ = decide(moment, window=Window(started_at=moment.now - 19.0))

    for pool in moment.pools:
        assert decision.replicas[pool.name] >= clamped(pool, pool.current)


@thorough
@given(
    moment=moments,
    streams=st.one_of(st.floats(), st.integers()),
    numbers=st.tuples(*[st.floats()] * 8),
)
def test_no_number_from_outside_can_break_a_decision(
    moment: Inputs, streams: float, numbers: tuple[float, ...]
) -> None:
    segment, waiting, mean, p95, slots, startup, price, busy = numbers
    broken = tuple(
        replace(
            pool,
            service={LADDER: Service(mean, p95)},
            slots=slots,
            startup_seconds=startup,
            cost_per_hour=price,
            pending_etas=(startup, mean),
        )
        for pool in moment.pools
    )
    hostile = replace(
        moment,
        demand=(ClassDemand(LADDER, streams, segment, waiting),),
        pools=broken,
        busy_slot_seconds=busy,
        predicted_slot_seconds=mean,
        budget_per_hour=busy,
    )

    decision, window = decide(hostile, window=SEASONED)
    decide(replace(hostile, now=hostile.now + 5), window=window)

    for pool in moment.pools:
        assert min(pool.minimum, pool.maximum) <= decision.replicas[pool.name] <= pool.maximum
    assert all(pool.bound in Bound for pool in decision.pools)
