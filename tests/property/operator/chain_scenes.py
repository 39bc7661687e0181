"""Chains that leave something to do, perhaps under way already, with a few things changed.

What is drawn at will leaves next to nothing to do: one obstacle of many keeps all from being
begun. Here everything stands well at first.
"""

from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st
from tests.property.operator.chain_worlds import anything, changes
from tests.unit.operator.chain.cases import (
    CALLER,
    ETHER,
    GWEI,
    LPT,
    NOW,
    REGISTRATION,
    ROUND,
    SWEEP,
    at_time,
    rewarded,
    seen,
    sent,
)

from podium_operator.chain.decide import decide
from podium_operator.chain.model import (
    Approval,
    ChainObserved,
    CutChange,
    DeletionPolicy,
    IntentState,
    RewardTerms,
    UnbondingLock,
)

__all__ = ["SCENES", "checked_scenes", "observations"]

_NEW: Final[dict[str, Any]] = {
    "registered": False,
    "active": False,
    "delegate": "",
    "bonded_amount": 0,
    "pending_stake": 0,
    "total_stake": 0,
    "activation_round": 0,
    "deactivation_round": 0,
    "last_reward_round": 0,
    "place": None,
    "lpt_balance": 1000 * LPT,
}
_LEAVING: Final[dict[str, Any]] = {
    "deleting": True,
    "deletion": DeletionPolicy.UNBOND,
    "unbond_confirmed": True,
}
_FREE: Final = replace(REGISTRATION, cut_change=CutChange(1_000_000, 0, requires_approval=False))
_RICH: Final[dict[str, Any]] = {"sweep": SWEEP, "rewards": None}
SCENES: Final = {
    "a reward is due": seen(),
    "the round was not begun": seen(initialized=False),
    "new": seen(**_NEW),
    "new, and the stake is allowed": seen(**_NEW, allowance=1000 * LPT),
    "another cut": rewarded(reward_cut_ppm=90_000, registration=_FREE),
    "another address": rewarded(service_uri="https://b.example:8935"),
    "another caller": rewarded(rewards=RewardTerms(caller=CALLER)),
    "fees": rewarded(pending_fees=9 * ETHER, **_RICH),
    "LPT": rewarded(lpt_balance=5000 * LPT, **_RICH),
    "ether": rewarded(balance_wei=9 * ETHER, **_RICH),
    "stake that is free": rewarded(unbonding_locks=(UnbondingLock(3, LPT, ROUND),), **_RICH),
    "leaving": rewarded(**_LEAVING),
}
# What holds back some of it, one at a time; money by about what it costs.
_CHECKS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"approval": Approval.MANUAL},
    {"unbond_confirmed": False},
    {"budget_wei_per_day": ETHER // 100_000},
    {"balance_wei": ETHER // 100_000, "floor_wei": 0},
    {"base_fee_wei": 2 * GWEI},
    {"gone_ppm": 950_000, "base_fee_wei": 9 * GWEI, "hard_cap_wei": 10 * GWEI},
)
_flights = st.sampled_from(
    [IntentState.SIGNED, IntentState.SENT, IntentState.SENT, IntentState.MINED, IntentState.FAILED]
)


def checked_scenes() -> list[ChainObserved]:
    """Return every scene with each of the checks, and with what it begins under way for long."""
    standing = [seen(scene, **check) for scene in SCENES.values() for check in _CHECKS]
    return [*standing, *(_moving(name, IntentState.SENT, 1000) for name in SCENES)]


def _standing(scene: str) -> ChainObserved:
    return SCENES[scene]


def _moving(scene: str, state: IntentState, seconds: int) -> ChainObserved:
    """The scene, with what it leaves to do begun some time ago."""
    observed = SCENES[scene]
    return at_time(sent(observed, decide(observed), state=state), NOW + seconds)


def _changed(
    observed: ChainObserved, drawn: dict[str, Any], check: dict[str, Any]
) -> ChainObserved:
    return seen(observed, **drawn | check)


def _few_changes() -> st.SearchStrategy[dict[str, Any]]:
    names = st.lists(st.sampled_from(sorted(changes)), max_size=2, unique=True)
    return names.flatmap(lambda drawn: st.fixed_dictionaries({one: changes[one] for one in drawn}))


def _some(**drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(drawn)


_costs = st.integers(0, ETHER // 20_000)
_prices = st.integers(0, 2 * GWEI)
_checks = st.one_of(
    _some(),
    _some(approval=st.sampled_from(Approval), unbond_confirmed=st.booleans()),
    _some(budget_wei_per_day=_costs),
    _some(balance_wei=_costs, floor_wei=st.just(0)),
    _some(base_fee_wei=_prices, cap_wei=_prices, hard_cap_wei=st.none() | _prices),
    _some(gone_ppm=st.integers(0, 1_000_000), locked=st.just(value=False)),
)
_names = st.sampled_from(sorted(SCENES))
_ages = st.sampled_from([2, 100, 1000])
observations: st.SearchStrategy[ChainObserved] = st.one_of(
    st.builds(_changed, st.builds(_standing, _names), _few_changes(), _checks),
    st.builds(_changed, st.builds(_moving, _names, _flights, _ages), _few_changes(), _checks),
    anything,
)
