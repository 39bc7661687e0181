"""Where to cut a stream into segments, and which segment a packet belongs to. Pure.

A cut is made at a key frame, at the one nearest to the wanted length as far as the distances
between key frames so far tell. Sound follows its time, not its place in the file: a segment stays
open until the sound has passed its end, within a patience. Times are seconds of the source.
"""

from dataclasses import dataclass

__all__ = ["CutPlan"]

_JUMP_SECONDS = 10.0
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Open:
    number: int
    start: float


class CutPlan:
    """Numbers segments from 0; give it packets in file order and ask what is complete."""

    def __init__(self, target_seconds: float, *, has_audio: bool) -> None:
        self._target = target_seconds
        self._has_audio = has_audio
        self._open: list[_Open] = []
        self._complete: list[int] = []
        self._last_key = 0.0
        self._longest_gap = 0.0
        self._video_now = 0.0
        self._next = 0

    @property
    def next_number(self) -> int:
        """The number that the next segment would get."""
        return self._next

    def place_video(self, seconds: float, *, is_key: bool) -> int:
        """Return the segment of a video packet, by its presentation time."""
        if not self._open:
            self._begin(seconds)
        elif is_key:
            self._at_key(seconds)
        self._video_now = seconds if is_key else max(self._video_now, seconds)
        self._complete_overdue()
        return self._open[-1].number

    def place_audio(self, seconds: float) -> int:
        """Return the segment of an audio packet; sound before all pictures goes with the first."""
        if not self._open:
            self._begin(seconds)
        place = next((one for one in reversed(self._open) if one.start <= seconds), self._open[0])
        while self._open[0] is not place:
            self._complete.append(self._open.pop(0).number)
        return place.number

    def take_complete(self) -> list[int]:
        """Return the segments that nothing more can come for, each once, in order."""
        complete, self._complete = self._complete, []
        return complete

    def finish(self) -> list[int]:
        """Return those that are still open, in order."""
        rest = [*self._complete, *(one.number for one in self._open)]
        self._complete, self._open = [], []
        return rest

    def _at_key(self, seconds: float) -> None:
        elapsed = seconds - self._open[-1].start
        gap = seconds - self._last_key
        self._longest_gap = max(self._longest_gap, gap)
        self._last_key = seconds
        has_jumped = gap < 0 or seconds - self._video_now > _JUMP_SECONDS
        if has_jumped:
            self._complete += [one.number for one in self._open[:-1]]
            del self._open[:-1]
        if has_jumped or elapsed + self._longest_gap / 2 >= self._target:
            if has_jumped or not self._has_audio:
                self._complete.append(self._open.pop().number)
            self._begin(seconds)

    def _begin(self, seconds: float) -> None:
        self._open.append(_Open(self._next, seconds))
        self._next += 1
        self._last_key = seconds
        self._longest_gap = 0.0

    def _complete_overdue(self) -> None:
        """Complete segments whose sound ended, or lies too far behind, to bound what is held."""
        while len(self._open) > 1 and self._video_now - self._open[1].start > _PATIENCE_SECONDS:
            self._complete.append(self._open.pop(0).number)
