import pytest
from tests.bench.transcode.ratios import (
    Spread,
    paired_ratios,
    quantile,
    relative_to_own_median,
    spread_of,
)


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        pytest.param([3.0, 1.0, 2.0], 0.5, 2.0, id="the middle one of three"),
        pytest.param([1.0, 2.0, 3.0, 4.0], 0.5, 2.0, id="a value that was measured, never between"),
        pytest.param([1.0] * 99 + [9.0], 0.99, 1.0, id="one outlier in a hundred is past p99"),
        pytest.param([1.0] * 98 + [9.0, 9.0], 0.99, 9.0, id="two outliers are p99"),
        pytest.param([1.0, 5.0], 1.0, 5.0, id="the largest"),
        pytest.param([1.0, 5.0], 0.0, 1.0, id="the smallest"),
    ],
)
def test_a_quantile_is_the_nearest_rank(values: list[float], share: float, found: float) -> None:
    assert quantile(values, share) == found


def test_nothing_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        quantile([], 0.5)


def test_only_what_both_have_makes_a_pair() -> None:
    ratios = paired_ratios([("a", 3.0), ("b", 4.0)], [("b", 2.0), ("c", 1.0)])

    assert ratios == [2.0]


def test_a_pair_with_nothing_below_is_left_out() -> None:
    assert paired_ratios([("a", 3.0)], [("a", 0.0)]) == []


def test_a_spread_holds_the_middle_of_its_values() -> None:
    assert spread_of([5.0, 1.0, 3.0]) == Spread(3.0, 1.0, 5.0, 3)
    assert spread_of([]) is None


def test_kinds_of_work_are_mixed_by_their_own_medians() -> None:
    found = relative_to_own_median([("a", 1.0), ("a", 1.0), ("a", 2.0), ("b", 10.0)])

    assert found == [1.0, 1.0, 2.0, 1.0]
