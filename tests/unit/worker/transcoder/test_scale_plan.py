"""The scale tree: cheap parents, no blur, no more pictures than needed."""

import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.media.scale_plan import ScaleStep, scale_plan, steps_needed
from podium_worker.transcoder.media.sizes import Size, rendition_size

HD = Size(1920, 1080)
P720, P480, P360, P240 = Size(1280, 720), Size(854, 480), Size(640, 360), Size(426, 240)
SIDES = st.integers(16, 4096)
SIZES = st.builds(Size, SIDES, SIDES)
LADDERS = st.lists(SIZES, min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("source", "sizes", "expected"),
    [
        pytest.param(
            HD,
            (P240, P360, P480, P720),
            ((P720, None), (P480, 0), (P360, 1), (P240, 2)),
            id="each from the next larger one",
        ),
        pytest.param(
            P720,
            (P720, P480, P360),
            ((P720, None), (P480, None), (P360, 1)),
            id="a rendition of the source's size is the source",
        ),
        pytest.param(HD, (P360, P360), ((P360, None),), id="equal sizes are made once"),
        pytest.param(
            HD,
            (P720, Size(1024, 576)),
            ((P720, None), (Size(1024, 576), None)),
            id="a parent a quarter larger would blur",
        ),
        pytest.param(
            HD,
            (P720, Size(640, 480), P240),
            ((P720, None), (Size(640, 480), None), (P240, 0)),
            id="another shape feeds nobody",
        ),
        pytest.param(
            P360,
            (P720, P480, P240),
            ((P720, None), (P480, None), (P240, None)),
            id="a picture larger than the source feeds nobody",
        ),
    ],
)
def test_plan(
    source: Size, sizes: tuple[Size, ...], expected: tuple[tuple[Size, int | None], ...]
) -> None:
    assert scale_plan(source, sizes) == tuple(ScaleStep(*step) for step in expected)


@given(SIZES, LADDERS)
def test_every_size_is_made_once_after_its_parent(source: Size, sizes: list[Size]) -> None:
    plan = scale_plan(source, sizes)

    assert sorted(map(str, {step.size for step in plan})) == sorted(map(str, set(sizes)))
    assert len(plan) == len(set(sizes))
    assert all(step.parent is None or step.parent < place for place, step in enumerate(plan))


@given(SIZES, LADDERS)
def test_a_parent_is_a_good_deal_larger_and_of_the_same_shape(
    source: Size, sizes: list[Size]
) -> None:
    profiles = [rendition_size(source, size) for size in sizes]

    plan = scale_plan(source, profiles)

    for step in plan:
        if step.parent is None:
            continue
        parent = plan[step.parent].size
        assert parent.pixels < source.pixels
        assert parent.width >= 1.3 * step.size.width
        assert parent.height >= 1.3 * step.size.height


@given(SIZES, LADDERS)
def test_the_order_of_the_profiles_does_not_matter(source: Size, sizes: list[Size]) -> None:
    assert scale_plan(source, sizes) == scale_plan(source, list(reversed(sizes)))


@given(SIZES, LADDERS, st.data())
def test_needed_steps_are_closed_under_parents(
    source: Size, sizes: list[Size], data: st.DataObject
) -> None:
    plan = scale_plan(source, [rendition_size(source, size) for size in sizes])
    wanted = data.draw(st.sets(st.integers(0, len(plan) - 1)))

    needed = steps_needed(plan, wanted)

    assert wanted <= set(needed)
    assert list(needed) == sorted(set(needed))
    assert all(plan[place].parent in {None, *needed} for place in needed)
    assert all(any(place in _line(plan, goal) for goal in wanted) for place in needed)


def _line(plan: tuple[ScaleStep, ...], place: int | None) -> set[int]:
    return set() if place is None else {place} | _line(plan, plan[place].parent)
