"""A clock for code that is handed one: it moves when a test says so, and never by itself."""

from dataclasses import dataclass

__all__ = ["Clock"]


@dataclass
class Clock:
    """Seconds, monotonic or of the wall, as the code under test understands them."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now
