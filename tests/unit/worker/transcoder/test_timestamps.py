"""Time stamps rise, whatever came in."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.media.timestamps import DecodingClock, PresentationClock

MAYBE = st.none() | st.integers(-(1 << 33), 1 << 34)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([0, 3000, 6000], [0, 3000, 6000], id="good times are kept"),
        pytest.param([None, None], [0, 3000], id="missing from the start counts from 0"),
        pytest.param([9000, None, 15_000], [9000, 12_000, 15_000], id="a hole is filled"),
        pytest.param([9000, 9000, 12_000], [9000, 9001, 12_000], id="a double moves by a tick"),
        pytest.param([9000, 20, 12_000], [9000, 9001, 12_000], id="a step back moves by a tick"),
    ],
)
def test_presentation_times(times: list[int | None], expected: list[int]) -> None:
    clock = PresentationClock(step=3000)

    assert [clock.repair(pts, 3000)[0] for pts in times] == expected


def test_a_missing_duration_is_the_last_one() -> None:
    clock = PresentationClock(step=3000)

    assert [clock.repair(pts, duration)[1] for pts, duration in ((0, 0), (1, 1500), (2, 0))] == [
        3000,
        1500,
        1500,
    ]


@given(st.lists(st.tuples(MAYBE, st.integers(-5, 9000))))
def test_presentation_times_rise(frames: list[tuple[int | None, int]]) -> None:
    clock = PresentationClock(step=3000)

    repaired = [clock.repair(pts, duration) for pts, duration in frames]

    times = [pts for pts, _ in repaired]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert all(duration > 0 for _, duration in repaired)


@pytest.mark.parametrize(
    ("floor", "packets", "expected"),
    [
        pytest.param(None, [(5, 3), (4, 4)], [(5, 3), (4, 4)], id="good times are kept"),
        pytest.param(
            0,
            [(0, -6000), (12_000, -3000), (6000, 0), (3000, 3000)],
            [(0, 0), (12_000, 1), (6000, 2), (3000, 3000)],
            id="decoding before 0 is squeezed in, presentation stays",
        ),
        pytest.param(None, [(9, 9), (7, 7)], [(9, 9), (10, 10)], id="a step back moves by a tick"),
        pytest.param(None, [(9, None)], [(9, 9)], id="no decoding time: that of presentation"),
        pytest.param(None, [(None, 9)], [(9, 9)], id="no presentation time: that of decoding"),
        pytest.param(None, [(None, None)], [(0, 0)], id="no time at all counts from 0"),
        pytest.param(None, [(5, 9)], [(9, 9)], id="never decoded after it is shown"),
    ],
)
def test_decoding_times(
    floor: int | None,
    packets: list[tuple[int | None, int | None]],
    expected: list[tuple[int, int]],
) -> None:
    clock = DecodingClock(floor)

    assert [clock.repair(pts, dts, 0) for pts, dts in packets] == expected


@given(st.lists(st.tuples(MAYBE, MAYBE, st.integers(-5, 9000))))
def test_decoding_times_rise_and_never_pass_presentation(
    packets: list[tuple[int | None, int | None, int]],
) -> None:
    clock = DecodingClock()

    repaired = [clock.repair(pts, dts, duration) for pts, dts, duration in packets]

    times = [dts for _, dts in repaired]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert all(pts >= dts for pts, dts in repaired)
