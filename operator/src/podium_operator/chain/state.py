"""What was read of the chain, all at one block. Pure data; see model for the conventions."""

__all__ = [
    "ChainState",
    "Health",
    "KeyState",
    "PoolPlace",
    "ProtocolState",
    "RoundState",
    "Stage",
    "Target",
    "TranscoderState",
    "UnbondingLock",
]

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where an orchestrator stands with the protocol."""

    UNKNOWN = "Unknown"
    DELEGATED_ELSEWHERE = "DelegatedElsewhere"
    NOT_IN_POOL = "RegisteredNotInPool"
    ACTIVATING = "ActivatingNextRound"
    ACTIVE = "Active"
    LEAVING = "ActiveLeaving"
    EVICTED = "Inactive"
    RESIGNED = "Resigned"


@dataclass(frozen=True, slots=True)
class RoundState:
    """The current round in the contracts' own blocks (estimates of L1 blocks on Arbitrum)."""

    number: int
    initialized: bool
    locked: bool
    start_block: int
    length: int
    lock_amount_ppm: int
    block_number: int


@dataclass(frozen=True, slots=True)
class UnbondingLock:
    """Stake on its way out: withdrawable from withdraw_round on."""

    id: int
    amount: int
    withdraw_round: int


@dataclass(frozen=True, slots=True)
class PoolPlace:
    """Where an orchestrator stands in the pool: rank counts from 1, last_stake is the lowest's."""

    rank: int | None
    last_stake: int


@dataclass(frozen=True, slots=True)
class TranscoderState:
    """One orchestrator as BondingManager and ServiceRegistry show it.

    pending_stake and pending_fees are its own, with all earnings up to now; total_stake is
    everybody's delegated to it; round_stake is what this round's reward is computed from.
    delegate: "" where it has none. reward_caller: None where none is set or the protocol has no
    such thing. deactivation_round is 2**256-1 while it is to stay. place: None where not read.
    """

    address: str
    registered: bool
    active: bool
    delegate: str
    bonded_amount: int
    start_round: int
    last_claim_round: int
    last_reward_round: int
    reward_cut_ppm: int
    fee_share_ppm: int
    activation_round: int
    deactivation_round: int
    total_stake: int
    round_stake: int
    pending_stake: int
    pending_fees: int
    reward_caller: str | None
    service_uri: str
    unbonding_locks: tuple[UnbondingLock, ...] = ()
    place: PoolPlace | None = None


@dataclass(frozen=True, slots=True)
class ProtocolState:
    """What the protocol is set to. treasury_cut_ppb27: parts per 10**27, 0 without a treasury."""

    mintable: int
    total_active_stake: int
    pool_size: int
    pool_max: int
    unbonding_period_rounds: int
    has_reward_caller: bool = False
    has_treasury: bool = False
    treasury_cut_ppb27: int = 0


@dataclass(frozen=True, slots=True)
class KeyState:
    """An account: nonce is the next one to use."""

    address: str
    balance_wei: int
    nonce: int


@dataclass(frozen=True, slots=True)
class Target:
    """What the Controller says of a contract: its address and the source commit, 0x-hex."""

    address: str
    commit: str


@dataclass(frozen=True, slots=True)
class ChainState:
    """Everything read of the chain at one block. at: that block's time, unix seconds.

    targets: every name asked of the Controller, proxies and what lies behind them.
    mismatched: names of those whose code lacks a function that we call.
    allowance: LPT that BondingManager may take from the orchestrator; lpt_balance: its own.
    """

    chain_id: int
    block: int
    block_hash: str
    at: int
    base_fee_wei: int
    paused: bool
    round: RoundState
    transcoder: TranscoderState
    protocol: ProtocolState
    targets: Mapping[str, Target]
    keys: Mapping[str, KeyState]
    allowance: int
    lpt_balance: int
    mismatched: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Health:
    """Of the pool of endpoints. age_seconds: of the state, by our own monotonic clock.

    disagreement: what healthy endpoints contradict each other about, "" where they agree.
    """

    healthy: int
    total: int
    age_seconds: float
    disagreement: str = ""
