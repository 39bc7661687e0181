"""Which pictures of a source no rendition shows, by their times alone. Pure.

They follow from the packets' times before anything is decoded, so that a decoder may leave out
those that no other picture needs.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.grid import frame_times

__all__ = ["unshown_times"]


def unshown_times(
    packet_times: Iterable[int | None], rates: Sequence[Fraction | None], time_base: Fraction
) -> frozenset[int]:
    """Return the times, in ticks of the source, at which no rendition shows a picture of its own.

    `rates` are the renditions' frame rates, None for one that shows every picture. Nothing is
    left out where a time is missing or there twice: there the times are not the pictures'. The
    last picture stays, since the end is reckoned from it.
    """
    times = list(packet_times)
    known = sorted({time for time in times if time is not None})
    if None in rates or len(known) != len(times):
        return frozenset()
    try:
        shown = frozenset[int]().union(*(_shown(known, rate, time_base) for rate in rates))
        unshown = frozenset(known[:-1]) - shown
        for rate in rates:  # what is left must be a source that is served as before
            _shown([time for time in known if time not in unshown], rate, time_base)
    except TranscodeError:
        return frozenset()
    return unshown


def _shown(known: Sequence[int], rate: Fraction | None, time_base: Fraction) -> set[int]:
    """Return the times whose pictures fill at least one slot."""
    grid, shown = frame_times(rate, time_base), set()
    for before, time in zip([None, *known], known, strict=False):
        if grid.push(time, 1) and before is not None:
            shown.add(before)
    return shown
