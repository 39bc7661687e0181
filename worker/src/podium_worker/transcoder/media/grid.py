"""At which times of its own a rendition shows each source frame; integer arithmetic only.

Slots are absolute multiples of the frame duration, so that consecutive segments share one grid.
A frame goes to its nearest slot, a later frame wins a slot, a gap repeats the frame before it,
and at the end a slot is filled only if it starts before the last frame ends.
"""

from fractions import Fraction
from typing import Protocol

from podium_worker.transcoder.errors import ErrorText, TranscodeError

__all__ = ["FrameGrid", "FrameTimes", "GuardedTimes", "SourceTimes", "frame_times"]

_NOTHING = range(0)
_RUNAWAY_FACTOR = 25


class FrameTimes(Protocol):
    """One rendition's progress: what a frame fills is known when the next one is pushed.

    So a frame that fills nothing is never scaled.
    """

    def push(self, pts: int, duration: int) -> range:
        """Accept a frame (`pts` and `duration` in ticks); return the previous frame's times."""

    def finish(self) -> range:
        """Return the last frame's times."""


def frame_times(frame_rate: Fraction | None, time_base: Fraction) -> FrameTimes:
    """Return the guarded times of a rendition; without a frame rate it keeps the source's."""
    return GuardedTimes(FrameGrid(frame_rate, time_base) if frame_rate else SourceTimes())


class SourceTimes:
    """Every frame once, at its own time."""

    def __init__(self) -> None:
        self._held = _NOTHING

    def push(self, pts: int, duration: int) -> range:  # noqa: ARG002  # as every `FrameTimes`
        """Accept a frame; return the previous frame's time."""
        before, self._held = self._held, range(pts, pts + 1)
        return before

    def finish(self) -> range:
        """Return the last frame's time."""
        return self._held


class FrameGrid:
    """The slots of a constant frame rate."""

    def __init__(self, frame_rate: Fraction, time_base: Fraction) -> None:
        slots_per_tick = time_base * frame_rate
        self._twice, self._ticks = 2 * slots_per_tick.numerator, slots_per_tick.denominator
        self._next: int | None = None
        self._first = 0
        self._end_ticks = 0

    def push(self, pts: int, duration: int) -> range:
        """Accept a frame (`pts` and `duration` in ticks); return the previous frame's slots."""
        slot = self._slot_of(pts)
        self._end_ticks = pts + duration
        if self._next is None:
            self._next = self._first = slot
            return _NOTHING
        return self._fill_until(slot)

    def finish(self) -> range:
        """Return the last frame's slots; a source shorter than one slot still fills one."""
        if self._next is None:
            return _NOTHING
        end = self._slot_of(self._end_ticks)
        return self._fill_until(end if self._next > self._first else max(end, self._first + 1))

    def _fill_until(self, slot: int) -> range:
        start = self._next or 0
        self._next = max(start, slot)
        return range(start, self._next)

    def _slot_of(self, pts: int) -> int:
        """Round to the nearest slot, halves away from zero."""
        slot = (abs(pts) * self._twice + self._ticks) // (2 * self._ticks)
        return slot if pts >= 0 else -slot


class GuardedTimes:
    """Other times, but a source whose wild time stamps ask for endless copies is refused."""

    def __init__(self, times: FrameTimes) -> None:
        self._times = times
        self._pushed = self._planned = 0

    def push(self, pts: int, duration: int) -> range:
        """As the guarded one; `TranscodeError` before the first copy too many is made."""
        self._pushed += 1
        return self._checked(self._times.push(pts, duration))

    def finish(self) -> range:
        """As the guarded one; `TranscodeError` before the first copy too many is made."""
        return self._checked(self._times.finish())

    def _checked(self, times: range) -> range:
        self._planned += times.stop - times.start
        limit = _RUNAWAY_FACTOR * self._pushed
        if self._planned > limit:
            raise TranscodeError(ErrorText.RUNAWAY, f"{self._planned} frames, over {limit}")
        return times
