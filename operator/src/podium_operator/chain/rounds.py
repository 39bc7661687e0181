"""Where a round stands: shares of its blocks, and moments drawn once for each orchestrator.

A round's time is its blocks, never a wall clock: the chain's and ours may differ.
"""

__all__ = [
    "blocks_gone",
    "blocks_left",
    "blocks_until_lock",
    "draw_ppm",
    "progress_ppm",
    "seconds_left",
    "terms_still_fit",
]

from hashlib import sha256
from typing import Final

from podium_operator.chain.model import RoundState

_WHOLE_PPM: Final = 1_000_000


def blocks_gone(round_state: RoundState) -> int:
    """Blocks of this round so far, 0 where an endpoint reports an earlier block."""
    return max(0, round_state.block_number - round_state.start_block)


def blocks_left(round_state: RoundState) -> int:
    return max(0, round_state.length - blocks_gone(round_state))


def progress_ppm(round_state: RoundState) -> int:
    """The round's share that is gone, at most a million."""
    if round_state.length <= 0:
        return _WHOLE_PPM
    return min(_WHOLE_PPM, blocks_gone(round_state) * _WHOLE_PPM // round_state.length)


def seconds_left(round_state: RoundState, *, block_seconds: float) -> float:
    """An estimate: blocks come in steps."""
    return blocks_left(round_state) * block_seconds


def blocks_until_lock(round_state: RoundState) -> int:
    """Blocks until terms can no longer be set in this round; 0 once it is locked."""
    if round_state.locked:
        return 0
    locked = round_state.length * round_state.lock_amount_ppm // _WHOLE_PPM
    return max(0, blocks_left(round_state) - locked)


def terms_still_fit(round_state: RoundState) -> bool:
    """Whether a bond now leaves room for `transcoder()` behind it before the lock."""
    return blocks_until_lock(round_state) >= max(2, round_state.length // 50)


def draw_ppm(orchestrator: str, round_number: int) -> int:
    """A number below a million, the same in every process: who waits how long in this round."""
    digest = sha256(f"{orchestrator.lower()}/{round_number}".encode()).digest()
    return int.from_bytes(digest[:8]) % _WHOLE_PPM
