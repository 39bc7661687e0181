"""An intent as the chain's keeper writes it down."""

from typing import Final

from tests.unit.operator.chain.cases import OWN, STRANGER

from podium_operator.chain.model import Intent, IntentKind

__all__ = ["REWARD"]

REWARD: Final = Intent(
    id="reward-100-aa",
    kind=IntentKind.REWARD,
    round=100,
    goal="rewarded",
    why="round 100 is unrewarded",
    sender=OWN,
    to=STRANGER,
    data="0x228cb733",
    value_wei=0,
    gas_limit=700_000,
    max_fee_wei=10**9,
    at=1_700_000_000,
)
