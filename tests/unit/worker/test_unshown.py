"""Which pictures nobody will see: leaving them out changes nothing that is shown."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.grid import frame_times
from podium_worker.transcoder.media.unshown import unshown_times

TICKS = Fraction(1, 90_000)
SIXTY = [1500 * number for number in range(8)]

Plan = list[tuple[int, range]]


def _plan(times: Sequence[int], rate: Fraction, step: int) -> Plan:
    """Return what a rendition shows: a picture's time and the slots that it fills."""
    grid, plan = frame_times(rate, TICKS), []
    for before, time in zip([None, *times], times, strict=False):
        slots = grid.push(time, step)
        if slots and before is not None:
            plan.append((before, slots))
    return [*plan, (times[-1], grid.finish())]


@pytest.mark.parametrize(
    ("times", "rates", "expected"),
    [
        pytest.param(SIXTY, [30], {1500, 4500, 7500}, id="every second one of 60 made into 30"),
        pytest.param(SIXTY, [60], set(), id="none where all are shown"),
        pytest.param(SIXTY, [30, 60], set(), id="none where one rendition shows all"),
        pytest.param(SIXTY, [30, None], set(), id="none where one keeps the source's"),
        pytest.param([*SIXTY, None], [30], set(), id="none where a time is missing"),
        pytest.param([*SIXTY, 1500], [30], set(), id="none where a time is there twice"),
        pytest.param([], [30], set(), id="none of nothing"),
        pytest.param([3000], [30], set(), id="never the only one"),
    ],
)
def test_what_is_never_shown(
    times: list[int | None], rates: list[int | None], expected: set[int]
) -> None:
    asked = [None if rate is None else Fraction(rate) for rate in rates]

    assert unshown_times(times, asked, TICKS) == expected


@given(
    steps=st.lists(st.integers(1, 20_000), min_size=1, max_size=60),
    rates=st.lists(st.sampled_from([1, 15, 24, 25, 30, 50, 60]), min_size=1, max_size=3),
    first=st.integers(-100_000, 100_000),
)
def test_leaving_them_out_changes_no_rendition(
    steps: list[int], rates: list[int], first: int
) -> None:
    times = [first]
    for step in steps:
        times.append(times[-1] + step)
    asked = [Fraction(rate) for rate in rates]
    left = [time for time in times if time not in unshown_times(reversed(times), asked, TICKS)]

    for rate in asked:
        try:
            before = _plan(times, rate, 1500)
        except TranscodeError:
            continue  # wild times are refused, then as now
        assert _plan(left, rate, 1500) == before
