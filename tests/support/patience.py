"""Waiting, within a bound, for what another process does and sends no word of.

What happens in this process has an event to await instead.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

__all__ = ["look_until", "until"]

_T = TypeVar("_T")
_PATIENCE_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.02


async def until(
    is_true: Callable[[], Awaitable[bool]], what: str, *, within_seconds: float = _PATIENCE_SECONDS
) -> None:
    """Look again until a claim is true; AssertionError with `what` when it does not become so."""
    end = time.monotonic() + within_seconds
    while not await is_true():
        assert time.monotonic() < end, f"not within {within_seconds} s: {what}"
        await asyncio.sleep(_LOOK_SECONDS)


def look_until(
    look: Callable[[], _T | None],
    what: str,
    *,
    within_seconds: float = _PATIENCE_SECONDS,
    every_seconds: float = _LOOK_SECONDS,
) -> _T:
    """Look again until there is something to see, and return it; AssertionError as in `until`."""
    end = time.monotonic() + within_seconds
    while not (found := look()):
        assert time.monotonic() < end, f"not within {within_seconds} s: {what}"
        time.sleep(every_seconds)
    return found
