"""Repair of time stamps: encoders and muxers want them present and rising. Pure."""

__all__ = ["DecodingClock", "PresentationClock"]


class PresentationClock:
    """Presentation times of decoded frames, in ticks of the source."""

    def __init__(self, step: int) -> None:
        self._last: int | None = None
        self._step = max(step, 1)

    def repair(self, pts: int | None, duration: int) -> tuple[int, int]:
        """Return a rising time and a positive duration; a missing time follows the last frame."""
        step = duration if duration > 0 else self._step
        if pts is None:
            pts = 0 if self._last is None else self._last + self._step
        elif self._last is not None and pts <= self._last:
            pts = self._last + 1
        self._last, self._step = pts, step
        return pts, step


class DecodingClock:
    """Decoding times of packets on their way to a muxer, in ticks of their stream."""

    def __init__(self, floor: int | None = None) -> None:
        self._last = None if floor is None else floor - 1
        self._step = 1

    def repair(self, pts: int | None, dts: int | None, duration: int) -> tuple[int, int]:
        """Return `(pts, dts)` with dts rising and never after pts."""
        follows = 0 if self._last is None else self._last + self._step
        dts = dts if dts is not None else pts if pts is not None else follows
        if self._last is not None and dts <= self._last:
            dts = self._last + 1
        self._last, self._step = dts, max(duration, 1)
        return max(dts if pts is None else pts, dts), dts
