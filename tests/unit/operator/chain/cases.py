"""A quiet chain to vary: an active orchestrator early in round 100, not rewarded in it yet."""

from dataclasses import replace
from typing import Any, Final

from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Approval,
    ChainDecision,
    ChainObserved,
    ChainState,
    ChainTerms,
    CutChange,
    GasTerms,
    Health,
    Intent,
    IntentKind,
    IntentState,
    KeyState,
    PoolPlace,
    ProtocolState,
    Registration,
    RewardTerms,
    RoundState,
    Sweep,
    Target,
    TranscoderState,
)
from podium_operator.chain.stages import STAYS

OWN: Final = "0x" + "aA" * 20
CALLER: Final = "0x" + "bB" * 20
COLD: Final = "0x" + "cC" * 20
STRANGER: Final = "0x" + "dD" * 20
ETHER: Final = 10**18
LPT: Final = 10**18
GWEI: Final = 10**9
LENGTH: Final = 1000
ROUND: Final = 100
NOW: Final = 1_700_000_000
URI: Final = "https://node.example:8935"

CONTRACTS: Final = (
    "BondingManager",
    "BondingManagerTarget",
    "RoundsManager",
    "ServiceRegistry",
    "LivepeerToken",
    "TicketBroker",
)


def address_of(name: str) -> str:
    return f"0x{CONTRACTS.index(name) + 1:040x}"


ROUND_STATE: Final = RoundState(
    number=ROUND,
    initialized=True,
    locked=False,
    start_block=5000,
    length=LENGTH,
    lock_amount_ppm=100_000,
    block_number=5100,
)
TRANSCODER: Final = TranscoderState(
    address=OWN,
    registered=True,
    active=True,
    delegate=OWN,
    bonded_amount=1000 * LPT,
    start_round=10,
    last_claim_round=10,
    last_reward_round=ROUND - 1,
    reward_cut_ppm=100_000,
    fee_share_ppm=50_000,
    activation_round=11,
    deactivation_round=STAYS,
    total_stake=5000 * LPT,
    round_stake=5000 * LPT,
    pending_stake=1000 * LPT,
    pending_fees=0,
    reward_caller=None,
    service_uri=URI,
    place=PoolPlace(rank=10, last_stake=1000 * LPT),
)
PROTOCOL: Final = ProtocolState(
    mintable=10_000 * LPT,
    total_active_stake=100_000 * LPT,
    pool_size=100,
    pool_max=100,
    unbonding_period_rounds=7,
    has_reward_caller=True,
    has_treasury=True,
    treasury_cut_ppb27=10**26,
)
STATE: Final = ChainState(
    chain_id=42161,
    block=9000,
    block_hash="0x" + "11" * 32,
    at=NOW,
    base_fee_wei=GWEI // 50,
    paused=False,
    round=ROUND_STATE,
    transcoder=TRANSCODER,
    protocol=PROTOCOL,
    targets={name: Target(address_of(name), "0x" + "00" * 20) for name in CONTRACTS},
    keys={OWN: KeyState(OWN, ETHER, 7), CALLER: KeyState(CALLER, ETHER, 3)},
    allowance=0,
    lpt_balance=0,
)
REGISTRATION: Final = Registration(
    reward_cut_ppm=100_000,
    fee_share_ppm=50_000,
    service_uri=URI,
    self_bond=1000 * LPT,
    cut_change=CutChange(),
)
TERMS: Final = ChainTerms(
    chain_id=42161,
    orchestrator=OWN,
    signers=frozenset({OWN}),
    approval=Approval.AUTO,
    gas=GasTerms(cap_wei=GWEI, budget_wei_per_day=ETHER // 20),
    registration=REGISTRATION,
    rewards=RewardTerms(start_delay_seconds=0),
)
SWEEP: Final = Sweep(to=COLD, lpt_above=100 * LPT, fees_above_wei=ETHER, eth_above_wei=2 * ETHER)
OBSERVED: Final = ChainObserved(
    state=STATE,
    health=Health(healthy=2, total=2, age_seconds=1.0),
    terms=TERMS,
    intents=(),
    at=NOW + 2.0,
    acknowledged={name: address_of(name) for name in CONTRACTS},
)

_ROUND_FIELDS: Final = frozenset(RoundState.__dataclass_fields__)
_OWN_FIELDS: Final = frozenset(TranscoderState.__dataclass_fields__)
_STATE_FIELDS: Final = frozenset(ChainState.__dataclass_fields__)
_TERMS_FIELDS: Final = frozenset(ChainTerms.__dataclass_fields__)
_REWARD_FIELDS: Final = frozenset(RewardTerms.__dataclass_fields__)
_GAS_FIELDS: Final = frozenset(GasTerms.__dataclass_fields__)


def seen(observed: ChainObserved = OBSERVED, **changes: Any) -> ChainObserved:
    """The observation with fields changed wherever their names belong, outermost first.

    `gone_ppm` moves the round on, the lock with it; `balance_wei` is of every key.
    """
    terms, state = observed.terms, observed.state
    assert state is not None
    if "gone_ppm" in changes:
        changes |= _moved(state.round, changes.pop("gone_ppm"), changes)
    if "balance_wei" in changes:
        balance = changes.pop("balance_wei")
        keys = {at: replace(key, balance_wei=balance) for at, key in state.keys.items()}
        changes.setdefault("keys", keys)
    own = _taken(changes, frozenset(ChainObserved.__dataclass_fields__) - {"terms"})
    wishes = _taken(changes, _TERMS_FIELDS - {"gas"})
    if "rewards" not in wishes and terms.rewards is not None:
        wishes["rewards"] = replace(terms.rewards, **_taken(changes, _REWARD_FIELDS))
    wishes["gas"] = replace(terms.gas, **_taken(changes, _GAS_FIELDS))
    read = _taken(changes, _STATE_FIELDS - {"round", "transcoder"})
    read["round"] = replace(state.round, **_taken(changes, _ROUND_FIELDS))
    read["transcoder"] = replace(state.transcoder, **_taken(changes, _OWN_FIELDS))
    assert not changes, changes
    own["state"] = replace(state, **read)
    own["terms"] = replace(terms, **wishes)
    return replace(observed, **own)


def at_time(observed: ChainObserved, at: int) -> ChainObserved:
    """What is observed, the same but for the chain's clock."""
    assert observed.state is not None
    return replace(observed, state=replace(observed.state, at=at))


def rewarded(**changes: Any) -> ChainObserved:
    """As `seen`, in a round whose reward is taken."""
    return seen(**({"last_reward_round": ROUND} | changes))


def after(observed: ChainObserved, decision: ChainDecision, **changes: Any) -> ChainObserved:
    """What is observed next, the decision remembered."""
    return seen(replace(observed, intents=decision.intents), **changes)


def sent(observed: ChainObserved, decision: ChainDecision, **changes: Any) -> ChainObserved:
    """As `after`, with the decision's next intent under way."""
    chosen = decision.next
    assert chosen is not None
    nonce = observed.state.keys[chosen.sender].nonce if observed.state is not None else 0
    filled: dict[str, Any] = {
        "state": IntentState.SENT,
        "nonce": nonce,
        "hashes": (*chosen.hashes, f"0x{len(chosen.hashes) + 1:064x}"),
        "sent_at": observed.state.at if observed.state is not None else NOW,
    }
    moved = replace(chosen, **(filled | changes))
    intents = tuple(moved if one.id == moved.id else one for one in decision.intents)
    return replace(observed, intents=intents)


def kind_of(decision: ChainDecision) -> IntentKind | None:
    return decision.next.kind if decision.next is not None else None


def named(decision: ChainDecision, kind: IntentKind) -> Intent:
    """The newest intent of a kind; fails where there is none."""
    return [one for one in decision.intents if one.kind is kind][-1]


def reasons(decision: ChainDecision) -> set[str]:
    return {alert.reason for alert in decision.alerts}


def decided(**changes: Any) -> ChainDecision:
    return decide(seen(**changes))


def _moved(round_state: RoundState, gone_ppm: int, changes: dict[str, Any]) -> dict[str, Any]:
    locked = gone_ppm >= 1_000_000 - round_state.lock_amount_ppm
    block = round_state.start_block + round_state.length * gone_ppm // 1_000_000
    return {"block_number": block, "locked": changes.get("locked", locked)}


def _taken(changes: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: changes.pop(name) for name in list(changes) if name in names}
