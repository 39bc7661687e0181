"""Which Events an intent's way from wish to effect is worth. Pure."""

__all__ = ["notes_of"]

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from podium_operator.api import names
from podium_operator.chain.consent import Consenter
from podium_operator.chain.model import Intent, IntentKind, IntentState
from podium_operator.events import Note

_DEEDS: Final = {
    IntentKind.REWARD: "RewardCalled",
    IntentKind.INITIALIZE_ROUND: "RoundInitialized",
    IntentKind.UNBOND: "Unbonded",
    IntentKind.BOND: "Bonded",
}
_MOVING: Final = {
    IntentState.PLANNED,
    IntentState.SIGNED,
    IntentState.SENT,
    IntentState.MINED,
    IntentState.DONE,
}


def notes_of(
    before: Sequence[Intent], after: Sequence[Intent], consenter: Callable[[], Consenter]
) -> Iterator[Note]:
    """Yield what changed, in order. consenter: who wrote the approving annotation."""
    known = {one.id: one for one in before}
    for intent in after:
        last = known.get(intent.id)
        was = None if last is None else last.state
        if was is IntentState.AWAITING_APPROVAL and intent.state in _MOVING:
            yield ("Normal", "IntentApproved", f"{intent.id} approved by {consenter()}")
        if was is not intent.state and (note := _note(intent)) is not None:
            yield note


def _note(intent: Intent) -> Note | None:
    what = f"{intent.id} ({intent.why})"
    match intent.state:
        case IntentState.AWAITING_APPROVAL:
            how = f"annotate {names.APPROVE_ANNOTATION}: {intent.id}"
            lost = "; not allowed in time, it is lost" if intent.kind is IntentKind.REWARD else ""
            return ("Normal", "IntentAwaitsApproval", f"{what}: {how}{lost}")
        case IntentState.AWAITING_SIGNATURE:
            how = "its call data and a Safe transaction are in status.chain"
            return ("Normal", "IntentAwaitsSignature", f"{what}: {how}")
        case IntentState.SENT:
            newest = intent.hashes[-1] if intent.hashes else ""
            return ("Normal", "IntentSent", f"{what}: {newest}")
        case IntentState.DONE:
            return ("Normal", _DEEDS.get(intent.kind, "IntentDone"), f"{what}: done")
        case IntentState.FAILED:
            return ("Warning", "IntentFailed", f"{what}: {intent.message}")
        case _:
            return None
