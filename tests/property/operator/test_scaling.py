"""What holds for every load, pool and past: the invariants of the scaler."""

import math
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings, strategies as st
from tests.unit.operator.scaling.cases import LADDER, SEASONED

from podium_operator.scaling import ClassDemand, Inputs, PoolState, Service, Window, decide
from podium_operator.scaling.staffing import Offered, slots_for

OTHER = "h264/other"
seconds = st.floats(0.01, 5.0)
services = st.builds(
    lambda mean, more: Service(mean_seconds=mean, p95_seconds=mean * more),
    seconds,
    st.floats(1, 3),
)


@st.composite
def pools(draw: st.DrawFn, name: str = "cpu") -> PoolState:
    minimum = draw(st.integers(0, 20))
    return PoolState(
        name=name,
        minimum=minimum,
        maximum=minimum + draw(st.integers(1, 60)),
        slots=draw(st.integers(1, 8)),
        target_backlog_seconds=draw(st.floats(0.5, 10)),
        in_window_seconds=draw(st.sampled_from([0.0, 10.0, 180.0])),
        current=draw(st.integers(0, 100)),
        ready=draw(st.integers(0, 50)),
        pending=draw(st.integers(0, 50)),
        service=draw(st.dictionaries(st.sampled_from([LADDER, OTHER]), services)),
    )


demands = st.builds(
    ClassDemand,
    load_class=st.sampled_from([LADDER, OTHER, "h264/new"]),
    streams=st.integers(0, 300),
    segment_seconds=st.sampled_from([1.0, 2.0, 4.0, 10.0]),
    waiting_slot_seconds=st.floats(0, 200),
)
moments = st.builds(
    Inputs,
    now=st.floats(0, 1000),
    sample_age_seconds=st.floats(0, 14),
    demand=st.lists(demands, max_size=3).map(tuple),
    pools=st.tuples(pools("gpu"), pools("cpu")),
    refused=st.integers(0, 50),
)
histories = st.lists(st.tuples(st.floats(0.1, 30), st.integers(0, 200)), max_size=12)


def _lived(moment: Inputs, history: list[tuple[float, int]]) -> tuple[Inputs, Window]:
    """The moment after a past of other loads, and the window that past left."""
    window, now = Window(started_at=moment.now), moment.now
    for wait, streams in history:
        other = replace(moment, now=now, demand=(ClassDemand(LADDER, streams, 2.0),))
        _, window = decide(other, window=window)
        now += wait
    return replace(moment, now=now), window


def _clamped(pool: PoolState, pods: int) -> int:
    return max(pool.minimum, min(pods, pool.maximum))


@given(moment=moments, history=histories)
def test_desired_stays_within_the_bounds(moment: Inputs, history: list[tuple[float, int]]) -> None:
    moment, window = _lived(moment, history)
    decision, _ = decide(moment, window=window)

    for pool, decided in zip(moment.pools, decision.pools, strict=True):
        assert pool.minimum <= decided.desired <= pool.maximum


@given(
    moment=moments,
    index=st.integers(0, 2),
    streams=st.integers(0, 100),
    waiting=st.floats(0, 100),
    refused=st.integers(0, 20),
)
def test_more_load_never_asks_for_fewer_pods(
    moment: Inputs, index: int, streams: int, waiting: float, refused: int
) -> None:
    more = tuple(
        replace(
            demand,
            streams=demand.streams + streams,
            waiting_slot_seconds=demand.waiting_slot_seconds + waiting,
        )
        if place == index
        else demand
        for place, demand in enumerate(moment.demand)
    )
    heavier = replace(moment, demand=more, refused=moment.refused + refused)

    lower, _ = decide(moment, window=SEASONED)
    higher, _ = decide(heavier, window=SEASONED)

    for before, after in zip(lower.pools, higher.pools, strict=True):
        assert after.need >= before.need
        assert after.desired >= before.desired


@given(moment=moments, history=histories, ready=st.integers(0, 50))
def test_pods_that_are_starting_are_not_asked_for_again(
    moment: Inputs, history: list[tuple[float, int]], ready: int
) -> None:
    moment, window = _lived(moment, history)
    starting = tuple(
        replace(pool, ready=ready, pending=pool.ready + pool.pending) for pool in moment.pools
    )

    one, _ = decide(moment, window=window)
    other, _ = decide(replace(moment, pools=starting), window=window)

    assert one.replicas == other.replicas


@given(
    moment=moments,
    history=histories,
    age=st.one_of(st.none(), st.floats(min_value=15.01), st.just(math.nan)),
)
def test_stale_load_keeps_what_is_there(
    moment: Inputs, history: list[tuple[float, int]], age: float | None
) -> None:
    moment, window = _lived(moment, history)

    decision, _ = decide(replace(moment, sample_age_seconds=age), window=window)

    for pool in moment.pools:
        assert decision.replicas[pool.name] == _clamped(pool, pool.current)


@given(moment=moments, history=histories)
def test_a_step_in_takes_at_most_a_tenth(moment: Inputs, history: list[tuple[float, int]]) -> None:
    moment, window = _lived(moment, history)
    decision, _ = decide(moment, window=window)

    for pool in moment.pools:
        current = _clamped(pool, pool.current)
        assert decision.replicas[pool.name] >= current - max(1, current // 10)


@given(moment=moments, history=histories)
def test_pods_are_kept_for_the_highest_need_of_the_window(
    moment: Inputs, history: list[tuple[float, int]]
) -> None:
    highest: dict[str, int] = {}
    window, now = Window(started_at=moment.now), moment.now
    end = now + sum(wait for wait, _ in history)
    for wait, streams in history:
        other = replace(moment, now=now, demand=(ClassDemand(LADDER, streams, 2.0),))
        decision, window = decide(other, window=window)
        for pool, decided in zip(moment.pools, decision.pools, strict=True):
            if now > end - pool.in_window_seconds:
                highest[pool.name] = max(highest.get(pool.name, 0), decided.need)
        now += wait

    decision, _ = decide(replace(moment, now=now), window=window)

    for pool in moment.pools:
        current = _clamped(pool, pool.current)
        kept = min(current, highest.get(pool.name, 0), pool.maximum)
        assert decision.replicas[pool.name] >= kept


@settings(max_examples=60)
@given(moment=moments)
def test_constant_load_settles_and_never_turns_back(moment: Inputs) -> None:
    window, sizes = SEASONED, []
    for _ in range(120):
        decision, window = decide(moment, window=window)
        resized = (replace(pool, current=decision.replicas[pool.name]) for pool in moment.pools)
        moment = replace(moment, now=moment.now + 5, pools=tuple(resized))
        sizes.append(tuple(decision.replicas.values()))

    assert sizes[-1] == sizes[-2] == sizes[-20]
    for sequence in zip(*sizes, strict=True):
        turns = {(after > before) for before, after in pairwise(sequence) if after != before}
        assert len(turns) <= 1


@given(
    loads=st.lists(st.floats(0, 500), min_size=2, max_size=20).map(sorted),
    service=services,
    segment=st.sampled_from([1.0, 2.0, 4.0]),
)
def test_slots_grow_with_the_load(loads: list[float], service: Service, segment: float) -> None:
    slots = [
        slots_for([Offered(load, segment, service.mean_seconds, service.p95_seconds)])
        for load in loads
    ]

    assert slots == sorted(slots)


@given(moment=moments, history=histories)
def test_the_same_inputs_give_the_same_decision(
    moment: Inputs, history: list[tuple[float, int]]
) -> None:
    moment, window = _lived(moment, history)

    assert decide(moment, window=window) == decide(moment, window=window)


@given(
    moment=moments,
    streams=st.one_of(st.floats(), st.integers()),
    numbers=st.tuples(st.floats(), st.floats(), st.floats(), st.floats()),
)
def test_no_number_from_the_queue_can_break_a_decision(
    moment: Inputs, streams: float, numbers: tuple[float, float, float, float]
) -> None:
    segment, waiting, mean, p95 = numbers
    broken = tuple(replace(pool, service={LADDER: Service(mean, p95)}) for pool in moment.pools)
    hostile = replace(
        moment, demand=(ClassDemand(LADDER, streams, segment, waiting),), pools=broken
    )

    decision, _ = decide(hostile, window=SEASONED)

    for pool in moment.pools:
        assert pool.minimum <= decision.replicas[pool.name] <= pool.maximum
