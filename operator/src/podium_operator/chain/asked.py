"""What the spec asks of the chain, in base units. Pure data; see model for the conventions."""

__all__ = [
    "Approval",
    "BelowProfit",
    "ChainTerms",
    "CutChange",
    "DeletionPolicy",
    "GasTerms",
    "InitializePolicy",
    "Registration",
    "RewardTerms",
    "Role",
    "Sweep",
]

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_L1_BLOCK_SECONDS: Final = 12.0


class Role(StrEnum):
    """Whether this cluster acts for the identity, or only serves gateways under it."""

    PRIMARY = "Primary"
    ENDPOINT = "Endpoint"


class Approval(StrEnum):
    """Whether a person allows every transaction one by one."""

    AUTO = "Auto"
    MANUAL = "Manual"


class InitializePolicy(StrEnum):
    """Whether we start a round that nobody else started."""

    NEVER = "Never"
    WHEN_LATE = "WhenLate"


class BelowProfit(StrEnum):
    """What to do with a reward that is worth less than its gas."""

    CALL_ANYWAY = "CallAnyway"
    SKIP = "Skip"


class DeletionPolicy(StrEnum):
    """What happens on chain when the Orchestrator is deleted. Retain sends nothing.

    Deactivate takes the service URI off the chain, so that no gateway comes; the stake stays.
    Unbond resigns: it needs a second confirmation.
    """

    RETAIN = "Retain"
    DEACTIVATE = "Deactivate"
    UNBOND = "Unbond"


@dataclass(frozen=True, slots=True)
class GasTerms:
    """What may be spent. None: no bound.

    cap_wei: gas price for everything in normal times. hard_cap_wei: never above it, not even for
    a reward that runs out of time; None: ten times the cap. budget_wei_per_day: over all kinds;
    rewards may pass it. floor_wei: a key below it pays for rewards only.
    """

    cap_wei: int | None = None
    hard_cap_wei: int | None = None
    budget_wei_per_day: int | None = None
    floor_wei: int = 20_000_000_000_000_000
    warn_days: int = 14


@dataclass(frozen=True, slots=True)
class CutChange:
    """How fast terms may turn against delegators once they are in force.

    max_increase_ppm: of the reward cut kept, and of the fee cut kept, per round.
    announce_rounds: rounds between showing a change and sending it.
    """

    max_increase_ppm: int = 10_000
    announce_rounds: int = 3
    requires_approval: bool = True


@dataclass(frozen=True, slots=True)
class Registration:
    """What the orchestrator is to be on chain. self_bond: bond up to this, never unbond."""

    reward_cut_ppm: int
    fee_share_ppm: int
    service_uri: str
    self_bond: int
    cut_change: CutChange = field(default_factory=CutChange)


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """How hard to try for each round's reward.

    caller: the LIP-118 address to name, "" for none. start_delay_seconds: at most this long after
    the round began, drawn per orchestrator and round. deadline_ppm: of the round; from there on a
    person is called. lpt_price_wei: ether for one whole LPT, None: the profit rule is off.
    min_profit_ppm: reward value over gas cost, 1_000_000 is break-even.
    """

    caller: str = ""
    start_delay_seconds: int = 60
    retry_seconds: int = 300
    deadline_ppm: int = 750_000
    initialize: InitializePolicy = InitializePolicy.WHEN_LATE
    lpt_price_wei: int | None = None
    min_profit_ppm: int = 1_000_000
    below_profit: BelowProfit = BelowProfit.CALL_ANYWAY


@dataclass(frozen=True, slots=True)
class Sweep:
    """What leaves for the cold address: LPT and fees above a bound, ether down to keep_wei.

    None: that one is not swept.
    """

    to: str
    lpt_above: int | None = None
    fees_above_wei: int | None = None
    eth_above_wei: int | None = None
    keep_wei: int = 20_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class ChainTerms:
    """What the spec asks of the chain, in base units.

    signers: the addresses that we have a key for; everything else is call data for a person.
    max_age_seconds: nothing is begun on a state older than this. block_seconds: of the blocks
    that rounds are counted in.
    """

    chain_id: int
    orchestrator: str
    signers: frozenset[str]
    approval: Approval = Approval.MANUAL
    role: Role = Role.PRIMARY
    gas: GasTerms = field(default_factory=GasTerms)
    registration: Registration | None = None
    rewards: RewardTerms | None = field(default_factory=RewardTerms)
    sweep: Sweep | None = None
    deletion: DeletionPolicy = DeletionPolicy.RETAIN
    unbond_confirmed: bool = False
    max_age_seconds: float = 60.0
    block_seconds: float = _L1_BLOCK_SECONDS
