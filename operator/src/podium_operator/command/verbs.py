"""What a verb of `podium` is, and what it answers."""

import argparse
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType

__all__ = ["Answer", "Verb"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is printed, and the exit status: 0, or 1 where the answer is bad news."""

    text: RenderableType
    status: int = 0


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: `arguments` adds its flags, `run` answers. Failures are `PodiumError`s."""

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Coroutine[Any, Any, Answer]]
