"""How the newest rounds' rewards went, kept from one look at the chain to the next. Pure."""

__all__ = ["with_standing"]

from collections.abc import Sequence
from typing import Final

from podium_operator.api.chain_status import RewardStatus
from podium_operator.chain.model import Intent, IntentKind, IntentState, RewardStanding, Standing

_KEPT_ROUNDS: Final = 30
_OPEN: Final = {Standing.PENDING.value, Standing.LATE.value, Standing.MISSED.value}


def with_standing(
    known: Sequence[RewardStatus], reward: RewardStanding, intents: Sequence[Intent]
) -> list[RewardStatus]:
    """Take in this round's standing; a round that closed while it was open is judged once.

    A round closed unrewarded is MISSED; the chain itself tells of the last one only.
    """
    if not reward.round:
        return list(known)
    rewarded = {
        one.round
        for one in intents
        if one.kind is IntentKind.REWARD and one.state is IntentState.DONE
    }
    closed = [_closed(one, rewarded, reward) for one in known if one.round < reward.round]
    missed = reward.missed_round
    if missed is not None and all(one.round != missed for one in closed):
        closed.append(RewardStatus(round=missed, standing=Standing.MISSED.value))
    # MISSED speaks of the round before, while this one may still be had.
    is_open = reward.standing is Standing.MISSED
    word = (Standing.PENDING if is_open else reward.standing).value
    return [*closed, RewardStatus(round=reward.round, standing=word)][-_KEPT_ROUNDS:]


def _closed(one: RewardStatus, rewarded: set[int], reward: RewardStanding) -> RewardStatus:
    if one.standing not in _OPEN:
        return one
    if one.round == reward.missed_round:
        return RewardStatus(round=one.round, standing=Standing.MISSED.value)
    was_seen = one.round in rewarded or one.round == reward.round - 1
    word = Standing.OK if was_seen else Standing.MISSED
    return RewardStatus(round=one.round, standing=word.value)
