"""When the numbers are not to be acted on: too old, impossible, or from a clock that went back.

Blind, a pool keeps its size: what is missing is never zero. A single silent source lets pools
grow with what the others say, and takes nothing away.
"""

__all__ = ["BLIND", "STALE_AFTER_SECONDS", "hold_of", "is_clear", "silent_sources"]

from typing import Final

from podium_operator.scaling.decision import Hold
from podium_operator.scaling.model import Inputs, Window

STALE_AFTER_SECONDS: Final = 15.0
BLIND: Final = frozenset({Hold.STALE, Hold.CLOCK, Hold.IMPLAUSIBLE})
# A jump by this factor, to this many streams, of which no segment came: held for one tick.
_JUMP: Final = 5.0
_JUMP_STREAMS: Final = 20.0
_TICK_SECONDS: Final = 2.0
_CLEAR_AGE_SECONDS: Final = 5.0


def hold_of(inputs: Inputs, window: Window) -> Hold:
    """What keeps pools from being scaled freely."""
    if window.last_at is not None and inputs.now < window.last_at:
        return Hold.CLOCK
    silent = silent_sources(inputs)
    if len(silent) == len(inputs.sources):
        return Hold.STALE
    if silent:
        return Hold.SILENT
    return Hold.IMPLAUSIBLE if _is_doubtful(inputs, window) else Hold.NONE


def silent_sources(inputs: Inputs) -> tuple[str, ...]:
    """The sources whose last report is too old."""
    return tuple(one.name for one in inputs.sources if not one.age_seconds <= STALE_AFTER_SECONDS)


def is_clear(inputs: Inputs, hold: Hold) -> bool:
    """Whether every source has just reported, so that counts over the last seconds are whole."""
    return hold is Hold.NONE and all(
        one.age_seconds <= _CLEAR_AGE_SECONDS for one in inputs.sources
    )


def _is_doubtful(inputs: Inputs, window: Window) -> bool:
    """Streams push from their first second: a crowd without one segment is a broken number."""
    if inputs.segments != 0 or window.streams is None:
        return False
    streams = sum(one.streams for one in inputs.demand)
    if streams <= max(_JUMP * window.streams, _JUMP_STREAMS):
        return False
    return window.doubted_at is None or inputs.now - window.doubted_at < _TICK_SECONDS
