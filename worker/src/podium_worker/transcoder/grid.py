"""Which slots of a constant frame rate each source frame fills; integer arithmetic only.

Slots are absolute multiples of the frame duration, so that consecutive segments share one grid.
A frame goes to its nearest slot, a later frame wins a slot, a gap repeats the frame before it,
and at the end a slot is filled only if it starts before the last frame ends.
"""

from fractions import Fraction

__all__ = ["FrameGrid"]

_NOTHING = range(0)


class FrameGrid:
    """One rendition's progress along its grid.

    `push` tells which slots the frame before the pushed one fills, so that a frame that fills
    none is never scaled.
    """

    def __init__(self, frame_rate: Fraction, time_base: Fraction) -> None:
        self._slots_per_tick = time_base * frame_rate
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
        position = abs(pts) * self._slots_per_tick
        slot = (2 * position.numerator + position.denominator) // (2 * position.denominator)
        return slot if pts >= 0 else -slot
