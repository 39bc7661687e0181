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
    IntentKind,
    IntentState,
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
_STEP_PPM: Final = 50_000  # five percent: what is late is told anew in steps, not with every block
_OF_THE_ROUND: Final = frozenset({IntentKind.REWARD, IntentKind.INITIALIZE_ROUND})
_NEAR_EVICTION_PERCENT: Final = 2
_SHORT: Final = frozenset({"BudgetSpent", "GasAboveCap", "OutOfEther"})
_QUIET: Final = frozenset({"EndpointOnly", "ChainUnread"})


def alerts_of(findings: Findings) -> tuple[Alert, ...]:
    """Everything worth a word now, the urgent first."""
    observed, scene = findings.observed, findings.scene
    found = [
        *_obstacles(findings.obstacle),
        *_waits(findings.waits),
        *_plans(findings.plans),
    ]
    if scene is not None:
        found += [*_rewards(scene, findings), *_money(scene), *_place(scene)]
        found += [*_upgrades(scene), *_clock(observed, scene), *_foreign(scene)]
    return tuple(sorted(found, key=lambda alert: not alert.urgent))


def _obstacles(obstacle: Obstacle | None) -> Iterable[Alert]:
    if obstacle is not None and obstacle.reason not in _QUIET:
        yield Alert(obstacle.reason, obstacle.message, urgent=not obstacle.spares_reward)


def _waits(waits: Sequence[Wait]) -> Iterable[Alert]:
    return (Alert(wait.reason, wait.message) for wait in waits)


def _plans(plans: Sequence[Plan]) -> Iterable[Alert]:
    """Money that stops something, once for every kind of it."""
    stopped = {plan.reason: plan.intent.message for plan in reversed(plans)}
    return (Alert(reason, stopped[reason]) for reason in sorted(_SHORT & set(stopped)))


def _rewards(scene: Scene, findings: Findings) -> Iterable[Alert]:
    yield from _missed(scene, findings.reward)
    plans = [plan for plan in findings.plans if plan.intent.kind in _OF_THE_ROUND]
    is_late = findings.reward.standing is Standing.LATE
    for plan in plans:
        if plan.intent.state is IntentState.AWAITING_APPROVAL:
            said = f"{plan.intent.id} waits for approval, and is lost when its round ends"
            yield Alert("RewardAwaitsApproval", said, urgent=is_late)
    if not is_late:
        return
    rewards, progress = scene.terms.rewards, progress_ppm(scene.round)
    is_near = rewards is not None and progress >= rewards.deadline_ppm
    why = next((f": {plan.intent.message}" for plan in plans if plan.intent.message), "")
    said = f"{progress // _STEP_PPM * 5} % of round {findings.reward.round} are gone without its"
    name = "RewardDeadlineNear" if is_near else "RewardLate"
    yield Alert(name, f"{said} reward{why}", urgent=is_near)


def _missed(scene: Scene, reward: RewardStanding) -> Iterable[Alert]:
    rewards = scene.terms.rewards
    if reward.missed_round is not None:
        is_skipping = rewards is not None and rewards.below_profit is BelowProfit.SKIP
        said = " (or was skipped as unprofitable)" if is_skipping else ""
        yield Alert(
            "RewardMissed",
            f"round {reward.missed_round} went unrewarded{said}",
            urgent=not is_skipping,
        )


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
