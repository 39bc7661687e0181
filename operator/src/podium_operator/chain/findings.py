"""All that a decision came to, for those who put it into words."""

__all__ = ["Findings"]

from dataclasses import dataclass

from podium_operator.chain.model import ChainObserved, Intent, RewardStanding
from podium_operator.chain.obstacles import Obstacle
from podium_operator.chain.planning import Plan
from podium_operator.chain.wants import Scene, Wait


@dataclass(frozen=True, slots=True)
class Findings:
    """scene: None where nothing that was read may be judged by."""

    observed: ChainObserved
    scene: Scene | None
    obstacle: Obstacle | None
    plans: tuple[Plan, ...]
    waits: tuple[Wait, ...]
    intents: tuple[Intent, ...]
    reward: RewardStanding
