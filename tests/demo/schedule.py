"""Who streams when: one stream all the time, the others come one by one, stay, and leave (pure).

The shape is 1 → N → 1. The quiet end is long enough for the scale-in window and the pods'
leaving, so that a run of the shortest length still shows the way back.
"""

from dataclasses import dataclass

__all__ = ["SHORTEST_SECONDS", "StreamSlot", "build_schedule", "streams_at"]

SHORTEST_SECONDS = 60.0
_FIRST_ALONE = 0.12
_LAST_LEAVES = 0.58
_STEP = 0.045


@dataclass(frozen=True, slots=True)
class StreamSlot:
    """One stream's place in the run, in seconds from the feeder's start."""

    name: str
    start_seconds: float
    end_seconds: float


def build_schedule(*, streams: int, total_seconds: float) -> tuple[StreamSlot, ...]:
    """Return the slots of `streams` streams, the first for the whole time.

    Raises ValueError for fewer than 2 streams or a run too short to come back to one pod.
    """
    if streams < 2:
        raise ValueError(f"{streams} streams show no scaling: ask for 2 or more")
    if total_seconds < SHORTEST_SECONDS:
        raise ValueError(
            f"{total_seconds:g} s are too short to go up and come back: "
            f"DEMO_SECONDS must be {SHORTEST_SECONDS:g} or more"
        )
    slots = [StreamSlot("live-1", 0.0, total_seconds)]
    step = _STEP * total_seconds
    for index in range(1, streams):
        start = _FIRST_ALONE * total_seconds + (index - 1) * step
        end = _LAST_LEAVES * total_seconds - (streams - 1 - index) * step / 2
        slots.append(StreamSlot(f"live-{index + 1}", start, max(end, start + step)))
    return tuple(slots)


def streams_at(schedule: tuple[StreamSlot, ...], seconds: float) -> int:
    """Return how many streams should be live at this moment."""
    return sum(slot.start_seconds <= seconds < slot.end_seconds for slot in schedule)
