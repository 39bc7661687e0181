"""Where an orchestrator stands with the protocol, from the numbers it keeps of itself."""

__all__ = ["STAYS", "is_missed", "stage_of"]

from typing import Final

from podium_operator.chain.model import Stage, TranscoderState

# The deactivation round of one that is to stay.
STAYS: Final = 2**256 - 1


def stage_of(transcoder: TranscoderState, round_number: int) -> Stage:
    """The stage in this round; a round that nobody initialised counts like any other."""
    if transcoder.active:
        stays = transcoder.registered and transcoder.deactivation_round > round_number + 1
        return Stage.ACTIVE if stays else Stage.LEAVING
    if not transcoder.registered:
        return _stage_outside(transcoder)
    if round_number < transcoder.activation_round < transcoder.deactivation_round:
        return Stage.ACTIVATING
    was_active = 0 < transcoder.activation_round < transcoder.deactivation_round
    return Stage.EVICTED if was_active else Stage.NOT_IN_POOL


def is_missed(transcoder: TranscoderState, round_number: int) -> bool:
    """Whether it was active in a closed round without taking that round's reward.

    Who joined again since shows no trace of the round before: then nothing is claimed.
    """
    was_active = transcoder.activation_round <= round_number < transcoder.deactivation_round
    return (
        transcoder.activation_round > 0
        and was_active
        and (transcoder.last_reward_round < round_number)
    )


def _stage_outside(transcoder: TranscoderState) -> Stage:
    if transcoder.bonded_amount > 0:
        return Stage.DELEGATED_ELSEWHERE
    return Stage.RESIGNED if transcoder.activation_round > 0 else Stage.UNKNOWN
