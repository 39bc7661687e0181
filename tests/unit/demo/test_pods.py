import pytest
from tests.demo.pods import PodSample, describe_journey, went_up_and_back


def _samples(*pairs: tuple[int, int]) -> list[PodSample]:
    return [
        PodSample(at_seconds=float(second), desired=desired, ready=ready)
        for second, (desired, ready) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        pytest.param([(1, 1), (3, 1), (3, 3), (1, 3), (1, 1)], True, id="up and back"),
        pytest.param([(1, 1), (3, 1), (1, 1)], False, id="the peak was wanted but never ready"),
        pytest.param([(1, 1), (2, 2), (1, 1)], False, id="the peak was not reached"),
        pytest.param([(1, 1), (3, 3)], False, id="it never came back"),
        pytest.param([(3, 3), (1, 1)], False, id="it did not start with one"),
        pytest.param([(1, 1), (3, 3), (1, 2)], False, id="the last pod had not left yet"),
        pytest.param([], False, id="nothing was seen"),
    ],
)
def test_only_a_full_way_up_and_back_counts(pairs: list[tuple[int, int]], *, verdict: bool) -> None:
    assert went_up_and_back(_samples(*pairs), peak=3) is verdict


def test_the_journey_names_each_change_once() -> None:
    assert describe_journey(_samples((1, 1), (1, 1), (2, 1), (2, 2), (1, 1))) == "1 → 2 → 1"
