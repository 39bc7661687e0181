"""The chain as numbers for gauges. Pure; None is not known and has no series."""

__all__ = ["numbers_of", "spreads_of"]

from collections.abc import Mapping
from typing import Final

from podium_operator.api.chain_status import ChainStatus
from podium_operator.chain.model import ChainState
from podium_operator.chain.picture import Scenery, accounts_of
from podium_operator.chain.rounds import progress_ppm, seconds_left
from podium_operator.chain.units import as_percent

_WHOLE: Final = 10**18
_PPM: Final = 1_000_000
_DAY_SECONDS: Final = 86_400
_ROUND_GAS: Final = 1_200_000
_STATES: Final = {
    "pending": 0,
    "called": 1,
    "late": 2,
    "missed": 3,
    "skipped": 4,
}
_Series = Mapping[tuple[str, ...], float]


def numbers_of(scenery: Scenery) -> dict[str, float | None]:
    """Return the value of every plain gauge."""
    observed = scenery.observed
    health = observed.health
    always: dict[str, float | None] = {
        "rpc_healthy_endpoints": health.healthy,
        "rpc_endpoints": health.total,
        "chain_state_age_seconds": None if observed.state is None else health.age_seconds,
    }
    return always if observed.state is None else always | _of_state(scenery, observed.state)


def spreads_of(scenery: Scenery, picture: ChainStatus) -> dict[str, _Series]:
    """Return the series of every labelled gauge that the chain's state gives."""
    state = scenery.observed.state
    if state is None:
        return {}
    own = state.transcoder
    rewards: dict[tuple[str, ...], float] = {
        (str(one.round),): float(_STATES[one.state])
        for one in picture.recent_rewards
        if one.state in _STATES
    }
    return {
        "reward_state": rewards,
        "lpt_stake": {
            ("self",): own.pending_stake / _WHOLE,
            ("delegated",): max(0, own.total_stake - own.pending_stake) / _WHOLE,
        },
        "eth_balance": _balances(scenery, state),
        "eth_days_left": _days_left(scenery, state),
    }


def _of_state(scenery: Scenery, state: ChainState) -> dict[str, float | None]:
    terms, own, now = scenery.observed.terms, state.transcoder, state.round
    asked, place = terms.registration, own.place
    cap = terms.gas.cap_wei
    has_drifted = asked is not None and (own.reward_cut_ppm, own.fee_share_ppm) != (
        asked.reward_cut_ppm,
        asked.fee_share_ppm,
    )
    is_elsewhere = asked is not None and asked.service_uri != own.service_uri
    return {
        "last_reward_round": own.last_reward_round,
        "current_round": now.number,
        "round_seconds_left": seconds_left(now, block_seconds=terms.block_seconds),
        "round_progress_ratio": progress_ppm(now) / _PPM,
        "round_locked": float(now.locked),
        "registered": float(own.registered),
        "active": float(own.active),
        "rank": None if place is None else place.rank,
        "stake_gap_to_eviction_lpt": None
        if place is None
        else (own.total_stake - place.last_stake) / _WHOLE,
        "pending_fees_eth": own.pending_fees / _WHOLE,
        "reward_cut_percent": as_percent(own.reward_cut_ppm),
        "fee_share_percent": as_percent(own.fee_share_ppm),
        "cut_drift": None if asked is None else float(has_drifted),
        "service_uri_drift": None if asked is None else float(is_elsewhere),
        "gas_price_wei": state.base_fee_wei,
        "gas_cap_wei": cap,
    }


def _balances(scenery: Scenery, state: ChainState) -> dict[tuple[str, ...], float]:
    return {
        (role,): state.keys[address].balance_wei / _WHOLE
        for role, address in accounts_of(scenery.observed)
        if address in state.keys
    }


def _days_left(scenery: Scenery, state: ChainState) -> dict[tuple[str, ...], float]:
    """Days above the floor at what was spent, or at a round's usual gas where that is more."""
    observed = scenery.observed
    terms = observed.terms
    length = max(1.0, state.round.length * terms.block_seconds)
    usual = _ROUND_GAS * max(1, state.base_fee_wei) * _DAY_SECONDS / length
    burn = max(float(observed.burn_wei_per_day), usual)
    return {
        (role,): max(0, state.keys[address].balance_wei - terms.gas.floor_wei) / burn
        for role, address in accounts_of(observed)
        if address in state.keys and address in terms.signers
    }
