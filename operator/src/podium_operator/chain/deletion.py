"""What a deleted Orchestrator leaves on chain: nothing changes unless its policy says so twice."""

__all__ = ["WAY_OUT", "deletion_wishes", "is_deletion_done"]

from collections.abc import Sequence
from typing import Final

from podium_operator.chain import calls
from podium_operator.chain.gas import GAS
from podium_operator.chain.model import (
    IN_FLIGHT,
    ChainObserved,
    DeletionPolicy,
    Intent,
    IntentKind,
    Role,
)
from podium_operator.chain.rewards import LAST_CALL_PPM
from podium_operator.chain.rounds import progress_ppm
from podium_operator.chain.wants import Consent, Scene, Wait, Want, Wish

# What ends a deletion that its policy, or a chain that does not answer, holds up.
WAY_OUT: Final = "to let it go without the chain, set spec.deletionPolicy to Retain"


def deletion_wishes(scene: Scene) -> Sequence[Wish]:
    """The policy's steps that the chain does not show yet."""
    match scene.terms.deletion:
        case DeletionPolicy.RETAIN:
            return ()
        case DeletionPolicy.DEACTIVATE:
            return _deactivation(scene)
        case DeletionPolicy.UNBOND:
            return _unbonding(scene)


def is_deletion_done(observed: ChainObserved, intents: Sequence[Intent]) -> bool:
    """Whether the object may go: at once under Retain, or when the chain shows the policy's end."""
    if not observed.deleting:
        return False
    terms, state = observed.terms, observed.state
    if terms.deletion is DeletionPolicy.RETAIN or terms.role is Role.ENDPOINT:
        return True
    if state is None or state.chain_id != terms.chain_id:
        return False
    if any(one.state in IN_FLIGHT for one in intents):
        return False
    if terms.deletion is DeletionPolicy.DEACTIVATE:
        return not state.transcoder.service_uri
    return not _has_own_stake(state.transcoder.delegate, observed)


def _has_own_stake(delegate: str, observed: ChainObserved) -> bool:
    state = observed.state
    return (
        state is not None
        and delegate == observed.terms.orchestrator
        and (state.transcoder.bonded_amount > 0)
    )


def _deactivation(scene: Scene) -> Sequence[Wish]:
    if not scene.transcoder.service_uri:
        return ()
    return (
        Want(
            kind=IntentKind.SET_SERVICE_URI,
            goal="no service URI",
            why="the Orchestrator is deleted: gateways must find nobody; the stake stays",
            sender=scene.terms.orchestrator,
            to="ServiceRegistry",
            data=calls.set_service_uri(""),
            gas=GAS[IntentKind.SET_SERVICE_URI],
        ),
    )


def _unbonding(scene: Scene) -> Sequence[Wish]:
    if not _has_own_stake(scene.transcoder.delegate, scene.observed):
        return ()
    if not scene.terms.unbond_confirmed:
        return (
            Wait(
                "UnbondNotConfirmed",
                "deletionPolicy Unbond resigns with all stake: annotate"
                f" podium.video/confirm-unbond={scene.terms.orchestrator} to allow it",
            ),
        )
    stake = scene.transcoder.pending_stake
    free_in = scene.round.number + scene.state.protocol.unbonding_period_rounds
    return (
        Want(
            kind=IntentKind.UNBOND,
            goal=f"all {stake} unbonded",
            why=f"deletion was confirmed; withdrawable by its holder from round {free_in} on",
            sender=scene.terms.orchestrator,
            to="BondingManager",
            data=calls.unbond(stake),
            gas=GAS[IntentKind.UNBOND],
            amount=stake,
            consent=Consent.GIVEN,
            held=_not_yet(scene),
        ),
    )


def _not_yet(scene: Scene) -> str:
    if not scene.round.initialized:
        return "the round has not begun"
    if scene.transcoder.start_round > scene.round.number:
        return f"fresh stake is bound until round {scene.transcoder.start_round}"
    if scene.observed.open_tickets > 0:
        return f"{scene.observed.open_tickets} winning tickets are redeemed first"
    is_last_call = progress_ppm(scene.round) >= LAST_CALL_PPM
    if scene.is_reward_due and scene.terms.rewards is not None and not is_last_call:
        return "the round's reward first"
    return ""
