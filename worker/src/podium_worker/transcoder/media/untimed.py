"""Times for pictures that came without one, from their neighbours'. Pure.

A transport packet may carry several pictures and one time, and a declared frame rate may be wrong
by just that: pictures between two known times share the room that there is.
"""

from typing import Generic, TypeVar

__all__ = ["UntimedPictures"]

_T = TypeVar("_T")
_MOST_HELD = 8  # each is a decoded picture


class UntimedPictures(Generic[_T]):
    """Holds pictures without a time until the next known one, a few at most.

    What comes out is in order; a time is still None where no neighbour helps. `found_step` is how
    long a picture really lasts in ticks, 0 while nothing speaks against the declared step.
    """

    def __init__(self, step: int) -> None:
        self._step = max(step, 1)
        self.found_step = 0
        self._last: int | None = None
        self._held: list[_T] = []

    def push(self, picture: _T, pts: int | None) -> list[tuple[_T, int | None]]:
        """Accept a picture with its time in ticks; return those that need not wait."""
        if pts is None:
            self._held.append(picture)
            return self.finish() if len(self._held) > _MOST_HELD else []
        times = self._times_until(pts)
        ready: list[tuple[_T, int | None]] = [*zip(self._held, times, strict=True), (picture, pts)]
        self._held, self._last = [], pts
        return ready

    def finish(self) -> list[tuple[_T, int | None]]:
        """Return what waits for a time that does not come."""
        held, self._held = self._held, []
        last = self._last
        if last is None:
            return [(picture, None) for picture in held]
        self._last = last + len(held) * self._step
        return [(picture, last + n * self._step) for n, picture in enumerate(held, start=1)]

    def _times_until(self, pts: int) -> list[int]:
        count = len(self._held)
        if self._last is not None and pts > self._last:
            room = (pts - self._last) // (count + 1)
            if count and room < self._step:
                self._step = self.found_step = max(1, room)
            return [self._last + number * self._step for number in range(1, count + 1)]
        return [pts - number * self._step for number in range(count, 0, -1)]
