"""How the newest rounds' rewards went, kept from one look at the chain to the next. Pure."""

__all__ = ["missed_in", "with_standing"]

from collections.abc import Iterable, Sequence
from typing import Final

from podium_operator.api.chain_status import RewardStatus
from podium_operator.chain.model import Intent, IntentKind, IntentState, RewardStanding, Standing

_KEPT_ROUNDS: Final = 30
_CALLED: Final = "called"
_MISSED: Final = "missed"
_OPEN: Final = {"pending", "late"}
_WORDS: Final = {
    Standing.OK: _CALLED,
    Standing.PENDING: "pending",
    Standing.LATE: "late",
    # Said of the round before, while this one may still be had.
    Standing.MISSED: "pending",
    Standing.SKIPPED: "skipped",
    Standing.NONE: "none",
}


def with_standing(
    known: Sequence[RewardStatus], reward: RewardStanding, intents: Sequence[Intent]
) -> list[RewardStatus]:
    """Take in this round's standing; a round that closed while it was open is judged once.

    The chain itself tells only whether the last closed round was lost; one before that, which
    nobody looked at when it closed, counts as lost unless our own reward landed in it.
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
        closed.append(RewardStatus(round=missed, state=_MISSED))
    current = RewardStatus(round=reward.round, state=_WORDS[reward.standing])
    return [*closed, current][-_KEPT_ROUNDS:]


def missed_in(rounds: Iterable[RewardStatus]) -> list[int]:
    """Return the rounds that were lost."""
    return [one.round for one in rounds if one.state == _MISSED]


def _closed(one: RewardStatus, rewarded: set[int], reward: RewardStanding) -> RewardStatus:
    if one.state not in _OPEN:
        return one
    was_called = one.round in rewarded or one.round == reward.round - 1
    is_lost = one.round == reward.missed_round or not was_called
    return RewardStatus(round=one.round, state=_MISSED if is_lost else _CALLED)
