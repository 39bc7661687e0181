"""Terms once they are in force: small steps, announced, after the reward, before the lock.

A change against delegators (a higher reward cut, a lower fee share) is shown for some rounds and
comes in steps; one in their favour comes whole and at once.
"""

__all__ = ["cut_wishes", "in_sync", "next_step"]

from collections.abc import Sequence

from podium_operator.chain import calls
from podium_operator.chain.gas import GAS
from podium_operator.chain.model import IN_FLIGHT, IntentKind, IntentState, Registration
from podium_operator.chain.registration import needs_first_terms
from podium_operator.chain.wants import Consent, Scene, Want, Wish


def cut_wishes(scene: Scene) -> Sequence[Wish]:
    """The next step from the terms on chain to those asked."""
    asked = scene.terms.registration
    if asked is None or not scene.transcoder.registered:
        return ()
    if in_sync(scene, asked) or needs_first_terms(scene, asked):
        return ()
    step = next_step(scene, asked)
    guard = asked.cut_change
    own = scene.transcoder
    return (
        Want(
            kind=IntentKind.SET_TRANSCODER,
            goal=f"{_aim(asked)} by way of {step[0]}/{step[1]}",
            why=(
                f"reward cut {own.reward_cut_ppm} to {asked.reward_cut_ppm} ppm, fee share"
                f" {own.fee_share_ppm} to {asked.fee_share_ppm} ppm; this step {step[0]}/{step[1]}"
            ),
            sender=scene.terms.orchestrator,
            to="BondingManager",
            data=calls.set_terms(*step),
            gas=GAS[IntentKind.SET_TRANSCODER],
            consent=Consent.ALWAYS if guard.requires_approval else Consent.BY_TERMS,
            held=_not_now(scene, asked),
            since_round=_announced_round(scene, asked),
        ),
    )


def in_sync(scene: Scene, asked: Registration) -> bool:
    own = scene.transcoder
    return (own.reward_cut_ppm, own.fee_share_ppm) == (asked.reward_cut_ppm, asked.fee_share_ppm)


def next_step(scene: Scene, asked: Registration) -> tuple[int, int]:
    """Reward cut and fee share, ppm, no further against delegators than one round may go."""
    own, most = scene.transcoder, max(0, asked.cut_change.max_increase_ppm)
    return (
        min(asked.reward_cut_ppm, own.reward_cut_ppm + most),
        max(asked.fee_share_ppm, own.fee_share_ppm - most),
    )


def _aim(asked: Registration) -> str:
    return f"terms {asked.reward_cut_ppm}/{asked.fee_share_ppm}"


def _not_now(scene: Scene, asked: Registration) -> str:
    number = scene.round.number
    own = scene.transcoder
    if next_step(scene, asked) == (own.reward_cut_ppm, own.fee_share_ppm):
        return "cutChange.maxIncreasePercentPerRound is 0: allow a step"
    first = _announced_round(scene, asked)
    if _hurts(scene, asked) and number < first + asked.cut_change.announce_rounds:
        return f"announced in round {first}, sent from {first + asked.cut_change.announce_rounds}"
    if not scene.round.initialized:
        return "the round has not begun"
    if scene.round.locked:
        return f"round {number} is locked: earliest in round {number + 1}"
    if scene.is_reward_due:
        return "the round's reward first, as the protocol demands"
    return "one step a round" if _stepped(scene) else ""


def _hurts(scene: Scene, asked: Registration) -> bool:
    own = scene.transcoder
    return asked.reward_cut_ppm > own.reward_cut_ppm or asked.fee_share_ppm < own.fee_share_ppm


def _announced_round(scene: Scene, asked: Registration) -> int:
    shown = [
        one.since_round
        for one in scene.known(IntentKind.SET_TRANSCODER)
        if one.goal.startswith(f"{_aim(asked)} ")
        and one.state not in {IntentState.SUPERSEDED, IntentState.FAILED}
    ]
    return min(shown, default=scene.round.number)


def _stepped(scene: Scene) -> bool:
    sent = IN_FLIGHT | {IntentState.DONE}
    return any(
        one.round == scene.round.number and one.state in sent
        for one in scene.known(IntentKind.SET_TRANSCODER)
    )
