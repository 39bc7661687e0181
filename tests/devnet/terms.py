"""What the protocol is set to when our own script deploys it. Values only."""

from dataclasses import dataclass

__all__ = ["LPT", "ROLES", "Terms"]

LPT = 10**18

# One account of the mnemonic each, in this order. `orchestrator`, `rival` and `newcomer` hold
# LPT to stake, `delegator` too; the other roles hold ETH alone.
ROLES = (
    "deployer",
    "orchestrator",
    "rewardCaller",
    "redeemer",
    "delegator",
    "gateway",
    "rival",
    "newcomer",
    "cold",
    "stranger",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Rounds in blocks, periods in rounds, inflation in parts per 1e9, LPT in base units."""

    round_blocks: int = 40
    pool_size: int = 2
    unbonding_rounds: int = 3
    unlock_rounds: int = 2
    ticket_validity_rounds: int = 2
    round_lock_ppm: int = 100_000
    inflation: int = 220_500
    inflation_change: int = 500
    target_bonding_rate: int = 500_000_000
    supply: int = 80_000 * LPT
    endowment: int = 10_000 * LPT

    def __post_init__(self) -> None:
        """Refuse rounds too short for a lock window and the transactions of a test."""
        if self.round_blocks < 20:
            raise ValueError(f"round_blocks is {self.round_blocks}: give at least 20")
        if self.pool_size < 1:
            raise ValueError(f"pool_size is {self.pool_size}: give at least 1")
