"""What the promise itself says: more slots while segments are late though nothing is missing.

A model of the load can be wrong in ways that nobody foresaw; late segments cannot. While pods are
still starting, lateness says only that they are, and moves nothing here.
"""

__all__ = ["Promise", "promise_after"]

from dataclasses import dataclass
from typing import Final

from podium_operator.scaling.model import Inputs, Window

_ANSWERED_SECONDS: Final = 20.0
_TOLERATED_SHARE: Final = 0.005
# With fewer answers, a late one is chance.
_LEAST_ANSWERED: Final = 100
_RAISE: Final = 1.1
_RAISE_SECONDS: Final = 6.0
_LARGEST: Final = 2.0
_DECAY: Final = 0.98
_DECAY_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Promise:
    """By what slots are multiplied, and since when that is so."""

    factor: float
    at: float | None


def promise_after(inputs: Inputs, window: Window, *, is_met: bool) -> Promise:
    """The correction for the next decision.

    `is_met`: pods are as the model wants them, none is starting; then late segments say that the
    model wants too few.
    """
    known = Promise(window.lateness, window.lateness_at)
    is_whole = window.clear_seconds(inputs.now) >= _ANSWERED_SECONDS
    if inputs.answered is None or inputs.late is None or not is_whole:
        return known
    rested = inputs.now - known.at if known.at is not None else _DECAY_SECONDS
    if _is_late(inputs.answered, inputs.late):
        if is_met and rested >= _RAISE_SECONDS:
            return Promise(min(known.factor * _RAISE, _LARGEST), inputs.now)
    elif not inputs.late and known.factor > 1 and rested >= _DECAY_SECONDS:
        return Promise(max(known.factor * _DECAY, 1.0), inputs.now)
    return known


def _is_late(answered: int, late: int) -> bool:
    return answered >= _LEAST_ANSWERED and late > _TOLERATED_SHARE * answered
