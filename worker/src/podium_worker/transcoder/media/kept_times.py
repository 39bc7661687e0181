"""Times of pictures that keep their own, around an encoder that counts evenly. Pure.

An encoder spends bits by the time that a picture lasts: one that follows the last by a tick would
get none. As in the reference, it is told an even rate, and the real times return on its packets.
"""

__all__ = ["KeptTimes"]

_MOST_REORDERED = 32


class KeptTimes:
    """The times given to one encoder, in rising order; `step` ticks are one picture's."""

    def __init__(self, step: int) -> None:
        self._step = max(step, 1)
        self._times: list[int] = []

    def add(self, time: int) -> int:
        """Accept the next picture's time in ticks; return its number, which the encoder gets."""
        self._times.append(time)
        return len(self._times) - 1

    def of(self, number: int, decoded: int | None) -> tuple[int, int | None]:
        """Return a packet's times in ticks, by the numbers that the encoder gave it.

        Decoding may begin before the first picture. None when that number makes no sense.
        """
        time = self._times[number]
        if decoded is None or not -_MOST_REORDERED <= decoded <= number:
            return time, None
        if decoded < 0:
            return time, self._times[0] + decoded * self._step
        return time, self._times[decoded]
