"""What a person can choose about a run, from the environment (pure)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tests.demo.schedule import SHORTEST_SECONDS

__all__ = ["DemoSettings", "read_settings"]

_DEFAULT_SECONDS = 180.0
_MOST_STREAMS = 8


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """One run: how long it feeds, how many streams at the peak, and whether its gates decide."""

    seconds: float
    streams: int
    is_gated: bool


def read_settings(environment: Mapping[str, str], cores: int | None = None) -> DemoSettings:
    """Return the settings; raises ValueError naming the variable and what to write instead."""
    given = environment.get("DEMO_SECONDS", "")
    seconds = _number("DEMO_SECONDS", given, least=SHORTEST_SECONDS) if given else _DEFAULT_SECONDS
    wanted = environment.get("DEMO_STREAMS", "")
    usual = min(_MOST_STREAMS, max(2, 2 * (cores or os.cpu_count() or 2)))
    streams = int(_number("DEMO_STREAMS", wanted, least=2)) if wanted else usual
    return DemoSettings(seconds=seconds, streams=streams, is_gated=bool(given))


def _number(name: str, text: str, *, least: float) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}: write a number, such as {least:g}") from error
    if not least <= value < 1e6:
        raise ValueError(f"{name} is {text!r}: write {least:g} or more")
    return value
