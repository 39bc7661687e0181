"""Intents as status keeps them, and back: a restart goes on from what stands there. Pure.

Wide numbers are decimal strings, since the API server's integers have 64 bits. What cannot be read
back is refused as a whole: going on from half a log could send a deed twice.
"""

__all__ = ["LogUnreadableError", "intents_in", "shown_intent"]

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from podium_operator.api.chain_status import IntentStatus
from podium_operator.chain.model import Intent, IntentKind, IntentState
from podium_operator.errors import PodiumError

_LONGEST_TEXT: Final = 2048


class LogUnreadableError(PodiumError):
    """status.chain.intents is not what the operator wrote."""


def shown_intent(intent: Intent) -> IntentStatus:
    """Return an intent as status shows it."""
    return IntentStatus(
        id=intent.id,
        kind=intent.kind.value,
        state=intent.state.value,
        round=intent.round,
        since_round=intent.since_round,
        amount=str(intent.amount),
        goal=intent.goal,
        why=intent.why,
        sender=intent.sender,
        to=intent.to,
        data=intent.data,
        value_wei=str(intent.value_wei),
        gas_limit=intent.gas_limit,
        max_fee_wei=str(intent.max_fee_wei),
        at=intent.at,
        nonce=intent.nonce,
        hashes=list(intent.hashes),
        sent_at=intent.sent_at,
        mined_block=intent.mined_block,
        cost_wei=str(intent.cost_wei),
        message=intent.message[:_LONGEST_TEXT],
    )


def intents_in(shown: Iterable[Mapping[str, Any]]) -> tuple[Intent, ...]:
    """Read the log back. Raises LogUnreadableError, since nothing may be forgotten quietly."""
    try:
        return tuple(_intent(IntentStatus.model_validate(one)) for one in shown)
    except (ValidationError, ValueError) as error:
        raise LogUnreadableError(
            "status.chain.intents was changed by hand and cannot be read: nothing is sent until "
            "it is put right or emptied"
        ) from error


def _intent(status: IntentStatus) -> Intent:
    return Intent(
        id=status.id,
        kind=IntentKind(status.kind),
        state=IntentState(status.state),
        round=status.round,
        since_round=status.since_round,
        amount=int(status.amount),
        goal=status.goal,
        why=status.why,
        sender=status.sender,
        to=status.to,
        data=status.data,
        value_wei=int(status.value_wei),
        gas_limit=status.gas_limit,
        max_fee_wei=int(status.max_fee_wei),
        at=status.at,
        nonce=status.nonce,
        hashes=tuple(status.hashes),
        sent_at=status.sent_at,
        mined_block=status.mined_block,
        cost_wei=int(status.cost_wei),
        message=status.message,
    )
