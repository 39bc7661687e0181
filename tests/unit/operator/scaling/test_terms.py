"""Every term of the load: what corrects it, what is expected of it, and when it is not believed."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from tests.unit.operator.scaling.cases import (
    CPU,
    FRESH,
    GPU,
    LADDER,
    SEASONED,
    SERVICE,
    decided,
    demand,
    inputs,
    past,
)

from podium_operator.scaling import (
    Bound,
    Canary,
    ClassDemand,
    Hold,
    Lookahead,
    Role,
    Service,
    Source,
    Window,
    decide,
)
from podium_operator.scaling.staffing import slots_for


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

    terms = decided(moment).terms

    assert terms.kappa == pytest.approx(kappa)
    assert terms.load_erlangs == pytest.approx(60 * kappa)


def test_a_small_correction_does_not_double_a_small_pool() -> None:
    slow = replace(GPU, slots=1, service={LADDER: Service(0.85, 0.94)})
    moment = inputs(demand(4), pools=[slow], busy_slot_seconds=22.0, predicted_slot_seconds=20.0)

    decision = decided(moment)

    assert decision.terms.kappa == pytest.approx(1.1)
    assert decision.replicas["gpu"] == 2  # two streams a slot, as without the correction


def test_a_load_that_grows_is_met_a_start_ahead() -> None:
    window = replace(SEASONED, history=past(300, lambda at: 60 if at < -60 else 60 + (at + 60)))

    decision = decided(inputs(demand(400), pools=[GPU]), window)

    assert decision.pools[0].lookahead is Lookahead.GROWTH
    assert decision.pools[0].lookahead_erlangs == 60.0  # 1 a second for 90 s, half the load at most
    assert decision.pools[0].need == 23  # 124 slots, and 60 more
    assert "60.0 more busy slots expected within 90 s" in decision.text


def test_a_rise_within_the_noise_is_none() -> None:
    draw = Random(7)
    noisy = replace(SEASONED, history=past(600, lambda _: draw.uniform(60, 80)))

    assert decided(inputs(demand(266), pools=[GPU]), noisy).terms.growth_erlangs_per_second == 0


def test_what_the_load_has_lately_risen_by_is_kept_ahead() -> None:
    churning = replace(SEASONED, history=past(1800, lambda at: 60 + 10 * ((at // 90) % 2)))

    decision = decided(inputs(demand(200), pools=[GPU, CPU]), churning)

    assert decision.pools[0].lookahead is Lookahead.LEAD
    assert decision.pools[0].lookahead_erlangs == 10.0


def test_a_rise_by_less_than_a_slot_moves_nothing() -> None:
    calm = replace(SEASONED, history=past(1800, lambda at: 60 + 0.5 * ((at // 90) % 2)))

    assert decided(inputs(demand(200), pools=[GPU]), calm).pools[0].lookahead is Lookahead.NONE


def test_a_silent_node_keeps_its_streams_and_takes_nothing_away() -> None:
    sources = (*FRESH, Source("node-1", 16.0))
    pool = replace(GPU, current=20)

    fewer = decided(inputs(demand(30), pools=[pool], sources=sources))
    more = decided(inputs(demand(900), pools=[pool], sources=sources))

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

    decision = decided(replace(quiet, now=2.0, demand=(demand(900),), segments=segments), window)

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

    terms = decided(moment, _clear(streams=100.0)).terms

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
    plain = decided(inputs(demand(400), pools=[GPU]))
    late = decided(inputs(demand(400), pools=[GPU]), _clear(lateness=1.5, lateness_at=0.0))

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
    assert decided(inputs(demand(400), pools=[pool])).replicas["gpu"] == 16


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

    terms = decided(inputs(demand(1), pools=[pool])).terms

    assert terms.load_erlangs == pytest.approx(mean / 2)


def test_what_another_pool_measured_is_scaled_by_speed() -> None:
    fast = replace(GPU, speed=2.0, service={})
    slow = replace(CPU, name="slow", role=Role.BASE)

    terms = decided(inputs(demand(10), pools=[fast, slow])).terms

    assert terms.load_erlangs == pytest.approx(10 * 0.3 / 2)


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
        decided(inputs(demand(9000), ClassDemand("h264/x", 500, 2.0), pools=many))
        counts.append(calls)

    assert counts == [100, 200, 400]
