"""An encoder counts evenly; the times of pictures come back on its packets."""

import pytest

from podium_worker.transcoder.media.kept_times import KeptTimes

TIMES = (900, 930, 931, 5000)


def kept() -> KeptTimes:
    times = KeptTimes(step=30)
    for time in TIMES:
        times.add(time)
    return times


def test_an_encoder_gets_numbers() -> None:
    times = KeptTimes(step=30)

    assert [times.add(time) for time in TIMES] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("number", "decoded", "expected"),
    [
        pytest.param(0, 0, (900, 900), id="the first picture"),
        pytest.param(3, 1, (5000, 930), id="decoded earlier than shown"),
        pytest.param(0, -2, (900, 840), id="decoded before the first is shown"),
        pytest.param(1, None, (930, None), id="no decoding time"),
        pytest.param(1, 2, (930, None), id="a decoding time after the picture"),
        pytest.param(1, -(1 << 60), (930, None), id="a decoding time of no sense"),
    ],
)
def test_packets_get_their_times_back(
    number: int, decoded: int | None, expected: tuple[int, int | None]
) -> None:
    assert kept().of(number, decoded) == expected
