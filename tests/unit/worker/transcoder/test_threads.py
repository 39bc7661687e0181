"""Who gets which cores: full machines stay single-threaded, spare cores shorten the wait."""

import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.media.threads import ThreadPlan, free_cores, thread_plan

LADDER = (1280 * 720, 854 * 480, 640 * 360, 426 * 240)
AREAS = st.lists(st.integers(1, 4096 * 4096), min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("cores", "slots", "busy", "expected"),
    [
        pytest.param(2, 2, 2, 1, id="a full machine has nothing to spare"),
        pytest.param(2, 2, 1, 2, id="alone on two cores"),
        pytest.param(8, 8, 3, 2, id="three segments share eight cores"),
        pytest.param(8, 2, 2, 4, id="fewer slots than cores leave some to each"),
        pytest.param(1.5, 1, 1, 1, id="half a core is not one"),
        pytest.param(3.9, 3, 1, 3, id="a fractional quota counts whole cores"),
        pytest.param(0.5, 1, 1, 1, id="less than a core still works"),
        pytest.param(4, 2, 7, 2, id="no more segments work than there are slots"),
        pytest.param(4, 4, 0, 4, id="a count that lags behind does no harm"),
    ],
)
def test_free_cores(cores: float, slots: int, busy: int, expected: int) -> None:
    assert free_cores(cores, slots, busy) == expected


@pytest.mark.parametrize(
    ("cores", "areas", "encode_threads"),
    [
        pytest.param(2, LADDER, (2, 1, 1, 1), id="two cores: the largest encoder has two threads"),
        pytest.param(4, LADDER, (3, 1, 1, 1), id="four cores"),
        pytest.param(16, LADDER, (4, 4, 3, 1), id="many cores: no encoder has more than four"),
        pytest.param(2, (5, 5), (1, 1), id="equals share"),
        pytest.param(2, (7,), (2,), id="one rendition"),
    ],
)
def test_cores_go_where_the_pixels_are(
    cores: int, areas: tuple[int, ...], encode_threads: tuple[int, ...]
) -> None:
    assert thread_plan(cores, areas) == ThreadPlan(
        has_encoder_threads=True, decode_threads=2, encode_threads=encode_threads
    )


@given(AREAS)
def test_one_core_means_one_thread(areas: list[int]) -> None:
    plan = thread_plan(1, areas)

    assert not plan.has_encoder_threads
    assert plan.decode_threads == 1
    assert plan.encode_threads == (1,) * len(areas)


@given(st.integers(1, 256), AREAS)
def test_a_larger_rendition_never_has_fewer_threads(cores: int, areas: list[int]) -> None:
    threads = thread_plan(cores, areas).encode_threads

    assert len(threads) == len(areas)
    assert all(1 <= count <= max(1, min(cores, 4)) for count in threads)
    ordered = sorted(zip(areas, threads, strict=True))
    assert [count for _, count in ordered] == sorted(threads)


@given(st.integers(1, 64), st.integers(1, 64), st.integers(1, 64))
def test_segments_together_never_get_more_than_the_cores(cores: int, slots: int, busy: int) -> None:
    working = min(busy, slots)

    assert free_cores(cores, slots, busy) * working <= max(cores, working)
