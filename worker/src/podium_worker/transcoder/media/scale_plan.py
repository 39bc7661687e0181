"""Which picture each size is scaled from; pure arithmetic.

Scaling down from a picture that is already small costs less than from the source, and with a
sharp filter it looks better too. A step too small blurs, so a parent is a good deal larger.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

from podium_worker.transcoder.media.sizes import Size

__all__ = ["ScaleStep", "scale_plan", "steps_needed"]

_LEAST_RATIO_TENTHS = 13
_ROUNDING_PIXELS = 2  # sides are rounded to even ones


@dataclass(frozen=True, slots=True)
class ScaleStep:
    """One size to make, from the step at place `parent` or, when that is None, the source."""

    size: Size
    parent: int | None


def scale_plan(source: Size, sizes: Collection[Size]) -> tuple[ScaleStep, ...]:
    """Return one step per size, largest area first, so that parents come before children."""
    ordered = sorted(set(sizes), key=lambda size: (-size.pixels, -size.width))
    steps: list[ScaleStep] = []
    for size in ordered:
        steps.append(ScaleStep(size, _parent(source, size, ordered[: len(steps)])))
    return tuple(steps)


def steps_needed(plan: Sequence[ScaleStep], wanted: Collection[int]) -> tuple[int, ...]:
    """Return the places of the wanted steps and of all they are made from, parents first."""
    return tuple(sorted(set(chain.from_iterable(_line(plan, place) for place in wanted))))


def _parent(source: Size, size: Size, scaled: Sequence[Size]) -> int | None:
    """Return the smallest picture that will do; one as large as the source tells no more."""
    return max(
        (
            place
            for place, other in enumerate(scaled)
            if other.pixels < source.pixels and _feeds(other, size)
        ),
        default=None,
    )


def _feeds(parent: Size, child: Size) -> bool:
    is_larger = all(
        10 * large >= _LEAST_RATIO_TENTHS * small
        for large, small in ((parent.width, child.width), (parent.height, child.height))
    )
    skew = abs(parent.width * child.height - child.width * parent.height)
    return is_larger and skew <= _ROUNDING_PIXELS * max(parent.width, parent.height)


def _line(plan: Sequence[ScaleStep], place: int | None) -> list[int]:
    line = []
    while place is not None:
        line.append(place)
        place = plan[place].parent
    return line
