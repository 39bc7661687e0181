"""The chain decision: which transaction, if any, and what to say of the rest.

A pure function of what was observed. At most one intent is begun at a time, never a second from a
key whose bytes may still be on their way.
"""

__all__ = ["decide"]

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from podium_operator.chain.alerts import alerts_of
from podium_operator.chain.callers import caller_wishes
from podium_operator.chain.cuts import cut_wishes
from podium_operator.chain.deletion import WAY_OUT, deletion_wishes, is_deletion_done
from podium_operator.chain.findings import Findings
from podium_operator.chain.model import (
    IN_FLIGHT,
    OPEN,
    ChainDecision,
    ChainObserved,
    Intent,
    IntentState,
    Role,
)
from podium_operator.chain.obstacles import Obstacle, obstacle_of
from podium_operator.chain.planning import Plan, plan_of
from podium_operator.chain.registration import registration_wishes
from podium_operator.chain.rewards import reward_wishes
from podium_operator.chain.stages import stage_of
from podium_operator.chain.standing import standing_of
from podium_operator.chain.sweeping import sweep_wishes
from podium_operator.chain.tracking import remembered, replacement, tracked
from podium_operator.chain.verdicts import verdicts_of
from podium_operator.chain.wants import Scene, Wait, Want, Wish

# Nothing known of the chain holds: neither intents nor verdicts are judged by it.
_BLIND: Final = frozenset({"ChainUnread", "WrongChain", "WrongIdentity"})


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the rules came to. moves: in order, each an intent to begin or to replace."""

    plans: tuple[Plan, ...] = ()
    waits: tuple[Wait, ...] = ()
    moves: tuple[Intent, ...] = ()


def decide(observed: ChainObserved) -> ChainDecision:
    """What to do next; the same observation always gives the same decision.

    Run on its own intents with the same chain it decides the same again.
    """
    obstacle = obstacle_of(observed)
    scene = _scene(observed, obstacle)
    outcome = _outcome(observed, scene, obstacle)
    intents = _intents(observed, scene, outcome, obstacle)
    chosen = _next(outcome, intents, obstacle)
    reason, is_gone = _reason(outcome, chosen, obstacle), is_deletion_done(observed, intents)
    findings = Findings(
        observed=observed,
        scene=scene,
        obstacle=obstacle,
        plans=outcome.plans,
        waits=outcome.waits,
        intents=intents,
        reward=standing_of(observed, scene),
    )
    return ChainDecision(
        next=chosen,
        intents=intents,
        reason=f"{reason}; {WAY_OUT}" if observed.deleting and not is_gone else reason,
        verdicts=verdicts_of(findings),
        reward=findings.reward,
        stage=scene.stage if scene is not None else None,
        alerts=alerts_of(findings),
        deletion_done=is_gone,
    )


def _scene(observed: ChainObserved, obstacle: Obstacle | None) -> Scene | None:
    state = observed.state
    if state is None or (obstacle is not None and obstacle.reason in _BLIND):
        return None
    return Scene(
        observed=observed,
        state=state,
        stage=stage_of(state.transcoder, state.round.number),
        intents=tracked(observed.intents, state),
    )


def _outcome(observed: ChainObserved, scene: Scene | None, obstacle: Obstacle | None) -> _Outcome:
    if scene is None or (obstacle is not None and not obstacle.spares_reward):
        return _Outcome()
    rewards = reward_wishes(scene)
    others = () if obstacle is not None else _other_wishes(observed, scene)
    first, then = _plans(scene, rewards), _plans(scene, others)
    plans = (*first, *then)
    return _Outcome(
        plans=plans,
        waits=tuple(wish for wish in (*rewards, *others) if isinstance(wish, Wait)),
        moves=(*_moves(scene, first), *_replacements(scene, plans), *_moves(scene, then)),
    )


def _other_wishes(observed: ChainObserved, scene: Scene) -> Sequence[Wish]:
    """All but the reward, in the order in which they matter; a deleted one only takes its leave."""
    if observed.deleting:
        return deletion_wishes(scene)
    return (
        *registration_wishes(scene),
        *caller_wishes(scene),
        *cut_wishes(scene),
        *sweep_wishes(scene),
    )


def _plans(scene: Scene, wishes: Sequence[Wish]) -> tuple[Plan, ...]:
    return tuple(plan_of(scene, wish) for wish in wishes if isinstance(wish, Want))


def _moves(scene: Scene, plans: Sequence[Plan]) -> tuple[Intent, ...]:
    """What these plans allow now: a beginning, or new bytes for what is under way."""
    found = (
        plan.intent if plan.may_begin else replacement(scene, plan.intent)
        for plan in plans
        if plan.may_begin or plan.intent.state in IN_FLIGHT
    )
    return tuple(intent for intent in found if intent is not None)


def _replacements(scene: Scene, plans: Sequence[Plan]) -> tuple[Intent, ...]:
    """New bytes for whatever else is under way, wanted still or not: it holds its key."""
    planned = {plan.intent.id for plan in plans if plan.intent.state not in IN_FLIGHT}
    under_way = (one for one in scene.intents if one.state in IN_FLIGHT and one.id not in planned)
    found = (replacement(scene, one) for one in under_way)
    return tuple(intent for intent in found if intent is not None)


def _intents(
    observed: ChainObserved,
    scene: Scene | None,
    outcome: _Outcome,
    obstacle: Obstacle | None,
) -> tuple[Intent, ...]:
    """All to remember: known ones as tracked, what waits without being wanted given up."""
    known = scene.intents if scene is not None else observed.intents
    planned = {plan.intent.id: plan.intent for plan in outcome.plans}
    is_anothers = observed.terms.role is Role.ENDPOINT or bool(observed.elder)
    gives_up = obstacle is None or is_anothers
    left = [_given_up(one) if gives_up else one for one in known]
    kept = [planned.pop(one.id, one) for one in left]
    every = (*kept, *planned.values())
    return remembered(every, scene.round.number) if scene is not None else every


def _given_up(intent: Intent) -> Intent:
    if intent.state not in OPEN or intent.state in IN_FLIGHT:
        return intent
    return replace(intent, state=IntentState.SUPERSEDED, message="no longer wanted")


def _next(outcome: _Outcome, intents: Sequence[Intent], obstacle: Obstacle | None) -> Intent | None:
    if outcome.moves:
        return outcome.moves[0]
    if obstacle is not None and not obstacle.spares_reward:
        return None
    return next((one for one in intents if one.state in IN_FLIGHT), None)


def _reason(outcome: _Outcome, chosen: Intent | None, obstacle: Obstacle | None) -> str:
    if chosen is not None:
        return f"{chosen.kind.value}: {chosen.why}"
    if obstacle is not None:
        return obstacle.message
    said = [plan.intent.message for plan in outcome.plans] + [
        wait.message for wait in outcome.waits
    ]
    return next((words for words in said if words), "the chain is as asked")
