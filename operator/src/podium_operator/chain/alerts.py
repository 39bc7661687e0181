"""What a person should hear of, as long as it holds; whoever tells it tells each change once."""

__all__ = ["alerts_of"]

from collections.abc import Iterable, Sequence
from typing import Final

from podium_operator.chain.callers import foreign_caller
from podium_operator.chain.findings import Findings
from podium_operator.chain.model import (
    Alert,
    BelowProfit,
    ChainObserved,
    RewardStanding,
    Stage,
    Standing,
)
from podium_operator.chain.obstacles import Obstacle, changed_targets
from podium_operator.chain.planning import Plan
from podium_operator.chain.rounds import progress_ppm
from podium_operator.chain.verdicts import days_of_gas
from podium_operator.chain.wants import Scene, Wait

_SKEW_SECONDS: Final = 300
_NEAR_EVICTION_PERCENT: Final = 2
_SHORT: Final = frozenset({"BudgetSpent", "GasAboveCap", "OutOfEther"})
_QUIET: Final = frozenset({"EndpointOnly", "ChainUnread"})


def alerts_of(findings: Findings) -> tuple[Alert, ...]:
    """Everything worth a word now, the urgent first."""
    observed, scene = findings.observed, findings.scene
    found = [
        *_obstacles(observed, findings.obstacle),
        *_waits(findings.waits),
        *_plans(findings.plans),
    ]
    if scene is not None:
        found += [*_rewards(scene, findings.reward), *_money(scene), *_place(scene)]
        found += [*_upgrades(scene), *_clock(observed, scene), *_foreign(scene)]
    return tuple(sorted(found, key=lambda alert: not alert.urgent))


def _obstacles(observed: ChainObserved, obstacle: Obstacle | None) -> Iterable[Alert]:
    if obstacle is not None and obstacle.reason not in _QUIET:
        yield Alert(obstacle.reason, obstacle.message, urgent=not obstacle.spares_reward)
    if observed.deleting and observed.state is None:
        yield Alert(
            "DeletionWaits",
            "the deletion policy needs the chain, which does not answer: set deletionPolicy Retain"
            " to delete without it",
        )


def _waits(waits: Sequence[Wait]) -> Iterable[Alert]:
    return (Alert(wait.reason, wait.message) for wait in waits)


def _plans(plans: Sequence[Plan]) -> Iterable[Alert]:
    """Money that stops something, once for every kind of it."""
    stopped = {plan.reason: plan.intent.message for plan in reversed(plans)}
    return (Alert(reason, stopped[reason]) for reason in sorted(_SHORT & set(stopped)))


def _rewards(scene: Scene, reward: RewardStanding) -> Iterable[Alert]:
    rewards = scene.terms.rewards
    if reward.missed_round is not None:
        is_skipping = rewards is not None and rewards.below_profit is BelowProfit.SKIP
        said = " (or was skipped as unprofitable)" if is_skipping else ""
        yield Alert(
            "RewardMissed",
            f"round {reward.missed_round} went unrewarded{said}",
            urgent=not is_skipping,
        )
    if reward.standing is not Standing.LATE:
        return
    progress = progress_ppm(scene.round)
    is_near = rewards is not None and progress >= rewards.deadline_ppm
    name = "RewardDeadlineNear" if is_near else "RewardLate"
    said = f"{progress // 10_000} % of round {reward.round} are gone without its reward"
    yield Alert(name, said, urgent=is_near)


def _money(scene: Scene) -> Iterable[Alert]:
    for address in sorted(scene.terms.signers):
        if scene.balance(address) < scene.terms.gas.floor_wei:
            yield Alert("EtherBelowFloor", f"{address} pays for rewards only", urgent=True)
        elif days_of_gas(scene, address) < scene.terms.gas.warn_days:
            days = days_of_gas(scene, address)
            yield Alert("EtherRunningOut", f"{address} has gas for {days:.1f} days")


def _place(scene: Scene) -> Iterable[Alert]:
    own, protocol = scene.transcoder, scene.state.protocol
    if scene.stage is Stage.LEAVING:
        yield Alert("LeavingPool", "redeem all winning tickets in this round", urgent=True)
    elif own.registered and not own.active and scene.stage is not Stage.ACTIVATING:
        yield Alert("NotActive", "registered, but others hold the pool's places", urgent=True)
    is_full = protocol.pool_size >= protocol.pool_max > 0
    if own.active and own.place is not None and is_full:
        margin = own.total_stake - own.place.last_stake
        if margin * 100 < own.total_stake * _NEAR_EVICTION_PERCENT:
            yield Alert("EvictionNear", f"{margin} base units of LPT above the pool's last place")


def _upgrades(scene: Scene) -> Iterable[Alert]:
    names = changed_targets(scene.state, scene.observed.acknowledged)
    if names:
        yield Alert(
            "ContractUpgraded",
            f"{', '.join(names)} moved; still has what we call unless writes are paused",
        )


def _clock(observed: ChainObserved, scene: Scene) -> Iterable[Alert]:
    skew = observed.at - observed.health.age_seconds - scene.state.at
    if abs(skew) > _SKEW_SECONDS:
        yield Alert(
            "ClockOrHeadWrong",
            f"our clock and the chain's newest block are {skew:.0f} s apart: decisions follow the"
            " chain",
        )


def _foreign(scene: Scene) -> Iterable[Alert]:
    caller = foreign_caller(scene)
    rewards = scene.terms.rewards
    if caller and rewards is not None and rewards.caller != caller:
        yield Alert("ForeignRewardCaller", f"{caller} may call the reward, and is not in the spec")
