"""Ratios of paired measurements, and what may be said of a few of them (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

__all__ = ["Spread", "paired_ratios", "quantile", "relative_to_own_median", "spread_of"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values, with the range that holds the middle four fifths of them."""

    median: float
    low: float
    high: float
    count: int


def spread_of(values: Iterable[float]) -> Spread | None:
    """Return the spread, None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return Spread(median(ordered), quantile(ordered, 0.1), quantile(ordered, 0.9), len(ordered))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile: one of the values, the largest for a share of 1."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no quantile of nothing")
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def paired_ratios(
    above: Sequence[tuple[object, float]], below: Sequence[tuple[object, float]]
) -> list[float]:
    """Return `above / below` for each key that both have; the keys of each are all different."""
    known = dict(below)
    return [value / known[key] for key, value in above if known.get(key)]


def relative_to_own_median(values: Sequence[tuple[object, float]]) -> list[float]:
    """Divide each value by the median of those with its key, so that kinds of work can be mixed."""
    groups: dict[object, list[float]] = {}
    for key, value in values:
        groups.setdefault(key, []).append(value)
    middles = {key: median(group) for key, group in groups.items()}
    return [value / middles[key] for key, value in values]
