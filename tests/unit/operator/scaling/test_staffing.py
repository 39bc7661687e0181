"""Slots for a load: Erlang's numbers, the count of streams, and the smaller of the two."""

import math

import pytest

from podium_operator.scaling import staffing
from podium_operator.scaling.staffing import Offered, erlangs, slots_for


def _streams(
    count: float, *, mean: float = 0.65, p95: float = 0.8, segment: float = 2.0
) -> Offered:
    return Offered(count, segment, mean, p95)


@pytest.mark.parametrize("load", [10, 30, 90, 300])
@pytest.mark.parametrize(
    ("slack_seconds", "extra"),
    [
        pytest.param(0.0, {10: 12, 30: 19, 90: 32, 300: 56}, id="no slack: a root of the load"),
        pytest.param(0.2, {10: 9, 30: 11, 90: 14, 300: 17}, id="little slack"),
        pytest.param(0.55, {10: 6, 30: 6, 90: 7, 300: 7}, id="slack: a constant"),
        pytest.param(0.9, {10: 4, 30: 4, 90: 5, 300: 5}, id="much slack: a small constant"),
    ],
)
def test_erlang_staffing_gives_the_known_numbers(
    load: float, slack_seconds: float, extra: dict[int, int]
) -> None:
    assert staffing._exact(load, slack_seconds / 0.6) - load == extra[int(load)]


@pytest.mark.parametrize("decay", [0.0, 0.3, 1.5])
def test_closed_form_never_asks_for_less_than_the_exact_one(decay: float) -> None:
    for load in (2000, 5000):
        assert staffing._closed_form(load, decay) >= staffing._exact(load, decay)


@pytest.mark.parametrize(
    ("offered", "slots"),
    [
        pytest.param([], 0, id="nothing asks for nothing"),
        pytest.param([_streams(0)], 0, id="no stream asks for nothing"),
        pytest.param([_streams(1)], 1, id="one stream is one slot's"),
        pytest.param([_streams(2)], 1, id="two fit one after the other"),
        pytest.param([_streams(3)], 2, id="a third does not"),
        pytest.param([_streams(8)], 4, id="eight streams"),
        pytest.param([_streams(1, mean=1.0, p95=1.0), _streams(1)], 2, id="a slow and a fast one"),
        pytest.param([_streams(100)], 37, id="with many, chance evens out"),
        pytest.param([_streams(1, mean=2.4, p95=2.5)], 7, id="slower than its own segments"),
        pytest.param([_streams(0.5)], 1, id="a share of a stream is still work"),
    ],
)
def test_slots_for_streams(offered: list[Offered], slots: int) -> None:
    assert slots_for(offered) == slots


def test_load_is_busy_slots() -> None:
    assert math.isclose(erlangs([_streams(3), _streams(1, mean=1.0)]), 1.475)
