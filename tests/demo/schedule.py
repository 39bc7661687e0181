"""Who streams when: one stream all the time, the others come one by one, stay, and leave (pure).

The shape is 1 → N → 1. A stream comes when the pod for the one before it had time to start; the
quiet end outlasts the scale-in window. Starts differ by half a second modulo the segments' two, so
that segments of different streams do not arrive together.
"""

from dataclasses import dataclass

__all__ = ["StreamSlot", "build_schedule", "shortest_seconds", "streams_at"]

_ALONE_SECONDS = 10.5
_STEP_SECONDS = 10.5
_TOGETHER_SECONDS = 10.0
_LEAVING_SECONDS = 2.0
_QUIET_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class StreamSlot:
    """One stream's place in the run, in seconds from the first stream's first segment."""

    name: str
    start_seconds: float
    end_seconds: float


def shortest_seconds(streams: int) -> float:
    """Return how long a run must be to go up to so many streams and come back."""
    others = streams - 2
    coming = _ALONE_SECONDS + others * _STEP_SECONDS
    return coming + _TOGETHER_SECONDS + others * _LEAVING_SECONDS + _QUIET_SECONDS


def build_schedule(*, streams: int, total_seconds: float) -> tuple[StreamSlot, ...]:
    """Return the slots of `streams` streams, the first for the whole time.

    Raises ValueError for fewer than 2 streams or a run too short to come back to one pod.
    """
    if streams < 2:
        raise ValueError(f"{streams} streams show no scaling: ask for 2 or more")
    if total_seconds < shortest_seconds(streams):
        raise ValueError(
            f"{total_seconds:g} s are too short for {streams} streams to come and go: "
            f"DEMO_SECONDS must be {shortest_seconds(streams):g} or more"
        )
    slots = [StreamSlot("live-1", 0.0, total_seconds)]
    for index in range(1, streams):
        start = _ALONE_SECONDS + (index - 1) * _STEP_SECONDS
        end = total_seconds - _QUIET_SECONDS - (streams - 1 - index) * _LEAVING_SECONDS
        slots.append(StreamSlot(f"live-{index + 1}", start, end))
    return tuple(slots)


def streams_at(schedule: tuple[StreamSlot, ...], seconds: float) -> int:
    """Return how many streams should be live at this moment."""
    return sum(slot.start_seconds <= seconds < slot.end_seconds for slot in schedule)
