"""One case through a slot pool, bounded in time."""

import asyncio
import time

from tests.fuzz.cases import Case
from tests.fuzz.judging import Refusal

from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.slots.pool import SlotPool

__all__ = ["LATE_SECONDS", "Answer", "attempt", "open_pool", "patience_seconds"]

Answer = TranscodeResult | Refusal
LATE_SECONDS = 5.0
_SLOT_BYTES = 1 << 30
_PATIENCE_SECONDS, _LARGE_PATIENCE_SECONDS, _DEAR_PATIENCE_SECONDS = 120.0, 240.0, 6.0


def open_pool(slots: int) -> SlotPool:
    """Return a pool like a pod's, with the same memory on every machine."""
    return SlotPool(slots, memory_bytes=_SLOT_BYTES)


async def attempt(pool: SlotPool, case: Case, *, is_large: bool = False) -> tuple[Answer, float]:
    """Run one case; return its answer and the seconds that it took."""
    began = time.monotonic()
    bound = patience_seconds(case, is_large=is_large)
    answer: Answer
    try:
        async with asyncio.timeout(bound + 6 * LATE_SECONDS):
            answer = await pool.run(
                case.source,
                case.profiles,
                timeout_seconds=bound,
                duration_seconds=case.duration_seconds,
            )
    except TranscodeError as error:
        answer = Refusal(error.text, error.detail)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
        answer = Refusal("the parent failed", repr(error))
    return answer, time.monotonic() - began


def patience_seconds(case: Case, *, is_large: bool = False) -> float:
    """Return the deadline of a case in seconds, many times what it needs."""
    if case.is_dear:
        return _DEAR_PATIENCE_SECONDS
    return _LARGE_PATIENCE_SECONDS if is_large else _PATIENCE_SECONDS
