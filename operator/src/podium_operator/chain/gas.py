"""What a transaction may cost: its gas, its price as the round runs out, budget, floor, balance.

Prices are wei per gas; tips are zero, since the chain ignores them. A reward may pass the daily
budget and the floor, never the hard cap.
"""

__all__ = ["GAS", "Price", "Refusal", "bumped_fee_wei", "ceiling_wei", "price_of", "worst_wei"]

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from podium_operator.chain.model import IN_FLIGHT, GasTerms, Intent, IntentKind
from podium_operator.chain.rounds import progress_ppm
from podium_operator.chain.wants import Scene, Want

# Ceilings: the worst measured on the protocol's contracts, and room for the L1 part.
GAS: Final = {
    IntentKind.INITIALIZE_ROUND: 600_000,
    IntentKind.REWARD: 2_000_000,
    IntentKind.APPROVE: 150_000,
    IntentKind.BOND: 2_000_000,
    IntentKind.SET_TRANSCODER: 1_000_000,
    IntentKind.SET_SERVICE_URI: 250_000,
    IntentKind.SET_REWARD_CALLER: 150_000,
    IntentKind.UNBOND: 1_500_000,
    IntentKind.WITHDRAW_STAKE: 400_000,
    IntentKind.WITHDRAW_FEES: 700_000,
    IntentKind.TRANSFER_LPT: 150_000,
    IntentKind.TRANSFER_ETH: 100_000,
}
_OF_THE_ROUND: Final = frozenset({IntentKind.REWARD, IntentKind.INITIALIZE_ROUND})
# A reward fits in this wherever the pool's hints are not needed; tried when money is short.
_LEAST_REWARD_GAS: Final = 700_000
# From which share of the round on an urgent price may be how many times the cap.
_STEPS: Final = ((900_000, 10), (750_000, 5), (500_000, 2), (0, 1))
_HARD: Final = 10
_HEADROOM: Final = 3


@dataclass(frozen=True, slots=True)
class Price:
    """A gas limit and a price that everything agrees with."""

    gas_limit: int
    max_fee_wei: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it must wait, in a word for conditions and in a sentence."""

    reason: str
    message: str


def ceiling_wei(gas: GasTerms, progress: int, *, is_urgent: bool) -> int | None:
    """The gas price not to pass at this share of the round (ppm); None where nothing bounds it."""
    if gas.cap_wei is None:
        return gas.hard_cap_wei
    times = next(factor for start, factor in _STEPS if progress >= start) if is_urgent else 1
    hard = gas.cap_wei * _HARD if gas.hard_cap_wei is None else gas.hard_cap_wei
    return min(gas.cap_wei * times, hard)


def worst_wei(intents: Iterable[Intent]) -> int:
    """What those in flight may still cost, value not counted."""
    return sum(one.gas_limit * one.max_fee_wei for one in intents if one.state in IN_FLIGHT)


def price_of(scene: Scene, want: Want) -> Price | Refusal:
    """The limit and price to sign with, or the first reason against it."""
    base = max(1, scene.state.base_fee_wei)
    ceiling = ceiling_wei(scene.terms.gas, progress_ppm(scene.round), is_urgent=want.is_urgent)
    if ceiling is not None and base > ceiling:
        return Refusal(
            "GasAboveCap", f"gas costs {base} wei, more than the {ceiling} wei allowed now"
        )
    floor = _below_floor(scene, want)
    if floor is not None:
        return floor
    wanted = base * _HEADROOM if ceiling is None else min(base * _HEADROOM, ceiling)
    price = _affordable(scene, want, wanted, base)
    return price if isinstance(price, Refusal) else _within_budget(scene, want, price)


def bumped_fee_wei(scene: Scene, intent: Intent, *, is_urgent: bool) -> int | None:
    """The price to replace an intent's bytes with: an eighth more and above the base fee.

    None where no price is allowed that a chain would take as a replacement, or that the sender or
    the day's budget could pay.
    """
    least = intent.max_fee_wei + intent.max_fee_wei // 8 + 1
    ceiling = ceiling_wei(scene.terms.gas, progress_ppm(scene.round), is_urgent=is_urgent)
    wanted = max(least, scene.state.base_fee_wei * 2)
    fee = wanted if ceiling is None else min(wanted, ceiling)
    affordable = (scene.balance(intent.sender) - intent.value_wei) // max(1, intent.gas_limit)
    fee = min(fee, affordable)
    if fee < max(least, scene.state.base_fee_wei):
        return None
    return fee if _bump_fits(scene, intent, fee) else None


def _bump_fits(scene: Scene, intent: Intent, fee_wei: int) -> bool:
    budget = scene.terms.gas.budget_wei_per_day
    if budget is None or intent.kind in _OF_THE_ROUND or _holds_up_reward(scene):
        return True
    others = worst_wei(one for one in scene.intents if one.id != intent.id)
    spent = scene.observed.spent_today_wei + others
    return spent + intent.gas_limit * fee_wei <= budget


def _holds_up_reward(scene: Scene) -> bool:
    """Whether a key that is not free costs the reward soon: then the reward's rules hold."""
    rewards = scene.terms.rewards
    is_late = rewards is not None and progress_ppm(scene.round) >= rewards.deadline_ppm
    return is_late and scene.is_reward_due


def _below_floor(scene: Scene, want: Want) -> Refusal | None:
    """Also before a deed whose follower could then not be paid for."""
    balance, floor = scene.balance(want.sender), scene.terms.gas.floor_wei
    follow = (want.gas + want.reserve_gas) * scene.state.base_fee_wei if want.reserve_gas else 0
    if want.is_reward or balance >= floor + follow * _HEADROOM:
        return None
    return Refusal(
        "BelowFloor",
        f"{want.sender} holds {balance} wei, less than the floor of {floor}"
        + (" with what must follow" if follow else "")
        + ": it pays for rewards only until somebody sends it ether",
    )


def _affordable(scene: Scene, want: Want, fee_wei: int, base_wei: int) -> Price | Refusal:
    left = scene.balance(want.sender) - want.value_wei
    if left >= want.gas * fee_wei:
        return Price(want.gas, fee_wei)
    if left >= want.gas * base_wei:
        return Price(want.gas, left // want.gas)
    if want.kind is IntentKind.REWARD and left >= _LEAST_REWARD_GAS * base_wei:
        return Price(left // base_wei, base_wei)
    return Refusal(
        "OutOfEther",
        f"{want.sender} holds {scene.balance(want.sender)} wei and cannot pay"
        f" {want.gas} gas at {base_wei} wei: send it ether",
    )


def _within_budget(scene: Scene, want: Want, price: Price) -> Price | Refusal:
    budget = scene.terms.gas.budget_wei_per_day
    if budget is None or want.is_reward:
        return price
    spent = scene.observed.spent_today_wei + worst_wei(scene.intents)
    gas = price.gas_limit + want.reserve_gas
    room = (budget - spent) // gas
    if room < max(1, scene.state.base_fee_wei):
        return Refusal(
            "BudgetSpent",
            f"{spent} of {budget} wei a day are spent or reserved: the rest does not pay {gas} gas",
        )
    return Price(price.gas_limit, min(price.max_fee_wei, room))
