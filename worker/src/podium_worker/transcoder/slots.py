"""Child processes that transcode, one segment at a time each."""

from collections.abc import Sequence
from typing import Self

from podium_worker.profiles import Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.results import TranscodeResult

__all__ = ["SlotPool"]


class SlotPool:
    """Slots of one pod; `async with SlotPool(slots) as pool`, or `start` and `aclose`."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.busy = 0

    async def start(self) -> None:
        """Start every child and wait until each is ready."""

    async def run(
        self, source: bytes, profiles: Sequence[Profile], *, timeout_seconds: float
    ) -> TranscodeResult:
        """Transcode in a free slot (waits for one); `TranscodeError` when it failed."""
        raise TranscodeError(ErrorText.STOPPED, f"{len(source)} {profiles} {timeout_seconds}")

    async def aclose(self) -> None:
        """End every child."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
