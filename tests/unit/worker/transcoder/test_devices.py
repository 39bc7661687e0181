"""Where slots are, how many, and which device takes a segment."""

import pytest
from hypothesis import assume, given, strategies as st

from podium_worker.transcoder.devices.hardware import nvidia
from podium_worker.transcoder.devices.placement import (
    Placement,
    Report,
    Standing,
    choose_device,
    place,
    slots_for_sessions,
)


def report(
    device: int, sessions: int = 32, failed: str = "", *, has_encoder: bool = True
) -> Report:
    return Report(nvidia(device), sessions, failed, has_encoder)


def blind(device: int) -> Report:
    return report(device, 0, "it has no encoder", has_encoder=False)


@pytest.mark.parametrize(
    ("sessions", "slots"),
    [
        pytest.param(32, 8, id="as many as the probe opens at most"),
        pytest.param(8, 2, id="a consumer card of today"),
        pytest.param(7, 1, id="ladders of four fit whole or not at all"),
        pytest.param(3, 1, id="an old card works on one, with fewer renditions"),
        pytest.param(0, 1, id="never none"),
    ],
)
def test_slots_of_a_device(sessions: int, slots: int) -> None:
    assert slots_for_sessions(sessions) == slots


@pytest.mark.parametrize(
    ("reports", "slots", "expected"),
    [
        pytest.param([], 0, [], id="no device, no slot"),
        pytest.param([report(0), report(1, 8)], 0, [8, 2], id="each has what its sessions carry"),
        pytest.param([report(0), report(1)], 5, [3, 2], id="a number of the pod's is dealt evenly"),
        pytest.param(
            [report(0), report(1)], 1, [1, 1], id="a device without a slot would lie idle"
        ),
        pytest.param([blind(0), report(1)], 4, [0, 4], id="one that only decodes gets none"),
        pytest.param([blind(0)], 4, [0], id="not even alone"),
        pytest.param([report(0), report(1, 0, "busy")], 0, [8, 2], id="one that failed may return"),
        pytest.param(
            [report(0), report(1, 0, "busy")], 4, [2, 2], id="and keeps its part until then"
        ),
    ],
)
def test_slots_of_a_pod(reports: list[Report], slots: int, expected: list[int]) -> None:
    placements = place(reports, slots)

    assert [placement.slots for placement in placements] == expected
    assert [placement.failed for placement in placements] == [each.failed for each in reports]


REPORTS = st.lists(
    st.builds(
        report,
        st.integers(0, 15),
        st.integers(1, 40),
        st.sampled_from(["", "", "broken"]),
        has_encoder=st.booleans(),
    ),
    max_size=8,
)


@given(REPORTS)
def test_usual_ladders_in_all_slots_fit_the_sessions(reports: list[Report]) -> None:
    for placement in place(reports):
        sessions = placement.sessions or 0
        assert placement.slots * 4 <= max(sessions, 4)


@given(REPORTS, st.integers(1, 256))
def test_a_pods_own_number_is_dealt_out_whole(reports: list[Report], slots: int) -> None:
    able = [placement for placement in place(reports, slots) if placement.slots]
    assume(able)

    assert sum(placement.slots for placement in able) == max(slots, len(able))
    assert max(each.slots for each in able) - min(each.slots for each in able) <= 1


def test_a_device_that_can_never_encode_can_take_nothing() -> None:
    (placement,) = place([blind(0)])

    assert placement == Placement(nvidia(0), 0, 0, "it has no encoder")
    assert not Standing(0, 0, 0).can_ever_take(1)


@pytest.mark.parametrize(
    ("standings", "renditions", "expected"),
    [
        pytest.param([], 1, None, id="no device"),
        pytest.param([Standing(0), Standing(2)], 4, 1, id="a processor's slot needs no sessions"),
        pytest.param([Standing(1, 3, 8), Standing(1, 8, 8)], 3, 1, id="the emptier device"),
        pytest.param(
            [Standing(1, 8, 8), Standing(2, 8, 8)], 3, 1, id="then the one with more slots"
        ),
        pytest.param([Standing(2, 8, 8), Standing(2, 8, 8)], 3, 0, id="then the first"),
        pytest.param(
            [Standing(2, 3, 8), Standing(0, 8, 8)], 4, None, id="not half here, half there"
        ),
    ],
)
def test_the_device_for_a_segment(
    standings: list[Standing], renditions: int, expected: int | None
) -> None:
    assert choose_device(standings, renditions) == expected


@st.composite
def bounded(draw: st.DrawFn) -> Standing:
    total = draw(st.integers(0, 32))
    return Standing(draw(st.integers(0, 8)), draw(st.integers(0, total)), total)


STANDINGS = st.lists(st.builds(Standing, st.integers(0, 8)) | bounded(), max_size=8)


@given(STANDINGS, st.integers(1, 10))
def test_a_device_is_chosen_exactly_when_one_has_room(
    standings: list[Standing], renditions: int
) -> None:
    chosen = choose_device(standings, renditions)

    assert (chosen is not None) == any(each.can_take(renditions) for each in standings)
    if chosen is not None:
        assert standings[chosen].can_take(renditions)
        assert standings[chosen].can_ever_take(renditions)
