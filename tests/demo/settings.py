"""What a person can choose about a run, from the environment (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.demo.schedule import shortest_seconds

__all__ = ["DemoSettings", "read_settings"]

_DEFAULT_SECONDS = 180.0
_USUAL_STREAMS = 4


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """One run: how long it feeds, and how many streams at the peak."""

    seconds: float
    streams: int


def read_settings(environment: Mapping[str, str], cores: int) -> DemoSettings:
    """Return the settings; raises ValueError naming the variable and what to write instead."""
    wanted = environment.get("DEMO_STREAMS", "")
    usual = _USUAL_STREAMS if cores > 1 else 2
    streams = int(_number("DEMO_STREAMS", wanted, least=2)) if wanted else usual
    given = environment.get("DEMO_SECONDS", "")
    shortest = shortest_seconds(streams)
    seconds = _number("DEMO_SECONDS", given, least=shortest) if given else _DEFAULT_SECONDS
    return DemoSettings(seconds=max(seconds, shortest), streams=streams)


def _number(name: str, text: str, *, least: float) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}: write a number, such as {least:g}") from error
    if not least <= value < 1e6:
        raise ValueError(f"{name} is {text!r}: write {least:g} or more")
    return value
