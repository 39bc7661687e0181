"""The start-up self-test of a transcoder."""

from dataclasses import dataclass

from podium_worker.transcoder.slots import SlotPool

__all__ = ["CanaryError", "CanaryReport", "run_canary"]


class CanaryError(Exception):
    """The hardware cannot do what the pod was asked for; the pod must not become ready."""


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """What the self-test proved: capability classes, and slot seconds per load class."""

    classes: tuple[str, ...]
    slot_seconds: dict[str, float]


async def run_canary(pool: SlotPool, *, hardware: str = "cpu") -> CanaryReport:
    """Transcode a built-in segment to a ladder; `CanaryError` says what failed."""
    raise CanaryError(f"{pool.slots} {hardware}")
