"""Every packet gets one segment, and cuts lie at the key frames nearest to the wanted length."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from podium_worker.batch.cuts import CutPlan


def starts(keys: list[float], target: float) -> list[float]:
    """Return where segments begin for a stream of nothing but key frames."""
    plan = CutPlan(target, has_audio=False)
    numbers = [plan.place_video(key, is_key=True) for key in keys]
    return [
        key for key, before, now in zip(keys, [-1, *numbers], numbers, strict=False) if now > before
    ]


@pytest.mark.parametrize(
    ("gap", "length"),
    [
        pytest.param(2.0, 2.0, id="key frames of the wanted distance are all cut at"),
        pytest.param(0.5, 2.0, id="several short groups make one segment"),
        pytest.param(1.98, 1.98, id="a group a little short is a segment, not half of one"),
        pytest.param(2.02, 2.02, id="a group a little long is a segment"),
        pytest.param(1.5, 1.5, id="a cut too early by less than the next would be too late"),
        pytest.param(1.2, 2.4, id="a cut too late by less than the last would be too early"),
        pytest.param(5.0, 5.0, id="groups longer than wanted stay whole"),
    ],
)
def test_cuts_are_nearest_to_the_wanted_length(gap: float, length: float) -> None:
    found = starts([gap * number for number in range(20)], 2.0)

    assert [later - earlier for earlier, later in pairwise(found)] == pytest.approx(
        [length] * (len(found) - 1)
    )


def test_a_scene_cut_shortly_before_the_wanted_length_does_not_double_a_segment() -> None:
    plan = CutPlan(2.0, has_audio=False)

    numbers = [plan.place_video(at, is_key=True) for at in (0.0, 1.6, 1.9, 3.9)]

    assert numbers == [0, 1, 1, 2]


def test_pictures_between_key_frames_stay_with_theirs() -> None:
    plan = CutPlan(1.0, has_audio=False)

    numbers = [plan.place_video(at / 4, is_key=at % 4 == 0) for at in range(12)]

    assert numbers == [0] * 4 + [1] * 4 + [2] * 4


def test_sound_that_lies_later_in_the_file_goes_with_its_pictures() -> None:
    plan = CutPlan(1.0, has_audio=True)
    for key in (0.0, 1.0, 2.0):
        plan.place_video(key, is_key=True)

    assert plan.take_complete() == []
    assert [plan.place_audio(at) for at in (0.2, 0.9, 1.1, 2.5)] == [0, 0, 1, 2]
    assert plan.take_complete() == [0, 1]
    assert plan.finish() == [2]


def test_sound_that_ends_early_holds_segments_back_only_for_a_while() -> None:
    plan = CutPlan(1.0, has_audio=True)

    for key in range(14):
        plan.place_video(float(key), is_key=True)

    assert plan.take_complete() == [0, 1]


@pytest.mark.parametrize("jump", [-50.0, 400.0], ids=["time goes back", "time leaps"])
def test_a_jump_in_time_is_cut_at_its_key_frame(jump: float) -> None:
    plan = CutPlan(2.0, has_audio=True)
    before = [plan.place_video(at / 10, is_key=at == 0) for at in range(5)]

    after = [plan.place_video(100 + jump + at / 10, is_key=at == 0) for at in range(5)]

    assert (before, after) == ([0] * 5, [1] * 5)
    assert plan.take_complete() == [0]


packets = st.lists(
    st.tuples(
        st.sampled_from(["key", "picture", "sound"]),
        st.floats(-100, 100) | st.floats(-0.1, 1.0),
    ),
    max_size=200,
)


@given(packets=packets, target=st.floats(0.1, 10), has_audio=st.booleans())
def test_whatever_comes_each_segment_is_completed_once_and_in_order(
    packets: list[tuple[str, float]],
    target: float,
    has_audio: bool,  # noqa: FBT001 - hypothesis names its arguments
) -> None:
    plan = CutPlan(target, has_audio=has_audio)
    now, used, complete = 0.0, set(), []

    for kind, step in packets:
        now += step
        if kind == "sound":
            number = plan.place_audio(now)
        else:
            number = plan.place_video(now, is_key=kind == "key")
        assert number not in complete
        used.add(number)
        complete += plan.take_complete()
    complete += plan.finish()

    assert complete == list(range(plan.next_number))
    assert used == set(complete)
