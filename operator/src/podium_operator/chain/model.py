"""The values of the chain side: what was read, what is asked, what was sent, what is decided.

Pure data: no network, no clock, no web3. Amounts are integers (wei of ether, base units of LPT),
shares are parts per million, addresses checksummed, call data 0x-hex. Nothing here computes more
than a name for what the chain says.
"""

__all__ = [
    "IN_FLIGHT",
    "OPEN",
    "SETTLED_BLOCKS",
    "Alert",
    "Approval",
    "Aspect",
    "BelowProfit",
    "ChainDecision",
    "ChainObserved",
    "ChainState",
    "ChainTerms",
    "CutChange",
    "DeletionPolicy",
    "GasTerms",
    "Health",
    "InitializePolicy",
    "Intent",
    "IntentKind",
    "IntentState",
    "KeyState",
    "PoolPlace",
    "ProtocolState",
    "Registration",
    "RewardStanding",
    "RewardTerms",
    "Role",
    "RoundState",
    "Stage",
    "Standing",
    "Sweep",
    "Target",
    "TranscoderState",
    "UnbondingLock",
    "Verdict",
]

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from podium_operator.api.conditions import Status
from podium_operator.chain.asked import (
    Approval,
    BelowProfit,
    ChainTerms,
    CutChange,
    DeletionPolicy,
    GasTerms,
    InitializePolicy,
    Registration,
    RewardTerms,
    Role,
    Sweep,
)
from podium_operator.chain.intents import (
    IN_FLIGHT,
    OPEN,
    SETTLED_BLOCKS,
    Intent,
    IntentKind,
    IntentState,
)
from podium_operator.chain.state import (
    ChainState,
    Health,
    KeyState,
    PoolPlace,
    ProtocolState,
    RoundState,
    Stage,
    Target,
    TranscoderState,
    UnbondingLock,
)


@dataclass(frozen=True, slots=True)
class ChainObserved:
    """All that a decision looks at.

    at: our clock, unix seconds, compared with the chain's and used for nothing else.
    approvals: ids that a person allowed. acknowledged: contract name to the address that was
    first seen or that a person accepted since. spent_today_wei: gas paid in the last 24 hours;
    burn_wei_per_day: its mean over a week, 0 while unknown. open_tickets: winning tickets that
    could be redeemed in this round. strange: what the contracts do not answer as they should, ""
    where they do. elder: the older Orchestrator with the same identity, "" for none. busy_keys:
    keys that other Orchestrators use now, with who does.
    """

    state: ChainState | None
    health: Health
    terms: ChainTerms
    intents: tuple[Intent, ...]
    at: float
    approvals: frozenset[str] = frozenset()
    acknowledged: Mapping[str, str] = field(default_factory=dict)
    spent_today_wei: int = 0
    burn_wei_per_day: int = 0
    open_tickets: int = 0
    deleting: bool = False
    strange: str = ""
    elder: str = ""
    busy_keys: Mapping[str, str] = field(default_factory=dict)


class Aspect(StrEnum):
    """The conditions that the chain answers for."""

    REGISTERED = "Registered"
    ACTIVE = "Active"
    REWARD_CALLED = "RewardCalled"
    FUNDED = "Funded"
    RPC_HEALTHY = "RpcHealthy"
    CUT_IN_SYNC = "CutInSync"
    INTENT_PENDING = "IntentPending"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition before it is dated."""

    status: Status
    reason: str
    message: str


class Standing(StrEnum):
    """How a round's reward stands; the words of the REWARD column."""

    OK = "ok"
    PENDING = "pending"
    LATE = "LATE"
    MISSED = "MISSED"
    SKIPPED = "skip"
    NONE = "-"


@dataclass(frozen=True, slots=True)
class RewardStanding:
    """A round's reward; missed_round: the newest closed round that was lost, None: none known."""

    standing: Standing
    round: int
    missed_round: int | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should hear of, once per change. urgent: money is being lost."""

    reason: str
    message: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ChainDecision:
    """What to do next, and what to say.

    next: the intent to begin; or one in flight whose max_fee_wei is above that of its record in
    intents: replace its bytes; or one in flight to send again as it is. intents: all to remember,
    as recorded; the executor resolves every one in flight. deletion_done: the object may go.
    """

    next: Intent | None
    intents: tuple[Intent, ...]
    reason: str
    verdicts: Mapping[Aspect, Verdict]
    reward: RewardStanding
    stage: Stage | None = None
    alerts: tuple[Alert, ...] = ()
    deletion_done: bool = False
