"""How this round's reward stands, and which round was lost last."""

__all__ = ["LATE_PPM", "standing_of"]

from typing import Final

from podium_operator.chain.model import ChainObserved, RewardStanding, Standing
from podium_operator.chain.rewards import is_unprofitable
from podium_operator.chain.rounds import progress_ppm
from podium_operator.chain.stages import is_missed
from podium_operator.chain.wants import Scene

# A round's share that may pass before a reward is called late.
LATE_PPM: Final = 250_000


def standing_of(observed: ChainObserved, scene: Scene | None) -> RewardStanding:
    """The standing by the chain alone, so that a restart changes nothing about it."""
    if scene is None or observed.state is None:
        return RewardStanding(Standing.NONE, 0)
    number = scene.round.number
    is_ours = scene.terms.rewards is not None
    missed = number - 1 if is_ours and is_missed(scene.transcoder, number - 1) else None
    return RewardStanding(_standing(scene, missed), number, missed)


def _standing(scene: Scene, missed: int | None) -> Standing:
    rewards = scene.terms.rewards
    if scene.transcoder.active and not scene.is_reward_due:
        return Standing.OK
    if rewards is None or not scene.is_reward_due:
        return Standing.NONE
    if scene.round.initialized and is_unprofitable(scene, rewards):
        return Standing.SKIPPED
    if progress_ppm(scene.round) >= LATE_PPM:
        return Standing.LATE
    return Standing.MISSED if missed is not None else Standing.PENDING
