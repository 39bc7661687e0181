"""What the load is about to do: how it grows, and what it has recently grown by in a pod's start.

History is of uncorrected erlangs, one sample in five seconds over half an hour. The larger of the
two expectations counts, never their sum, and less than a slot's worth is none.
"""

__all__ = ["Outlook", "outlook_of", "remembered"]

import math
import statistics
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from podium_operator.scaling.decision import Lookahead
from podium_operator.scaling.model import History

_KEPT_SECONDS: Final = 1800.0
_SAMPLE_SECONDS: Final = 5.0
_GROWTH_SECONDS: Final = 60.0
# A climb has lasted for so many samples; between younger ones a rise would be chance.
_CLIMB_SAMPLES: Final = 3
_CLIMB_SECONDS: Final = 2.0
_SIGMAS: Final = 4.0
_MAD_TO_SIGMA: Final = 1.4826
_QUANTILE: Final = 0.8
# With fewer differences, what they say is chance.
_LEAST_DIFFERENCES: Final = 12
# The most that is believed of the present load.
_CAP: Final = 0.5
_SPARES_CAP: Final = 1.0
_LEAST_ERLANGS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """The present load and its past; the rest is asked of it per pool.

    growth: erlangs per second, 0 unless it stands out from the noise. climb: erlangs per second by
    which the load rose between any two of the last samples, 0 once it has paused.
    """

    load_erlangs: float
    growth: float
    climb: float
    times: tuple[float, ...]
    loads: tuple[float, ...]

    def rise(
        self, seconds: float, *, surge_percent: float, spares: bool
    ) -> tuple[float, Lookahead]:
        """Erlangs to have in addition for what comes within a pod's start, and by which rule."""
        lead, cap = self.lead(seconds), _CAP * self.load_erlangs
        rules = [
            (min(self.growth * seconds, cap), Lookahead.GROWTH),
            (min(lead, cap), Lookahead.LEAD),
        ]
        if spares:
            rules.append((self.surge(lead, surge_percent), Lookahead.SPARES))
        most, rule = max(rules, key=lambda one: one[0])
        return (most, rule) if most >= _LEAST_ERLANGS else (0.0, Lookahead.NONE)

    def climbed(self, seconds: float) -> tuple[float, Lookahead]:
        """Erlangs that a load in mid-climb gains within so many seconds, if it goes on."""
        most = min(self.climb * seconds, _CAP * self.load_erlangs)
        return (most, Lookahead.CLIMB) if most >= _LEAST_ERLANGS else (0.0, Lookahead.NONE)

    def surge(self, lead: float, percent: float) -> float:
        """The sudden rise to be prepared for: the usual one, or what the spec names."""
        named = self.load_erlangs * percent / 100
        return max(named, min(lead, _SPARES_CAP * self.load_erlangs))

    def lead(self, seconds: float) -> float:
        """The 80th percentile of the rises within `seconds`, over the last half hour."""
        rises = sorted(max(0.0, rise) for rise in _differences(self.times, self.loads, seconds))
        if len(rises) < _LEAST_DIFFERENCES:
            return 0.0
        return rises[math.ceil(_QUANTILE * len(rises)) - 1]


def outlook_of(history: History, *, now: float, load_erlangs: float) -> Outlook:
    """Look at the load and at its past."""
    past = [(at, load) for at, load in history if now - _KEPT_SECONDS < at <= now]
    times, loads = tuple(at for at, _ in past), tuple(load for _, load in past)
    growth = _growth(times, loads, now, load_erlangs)
    climb = _climb([one for one in past if one[0] <= now - _CLIMB_SECONDS], now, load_erlangs)
    return Outlook(load_erlangs, growth, climb, times, loads)


def remembered(history: History, *, now: float, load_erlangs: float) -> History:
    """The history with this load, unless the last sample is too young."""
    kept = tuple(one for one in history if now - _KEPT_SECONDS < one[0] <= now)
    if kept and now - kept[-1][0] < _SAMPLE_SECONDS:
        return kept
    return (*kept, (now, round(load_erlangs, 3)))


def _growth(times: Sequence[float], loads: Sequence[float], now: float, load: float) -> float:
    then = bisect_right(times, now - _GROWTH_SECONDS) - 1
    differences = _differences(times, loads, _GROWTH_SECONDS)
    if then < 0 or len(differences) < _LEAST_DIFFERENCES:
        return 0.0
    middle = statistics.median(differences)
    spread = statistics.median(abs(one - middle) for one in differences)
    rise = load - loads[then]
    return max(0.0, rise / _GROWTH_SECONDS) if rise > _SIGMAS * _MAD_TO_SIGMA * spread else 0.0


def _climb(past: Sequence[tuple[float, float]], now: float, load: float) -> float:
    """The slowest of the last steps: what ended, or has just begun, is no climb."""
    steps = [*past[-_CLIMB_SAMPLES:], (now, load)]
    if len(steps) <= _CLIMB_SAMPLES:
        return 0.0
    slopes = [
        (after - before) / (at - then) if at > then else 0.0  # a record may say anything
        for (then, before), (at, after) in pairwise(steps)
    ]
    return max(0.0, min(slopes))


def _differences(times: Sequence[float], loads: Sequence[float], seconds: float) -> list[float]:
    """Each sample less the one `seconds` before it, in one walk over both."""
    found, then = [], -1
    for at, load in zip(times, loads, strict=True):
        while then + 1 < len(times) and times[then + 1] <= at - seconds:
            then += 1
        if then >= 0:
            found.append(load - loads[then])
    return found
