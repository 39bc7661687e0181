"""Pictures without a time get one from their neighbours."""

import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.media.untimed import UntimedPictures


def given_times(times: list[int | None], step: int = 3600) -> list[int | None]:
    pictures = UntimedPictures[int](step)
    out = [pair for number, pts in enumerate(times) for pair in pictures.push(number, pts)]
    out += pictures.finish()
    assert [number for number, _ in out] == list(range(len(times)))
    return [pts for _, pts in out]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        pytest.param([0, 3600, 7200], [0, 3600, 7200], id="known times are kept"),
        pytest.param([0, None, 7200], [0, 3600, 7200], id="a hole of one picture"),
        pytest.param([0, None, 3600], [0, 1800, 3600], id="less room than the rate says"),
        pytest.param([0, None, 90_000], [0, 3600, 90_000], id="a pause stays after the picture"),
        pytest.param([None, 9000], [5400, 9000], id="the first lies before the second"),
        pytest.param([None, None, 9000], [1800, 5400, 9000], id="the first two as well"),
        pytest.param([0, None], [0, 3600], id="the last follows"),
        pytest.param([0, None, 3600, None], [0, 1800, 3600, 5400], id="at the spacing found"),
        pytest.param([None, None], [None, None], id="nobody knows anything"),
        pytest.param([9000, None, 20], [9000, -3580, 20], id="a clock that jumps back starts anew"),
    ],
)
def test_times(times: list[int | None], expected: list[int | None]) -> None:
    assert given_times(times) == expected


def test_few_pictures_are_held() -> None:
    pictures = UntimedPictures[int](3600)

    held = waiting = 0
    for number in range(1000):
        held += 1 - len(pictures.push(number, None))
        waiting = max(waiting, held)

    assert waiting <= 9


def test_the_real_spacing_is_told() -> None:
    pictures = UntimedPictures[int](7200)
    for number in range(5):
        pictures.push(number, None if number % 2 else number * 3600)

    assert pictures.found_step == 3600


@given(st.lists(st.none() | st.integers(-(1 << 33), 1 << 34)))
def test_known_times_never_change(times: list[int | None]) -> None:
    found = given_times(times)

    assert [new for new, old in zip(found, times, strict=True) if old is not None] == [
        old for old in times if old is not None
    ]
