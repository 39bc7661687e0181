"""The line count sees one package alone, and signals the process at the line it is aimed at."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.chain.soak.kill import Aim, LineCount

_HERE = Path(__file__)
_reached: list[int] = []


def _two_lines() -> None:
    _reached.append(1)
    _reached.append(2)


async def _three_lines() -> None:
    _reached.append(1)
    await asyncio.sleep(0)
    _reached.append(2)


@pytest.fixture
def signals() -> Iterator[list[str]]:
    """What a signal that would end the process finds done already."""
    _reached.clear()
    said: list[str] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: said.append(f"signal after {_reached}"))
    yield said
    signal.signal(signal.SIGUSR1, before)


def test_lines_of_functions_coroutines_and_threads_are_counted_together() -> None:
    async def call_all() -> None:
        await _three_lines()
        await asyncio.to_thread(_two_lines)

    with LineCount(package=_HERE) as lines:
        _two_lines()
        asyncio.run(call_all())

    assert lines.count == 2 + 2 + 3 + 2


def test_lines_of_other_packages_are_not_counted() -> None:
    with LineCount() as lines:
        _two_lines()

    assert lines.count == 0


def test_the_signal_comes_before_the_line_it_is_aimed_at(signals: list[str]) -> None:
    aim = Aim(2, signal.SIGUSR1, within=(_HERE.name,))

    with LineCount(aim, package=_HERE.parent, warn=lambda: signals.append("warned")):
        _two_lines()

    assert signals == ["warned", "signal after [1]"]
