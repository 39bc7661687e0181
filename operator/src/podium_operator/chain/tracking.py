"""Known intents seen against the chain: what is done, what came undone, what is not needed.

The chain's state decides, never a receipt alone. Bytes that move value are never given up: they
land or fail. A reward's may be, since whichever round they land in, they can only take its reward.
"""

__all__ = ["remembered", "replacement", "tracked"]

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from podium_operator.chain.gas import bumped_fee_wei
from podium_operator.chain.model import (
    OPEN,
    SETTLED_BLOCKS,
    ChainState,
    Intent,
    IntentKind,
    IntentState,
)
from podium_operator.chain.wants import Scene

_OF_THE_ROUND: Final = frozenset({IntentKind.REWARD, IntentKind.INITIALIZE_ROUND})
_BUMPS_WHEN_STUCK: Final = 6
_BUMPS_WHEN_PRICED_OUT: Final = 20
_RETRY_SECONDS: Final = 300
_KEPT_ROUNDS: Final = 2
_KEPT_FREE: Final = 10


def tracked(intents: Sequence[Intent], state: ChainState) -> tuple[Intent, ...]:
    """Every intent in the state that this block shows it in."""
    return tuple(_seen(intent, state) for intent in intents)


def remembered(intents: Sequence[Intent], round_number: int) -> tuple[Intent, ...]:
    """All open ones; of late rounds those that cost something, and the newest that did not."""
    late = [
        one for one in intents if one.state not in OPEN and one.round >= round_number - _KEPT_ROUNDS
    ]
    kept = {one.id for one in late if one.hashes}
    kept |= {one.id for one in [one for one in late if not one.hashes][-_KEPT_FREE:]}
    return tuple(one for one in intents if one.state in OPEN or one.id in kept)


def replacement(scene: Scene, intent: Intent) -> Intent | None:
    """The same action at a higher price, when it is time and a price is allowed."""
    if intent.state not in {IntentState.SIGNED, IntentState.SENT} or not _is_due(scene, intent):
        return None
    is_urgent = intent.kind in _OF_THE_ROUND or scene.is_reward_due
    fee = bumped_fee_wei(scene, intent, is_urgent=is_urgent)
    return replace(intent, max_fee_wei=fee) if fee is not None else None


def _is_due(scene: Scene, intent: Intent) -> bool:
    if intent.nonce is None or not intent.hashes:
        return False
    if scene.state.base_fee_wei > intent.max_fee_wei:
        return len(intent.hashes) <= _BUMPS_WHEN_PRICED_OUT
    rewards = scene.terms.rewards
    pause = rewards.retry_seconds if rewards is not None else _RETRY_SECONDS
    since = scene.state.at - (intent.at if intent.sent_at is None else intent.sent_at)
    return since >= pause and len(intent.hashes) <= _BUMPS_WHEN_STUCK


def _seen(intent: Intent, state: ChainState) -> Intent:
    match intent.state:
        case IntentState.MINED:
            return _after_receipt(intent, state)
        case IntentState.SIGNED | IntentState.SENT:
            return _under_way(intent, state)
        case IntentState.DONE:
            return _still_done(intent, state)
        case _:
            return intent


def _after_receipt(intent: Intent, state: ChainState) -> Intent:
    mined = intent.mined_block if intent.mined_block is not None else state.block
    if state.block < mined:
        return intent
    if _is_shown(intent, state) or intent.kind not in _OF_THE_ROUND:
        return replace(intent, state=IntentState.DONE, message="")
    if state.block < mined + SETTLED_BLOCKS:
        return intent
    return replace(
        intent, state=IntentState.FAILED, message="mined, yet the chain does not show its effect"
    )


def _under_way(intent: Intent, state: ChainState) -> Intent:
    """Give up a round's own action that is shown or too late, while its nonce is unspent."""
    if intent.kind not in _OF_THE_ROUND or not _is_idle(intent, state):
        return intent
    if _is_shown(intent, state):
        return replace(
            intent, state=IntentState.SUPERSEDED, message="somebody else did it: not sent again"
        )
    if intent.round < state.round.number:
        return replace(
            intent, state=IntentState.SUPERSEDED, message=f"round {intent.round} is over"
        )
    return intent


def _still_done(intent: Intent, state: ChainState) -> Intent:
    """Undone by a reorganisation: the same bytes once more, as long as it is the round's turn."""
    is_current = intent.kind in _OF_THE_ROUND and intent.round == state.round.number
    if not is_current or not intent.hashes or _is_shown(intent, state):
        return intent
    return replace(
        intent,
        state=IntentState.SENT,
        mined_block=None,
        message="the chain shows it no more: the same bytes again",
    )


def _is_idle(intent: Intent, state: ChainState) -> bool:
    key = state.keys.get(intent.sender)
    return intent.nonce is None or (key is not None and key.nonce <= intent.nonce)


def _is_shown(intent: Intent, state: ChainState) -> bool:
    if intent.kind is IntentKind.REWARD:
        return state.transcoder.last_reward_round >= intent.round
    if intent.kind is IntentKind.INITIALIZE_ROUND:
        is_begun = state.round.number == intent.round and state.round.initialized
        return is_begun or state.round.number > intent.round
    return False
