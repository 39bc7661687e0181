"""Who may come in: a table over load, slots and promises."""

import pytest

from podium_worker.load import (
    Canary,
    Capacity,
    NodeLoad,
    NodeTotals,
    Pool,
    Service,
    Streams,
    TranscoderLoad,
    TranscoderTotals,
)
from podium_worker.node.admission import (
    DEFAULT_COST_SLOTS,
    Costs,
    has_room,
    offered_slots,
    slack_seconds,
    streams_served,
    usable_slots,
)

SLACK = slack_seconds(2.0)


def transcoder(slots: int, *, draining: bool = False) -> TranscoderLoad:
    return TranscoderLoad(
        id="t",
        at=0,
        pool="cpu",
        draining=draining,
        slots=slots,
        busy=0,
        classes=("h264",),
        service={},
        totals=TranscoderTotals(),
    )


def capacity(*, ready: int, desired: int, most: int, startup: float) -> Capacity:
    pool = Pool(
        name="cpu",
        slots_per_pod=2,
        ready_pods=ready,
        desired_pods=desired,
        max_pods=most,
        startup_seconds=startup,
    )
    return Capacity(at=0, pools=(pool,))


def test_a_two_second_segment_can_wait_five_seconds() -> None:
    assert pytest.approx(5.2) == SLACK


@pytest.mark.parametrize(
    ("reported", "promise", "slots"),
    [
        pytest.param([], None, 0, id="nobody reports, nobody promises"),
        pytest.param([3, 1], None, 4, id="what transcoders report"),
        pytest.param([1], (1, 3, 8, 4.0), 16, id="a fast pool counts at its largest"),
        pytest.param([1], (1, 3, 8, 60.0), 6, id="a slow pool counts as it is wanted"),
        pytest.param([1], (4, 2, 8, 60.0), 8, id="pods that are ready still count"),
        pytest.param([40], (1, 1, 1, 60.0), 40, id="more is ready than was promised"),
    ],
)
def test_usable_slots(
    reported: list[int], promise: tuple[int, int, int, float] | None, slots: int
) -> None:
    word = None
    if promise is not None:
        ready, desired, most, startup = promise
        word = capacity(ready=ready, desired=desired, most=most, startup=startup)

    assert usable_slots([transcoder(n) for n in reported], word, slack=SLACK) == slots


def test_a_draining_transcoder_has_no_slots_to_offer() -> None:
    assert usable_slots([transcoder(4, draining=True)], None, slack=SLACK) == 0


def test_costs_are_means_over_all_transcoders() -> None:
    services = [
        {"a": Service(segments=1, slot_seconds=1.0)},
        {"a": Service(segments=3, slot_seconds=1.0), "b": Service(segments=0, slot_seconds=0)},
    ]

    costs = Costs.measured(services)

    assert costs.segment_slot_seconds("a", 2.0) == pytest.approx(0.5)
    assert costs.segment_slot_seconds("unknown", 2.0) == pytest.approx(0.5)


def test_an_unmeasured_stream_has_the_default_cost() -> None:
    costs = Costs.measured([])

    assert costs.stream_slots("a", 4.0) == pytest.approx(DEFAULT_COST_SLOTS)


TWO = "h264/640x360@30+1280x720@30"
CANARY = {
    TWO: Canary(slot_seconds=0.3, segment_seconds=0.5),
    "h264-h265/640x360@30": Canary(slot_seconds=0.2, segment_seconds=0.2),
}


@pytest.mark.parametrize(
    ("load_class", "slots"),
    [
        pytest.param(TWO, 0.6, id="the ladder that was tried"),
        pytest.param("h264/1280x720@60+640x360@60", 1.2, id="twice the pixels"),
        pytest.param("h264/640x360@30", 0.12, id="a fifth of them"),
        pytest.param("h264/640x360@0", 0.12, id="a kept frame rate counts as 30"),
        pytest.param("other-h264/640x360@15", 0.06, id="another source, the same encoder"),
        pytest.param("h264-h265/1280x720@30", 4.0, id="HEVC is scaled from HEVC"),
        pytest.param("h264/other", 0.5, id="a class without a name: the usual guess"),
        pytest.param("", 0.5, id="a stream that nobody knows yet: the usual guess"),
    ],
)
def test_before_real_segments_a_stream_costs_what_the_start_up_test_says(
    load_class: str, slots: float
) -> None:
    costs = Costs.measured([], [CANARY])

    assert costs.stream_slots(load_class, 2.0) == pytest.approx(slots)


def test_real_segments_outweigh_the_start_up_test() -> None:
    costs = Costs.measured([{TWO: Service(segments=2, slot_seconds=3.0)}], [CANARY])

    assert costs.segment_slot_seconds(TWO, 2.0) == pytest.approx(1.5)
    assert costs.segment_slot_seconds("h264/640x360@30", 2.0) == pytest.approx(0.24)
    assert costs.segment_slot_seconds("h264/other", 2.0) == pytest.approx(1.5)


def test_a_fast_machine_expects_less_of_the_unknown() -> None:
    fast = {TWO: Canary(slot_seconds=0.1, segment_seconds=0.5)}

    assert Costs.measured([], [fast]).stream_slots("", 2.0) == pytest.approx(0.2)


def test_start_up_tests_are_averaged_over_transcoders() -> None:
    slower = {TWO: Canary(slot_seconds=0.9, segment_seconds=0.5)}

    assert Costs.measured([], [CANARY, slower]).stream_slots(TWO, 2.0) == pytest.approx(1.2)


@pytest.mark.parametrize(
    "canary",
    [
        pytest.param(Canary(slot_seconds=0, segment_seconds=1), id="no time"),
        pytest.param(Canary(slot_seconds=1, segment_seconds=0), id="of nothing"),
    ],
)
def test_a_start_up_test_that_says_nothing_changes_nothing(canary: Canary) -> None:
    costs = Costs.measured([], [{TWO: canary}])

    assert costs.stream_slots(TWO, 2.0) == pytest.approx(DEFAULT_COST_SLOTS)


def test_offered_load_adds_all_nodes() -> None:
    costs = Costs.measured([{"a": Service(segments=1, slot_seconds=1.0)}])
    node = NodeLoad(
        id="n",
        at=0,
        sessions=2,
        max_sessions=0,
        streams={"a": Streams(open=2, segment_seconds=2.0)},
        waiting={},
        oldest_wait_seconds=0,
        totals=NodeTotals(),
    )

    assert offered_slots([node, node], costs) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("offered", "cost", "slots", "room"),
    [
        pytest.param(0.0, 0.5, 0, False, id="no slot at all"),
        pytest.param(0.5, 0.5, 1, True, id="it just fits"),
        pytest.param(0.6, 0.5, 1, False, id="it does not fit"),
        pytest.param(0.0, 2.5, 1, True, id="the first stream may cost more than there is"),
        pytest.param(0.1, 2.5, 1, False, id="the second may not"),
    ],
)
def test_room_for_one_more(offered: float, cost: float, slots: int, *, room: bool) -> None:
    assert has_room(offered, cost, slots) is room


@pytest.mark.parametrize(
    ("cost", "slots", "streams"), [(0.5, 4, 8), (2.5, 1, 1), (0.5, 0, 0), (0.0, 4, 0)]
)
def test_streams_that_fit(cost: float, slots: int, streams: int) -> None:
    assert streams_served(cost, slots) == streams
