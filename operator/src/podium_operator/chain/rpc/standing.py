"""How an endpoint has fared: its last fault, its head, and when it may be asked again.

Each has a back-off of its own, doubling and jittered, by the injected clock.
"""

__all__ = ["Standing"]

from collections.abc import Callable
from typing import Final

from podium_operator.chain.rpc.errors import EndpointError, EndpointFault
from podium_operator.chain.rpc.values import Limits, Sighting

_MOST_DOUBLINGS: Final = 20


class Standing:
    """One endpoint's record; it changes with every answer."""

    def __init__(
        self, name: str, limits: Limits, *, clock: Callable[[], float], draw: Callable[[], float]
    ) -> None:
        self.name = name
        self.fault: EndpointFault | None = None
        self.head = 0
        self.lag_blocks = 0
        self.is_our_chain = False
        self.resume_at = float("-inf")
        self._limits, self._clock, self._draw = limits, clock, draw
        self._failures = 0

    @property
    def is_ready(self) -> bool:
        """Whether it is not set aside."""
        return self._clock() >= self.resume_at

    @property
    def is_healthy(self) -> bool:
        return self.fault is None and self.is_our_chain

    def succeed(self) -> None:
        """It answered what was asked: its next pause is a short one."""
        self._failures = 0

    def meet(self, head: int, best: int) -> None:
        """It told its head; best: the highest of all. Too far behind is a fault without a pause."""
        self.resume_at = float("-inf")
        self.head, self.lag_blocks = head, max(0, best - head)
        is_behind = self.lag_blocks > self._limits.max_lag_blocks
        self.fault = EndpointFault.BEHIND if is_behind else None

    def fail(self, error: EndpointError) -> None:
        """Set it aside: twice as long each time, half of it by chance, at least as it asked for."""
        self.fault = error.fault
        if error.fault is EndpointFault.WRONG_CHAIN:
            self.is_our_chain = False
        doubled = self._limits.first_pause_seconds * 2 ** min(self._failures, _MOST_DOUBLINGS)
        longest = self._limits.longest_pause_seconds
        pause = min(longest, doubled) * (1 + self._draw()) / 2
        self._failures += 1
        self.resume_at = self._clock() + max(pause, min(error.retry_after_seconds, longest))

    def sighting(self) -> Sighting:
        return Sighting(self.name, self.fault, self.head, self.lag_blocks)
