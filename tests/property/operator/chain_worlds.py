"""Any chain, any terms, any past: what the chain decision may be asked, sensible or not."""

from typing import Any

from hypothesis import strategies as st
from tests.unit.operator.chain.cases import (
    CALLER,
    COLD,
    CONTRACTS,
    ETHER,
    GWEI,
    LPT,
    NOW,
    OWN,
    ROUND,
    STRANGER,
    address_of,
)

from podium_operator.chain.model import (
    Approval,
    BelowProfit,
    ChainObserved,
    ChainState,
    ChainTerms,
    CutChange,
    DeletionPolicy,
    GasTerms,
    Health,
    InitializePolicy,
    Intent,
    IntentKind,
    IntentState,
    KeyState,
    PoolPlace,
    ProtocolState,
    Registration,
    RewardTerms,
    Role,
    RoundState,
    Sweep,
    Target,
    TranscoderState,
    UnbondingLock,
)
from podium_operator.chain.stages import STAYS

__all__ = ["anything", "changes"]

_shares = st.integers(0, 1_000_000)
_wei = st.one_of(st.just(0), st.integers(0, 10 * ETHER))
_lpt = st.one_of(st.just(0), st.integers(0, 10_000 * LPT))
_prices = st.one_of(st.just(0), st.integers(0, 50 * GWEI))
_rounds = st.integers(ROUND - 3, ROUND + 2)
_maybe_prices = st.one_of(st.none(), _prices)


def _mostly(usual: Any, odd: Any) -> st.SearchStrategy[Any]:
    """The odd one in one of ten."""
    return st.integers(0, 9).map(lambda drawn: usual if drawn else odd)


_round: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(ROUND, ROUND + 1),
    "initialized": st.booleans(),
    "locked": st.booleans(),
    "start_block": st.just(5000),
    "length": st.sampled_from([0, 1, 30, 1000]),
    "lock_amount_ppm": _shares,
    "block_number": st.integers(4990, 6100),
}
_transcoder: dict[str, st.SearchStrategy[Any]] = {
    "registered": st.booleans(),
    "active": st.booleans(),
    "delegate": st.sampled_from(["", OWN, STRANGER]),
    "bonded_amount": _lpt,
    "start_round": _rounds,
    "last_claim_round": _rounds,
    "last_reward_round": st.one_of(st.just(0), _rounds),
    "reward_cut_ppm": _shares,
    "fee_share_ppm": _shares,
    "activation_round": st.one_of(st.just(0), _rounds),
    "deactivation_round": st.one_of(st.just(0), _rounds, st.just(STAYS)),
    "total_stake": _lpt,
    "round_stake": _lpt,
    "pending_stake": _lpt,
    "pending_fees": _wei,
    "reward_caller": st.sampled_from([None, OWN, CALLER, STRANGER]),
    "service_uri": st.sampled_from(["", "https://a.example:8935", "https://b.example:8935"]),
    "unbonding_locks": st.lists(
        st.builds(UnbondingLock, id=st.integers(0, 3), amount=_lpt, withdraw_round=_rounds),
        max_size=2,
        unique_by=lambda lock: lock.id,
    ).map(tuple),
    "place": st.none() | st.builds(PoolPlace, rank=st.none(), last_stake=_lpt),
}


def _keys() -> st.SearchStrategy[dict[str, KeyState]]:
    return st.fixed_dictionaries(
        {},
        optional={
            address: st.builds(
                KeyState, address=st.just(address), balance_wei=_wei, nonce=st.integers(0, 9)
            )
            for address in (OWN, CALLER)
        },
    )


_state: dict[str, st.SearchStrategy[Any]] = {
    "block": st.integers(8990, 9030),
    "at": st.integers(NOW - 1000, NOW + 1000),
    "base_fee_wei": _prices,
    "paused": st.integers(0, 9).map(lambda drawn: drawn == 0),
    "protocol": st.builds(
        ProtocolState,
        mintable=_lpt,
        total_active_stake=_lpt,
        pool_size=st.integers(0, 3),
        pool_max=st.integers(0, 3),
        unbonding_period_rounds=st.integers(0, 9),
        has_reward_caller=st.booleans(),
    ),
    "keys": _keys(),
    "allowance": _lpt,
    "lpt_balance": _lpt,
    "mismatched": _mostly(frozenset[str](), frozenset({"RoundsManager"})),
}
states: st.SearchStrategy[ChainState] = st.builds(
    ChainState,
    chain_id=_mostly(42161, 1),
    block_hash=st.just("0x"),
    round=st.builds(RoundState, **_round),
    transcoder=st.builds(TranscoderState, address=st.just(OWN), **_transcoder),
    targets=st.just({name: Target(address_of(name), "0x") for name in CONTRACTS}),
    **_state,
)

_registrations = st.builds(
    Registration,
    reward_cut_ppm=_shares,
    fee_share_ppm=_shares,
    service_uri=st.sampled_from(["", "https://a.example:8935"]),
    self_bond=_lpt,
    cut_change=st.builds(
        CutChange,
        max_increase_ppm=_shares,
        announce_rounds=st.integers(0, 4),
        requires_approval=st.booleans(),
    ),
)
_rewards = st.builds(
    RewardTerms,
    caller=st.sampled_from(["", OWN, CALLER, STRANGER]),
    start_delay_seconds=st.integers(0, 1000),
    retry_seconds=st.integers(0, 600),
    deadline_ppm=_shares,
    initialize=st.sampled_from(InitializePolicy),
    lpt_price_wei=_maybe_prices,
    below_profit=st.sampled_from(BelowProfit),
)
_sweeps = st.builds(
    Sweep,
    to=st.sampled_from([COLD, COLD, OWN, ""]),
    lpt_above=st.none() | _lpt,
    fees_above_wei=st.none() | _wei,
    eth_above_wei=st.none() | _wei,
    keep_wei=_wei,
)

_gas: dict[str, st.SearchStrategy[Any]] = {
    "cap_wei": _maybe_prices,
    "hard_cap_wei": _maybe_prices,
    "budget_wei_per_day": st.none() | _wei,
    "floor_wei": _wei,
    "warn_days": st.integers(0, 30),
}
_terms: dict[str, st.SearchStrategy[Any]] = {
    "signers": st.sampled_from([frozenset(), *(frozenset(one) for one in ([OWN], [CALLER]))])
    | st.just(frozenset({OWN, CALLER})),
    "approval": st.sampled_from(Approval),
    "role": _mostly(Role.PRIMARY, Role.ENDPOINT),
    "registration": st.none() | _registrations,
    "rewards": st.none() | _rewards,
    "sweep": st.none() | _sweeps,
    "deletion": st.sampled_from(DeletionPolicy),
    "unbond_confirmed": st.booleans(),
    "block_seconds": st.sampled_from([0.0, 1.0, 12.0]),
}
terms: st.SearchStrategy[ChainTerms] = st.builds(
    ChainTerms,
    chain_id=st.just(42161),
    orchestrator=st.just(OWN),
    gas=st.builds(GasTerms, **_gas),
    **_terms,
)


def _past() -> st.SearchStrategy[tuple[Intent, ...]]:
    intents = st.builds(
        Intent,
        id=st.integers(0, 99).map(lambda number: f"past-{number}"),
        kind=st.sampled_from(IntentKind),
        round=st.integers(ROUND - 4, ROUND + 1),
        goal=st.sampled_from([f"reward of round {ROUND}", "something else"]),
        why=st.just("it was wanted once"),
        sender=st.sampled_from([OWN, CALLER]),
        to=st.just(address_of("BondingManager")),
        data=st.just("0x"),
        value_wei=st.just(0),
        gas_limit=st.integers(21_000, 2_000_000),
        max_fee_wei=st.integers(1, 50 * GWEI),
        at=st.integers(NOW - 1000, NOW + 1000),
        state=st.sampled_from(IntentState),
        nonce=st.none() | st.integers(0, 9),
        hashes=st.lists(st.just("0x01"), max_size=3).map(tuple),
        sent_at=st.none() | st.integers(NOW - 1000, NOW + 1000),
        mined_block=st.none() | st.integers(8990, 9030),
    )
    return st.lists(intents, max_size=4, unique_by=lambda one: one.id).map(_one_in_flight_per_key)


def _one_in_flight_per_key(intents: list[Intent]) -> tuple[Intent, ...]:
    """What no decision of ours has brought about is left out: two under way from one key."""
    kept: list[Intent] = []
    flying: set[Any] = set()
    for one in intents:
        flies = one.state in {IntentState.SIGNED, IntentState.SENT, IntentState.MINED}
        flies = flies or (one.state is IntentState.DONE and bool(one.hashes))
        if not (flies and one.sender in flying):
            kept.append(one)
        if flies:
            flying.add(one.sender)
    return tuple(kept)


_observed: dict[str, st.SearchStrategy[Any]] = {
    "health": st.builds(
        Health,
        healthy=st.integers(0, 2),
        total=st.just(2),
        age_seconds=_mostly(59.0, 61.0),
        disagreement=_mostly("", "block 9000"),
    ),
    "intents": _past(),
    "at": st.floats(0, 4e9),
    "spent_today_wei": _wei,
    "burn_wei_per_day": _wei,
    "open_tickets": st.integers(0, 2),
    "deleting": st.booleans(),
}
anything: st.SearchStrategy[ChainObserved] = st.builds(
    ChainObserved,
    state=st.integers(0, 9).flatmap(lambda drawn: states if drawn else st.none()),
    terms=terms,
    approvals=st.just(frozenset({"past-1", "past-2"})),
    acknowledged=st.just({name: address_of(name) for name in CONTRACTS}),
    **_observed,
)
# By the names that `seen` of the table tests knows.
changes: dict[str, st.SearchStrategy[Any]] = {
    **_round,
    **_transcoder,
    **{name: drawn for name, drawn in _state.items() if name != "at"},
    **_gas,
    **_terms,
    **_observed,
}
