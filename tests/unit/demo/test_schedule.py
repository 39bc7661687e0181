import itertools

import pytest
from tests.demo.schedule import build_schedule, shortest_seconds, streams_at


@pytest.mark.parametrize("longer", [0.0, 30.0, 500.0])
@pytest.mark.parametrize("streams", [2, 4, 8])
def test_a_run_starts_with_one_reaches_all_and_ends_with_one(streams: int, longer: float) -> None:
    total = shortest_seconds(streams) + longer
    schedule = build_schedule(streams=streams, total_seconds=total)

    live = [streams_at(schedule, second / 4) for second in range(int(total * 4))]

    assert live[0] == 1
    assert max(live) == streams
    assert live[-1] == 1


def test_the_quiet_end_outlasts_the_scale_in_window() -> None:
    schedule = build_schedule(streams=4, total_seconds=90)

    assert 90 - max(slot.end_seconds for slot in schedule[1:]) >= 30


def test_segments_of_neighbouring_streams_arrive_apart() -> None:
    schedule = build_schedule(streams=4, total_seconds=90)

    phases = [slot.start_seconds % 2 for slot in schedule]

    assert all(abs(one - other) >= 0.5 for one, other in itertools.combinations(phases, 2))


@pytest.mark.parametrize(
    ("streams", "total", "complaint"),
    [
        pytest.param(1, 90, "no scaling", id="one stream shows no scaling"),
        pytest.param(4, 20, "75.5 or more", id="twenty seconds are too short to come back"),
        pytest.param(8, 90, "too short for 8 streams", id="eight streams need longer than four"),
    ],
)
def test_an_impossible_run_says_what_to_ask_for(streams: int, total: float, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build_schedule(streams=streams, total_seconds=total)
