"""What the transcoders' Deployment did over time, and whether it went 1 → N → 1 (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["PodSample", "changes", "describe_journey", "went_up_and_back"]


@dataclass(frozen=True, slots=True)
class PodSample:
    """Replicas wanted and ready at one moment, `at_seconds` from the feeder's start."""

    at_seconds: float
    desired: int
    ready: int


def changes(counts: Sequence[int]) -> list[int]:
    """Return the counts with repetitions removed."""
    kept: list[int] = []
    for count in counts:
        if not kept or kept[-1] != count:
            kept.append(count)
    return kept


def describe_journey(samples: Sequence[PodSample]) -> str:
    """Return the wanted replicas as a path, such as `1 → 2 → 4 → 1`."""
    return " → ".join(str(count) for count in changes([sample.desired for sample in samples]))


def went_up_and_back(samples: Sequence[PodSample], *, peak: int) -> bool:
    """Tell whether wanted and ready replicas both started at 1, reached `peak`, and ended at 1."""
    if not samples:
        return False
    desired = [sample.desired for sample in samples]
    ready = [sample.ready for sample in samples]
    return (
        desired[0] == 1
        and max(desired) >= peak
        and max(ready) >= peak
        and desired[-1] == 1
        and ready[-1] == 1
    )
