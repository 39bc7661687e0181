"""Wants into intents: an id that is always the same, a price, consent, and whether it may begin."""

__all__ = ["Plan", "plan_of"]

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from podium_operator.chain.gas import Refusal, price_of
from podium_operator.chain.model import IN_FLIGHT, OPEN, Approval, Intent, IntentState
from podium_operator.chain.rounds import progress_ppm
from podium_operator.chain.wants import Consent, Scene, Want

_ATTEMPT: Final = "."
_PAID_ATTEMPTS: Final = 5
_RETRY_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Plan:
    """An intent for a want. may_begin: nothing stands against signing it now; reason: what does."""

    intent: Intent
    may_begin: bool
    reason: str = ""


def plan_of(scene: Scene, want: Want) -> Plan:
    """The want's intent: the one under way, the one that waits, or a new one."""
    known = _known(scene.intents, want)
    if known is not None and known.state in IN_FLIGHT:
        return Plan(known, may_begin=False, reason="UnderWay")
    intent = _carried(scene, want, known) if known is not None else _new(scene, want)
    return _judged(scene, want, intent)


def _known(intents: Iterable[Intent], want: Want) -> Intent | None:
    """The open intent for this want, if what it moves is still there."""
    same = [
        one
        for one in intents
        if one.state in OPEN
        and (one.kind, one.goal, one.sender) == (want.kind, want.goal, want.sender)
        and (one.state in IN_FLIGHT or one.amount <= want.amount)
    ]
    return max(same, key=lambda one: one.state in IN_FLIGHT, default=None)


def _carried(scene: Scene, want: Want, known: Intent) -> Intent:
    return replace(known, round=scene.round.number, why=want.why, to=_address(scene, want.to))


def _new(scene: Scene, want: Want) -> Intent:
    return Intent(
        id=_id(scene, want),
        kind=want.kind,
        round=scene.round.number,
        since_round=scene.round.number if want.since_round is None else want.since_round,
        goal=want.goal,
        why=want.why,
        sender=want.sender,
        to=_address(scene, want.to),
        data=want.data,
        value_wei=want.value_wei,
        amount=want.amount,
        gas_limit=want.gas,
        max_fee_wei=max(1, scene.state.base_fee_wei),
        at=scene.state.at,
    )


def _address(scene: Scene, to: str) -> str:
    """Where a call goes; "" when the Controller did not name it."""
    if to.startswith("0x"):
        return to
    target = scene.state.targets.get(to)
    return target.address if target is not None else ""


def _id(scene: Scene, want: Want) -> str:
    """Readable, and the same in every process. Every attempt has its own."""
    number = scene.round.number
    terms = scene.terms
    seed = "/".join(
        str(part)
        for part in (
            terms.chain_id,
            want.kind,
            terms.orchestrator.lower(),
            want.sender.lower(),
            want.goal,
            number,
            want.data,
            want.value_wei,
        )
    )
    base = f"{want.kind.lower()}-{number}-{sha256(seed.encode()).hexdigest()[:8]}"
    tries = [int(one.id.partition(_ATTEMPT)[2] or 1) for one in scene.intents if _is_of(one, base)]
    return f"{base}{_ATTEMPT}{max(tries) + 1}" if tries else base


def _is_of(intent: Intent, base: str) -> bool:
    return intent.id.partition(_ATTEMPT)[0] == base


def _judged(scene: Scene, want: Want, intent: Intent) -> Plan:
    priced, refusal = _priced(scene, want, intent)
    state = _consent(scene, want, intent)
    against = _against(scene, want, priced, state) or refusal
    message = against.message if against is not None else ""
    reason = against.reason if against is not None else ""
    judged = replace(priced, state=state, message=message)
    return Plan(judged, may_begin=against is None, reason=reason)


def _priced(scene: Scene, want: Want, intent: Intent) -> tuple[Intent, Refusal | None]:
    price = price_of(scene, replace(want, value_wei=intent.value_wei))
    if isinstance(price, Refusal):
        least = max(1, scene.state.base_fee_wei)
        return replace(intent, gas_limit=want.gas, max_fee_wei=least), price
    return replace(intent, gas_limit=price.gas_limit, max_fee_wei=price.max_fee_wei), None


def _consent(scene: Scene, want: Want, intent: Intent) -> IntentState:
    if intent.sender not in scene.terms.signers:
        return IntentState.AWAITING_SIGNATURE
    by_terms = want.consent is Consent.BY_TERMS and scene.terms.approval is Approval.MANUAL
    if not by_terms and want.consent is not Consent.ALWAYS:
        return IntentState.PLANNED
    approvals = scene.observed.approvals
    is_approved = intent.id in approvals or intent.id.partition(_ATTEMPT)[0] in approvals
    return IntentState.PLANNED if is_approved else IntentState.AWAITING_APPROVAL


def _against(scene: Scene, want: Want, intent: Intent, state: IntentState) -> Refusal | None:
    """What stands against it before money does."""
    if not (intent.to and intent.data):
        return Refusal("ContractUnknown", f"the Controller does not name all of {want.to}'s call")
    rest = want.held or _rest(scene, want)
    if rest:
        return Refusal("Held", rest)
    if state is IntentState.AWAITING_SIGNATURE:
        return Refusal(
            "AwaitingSignature", f"no key for {intent.sender}: sign its call data elsewhere"
        )
    if state is IntentState.AWAITING_APPROVAL:
        lost = ", and this round's reward is lost without" if want.is_reward else ""
        said = f"waits for a person{lost}: annotate podium.video/approve: {intent.id}"
        return Refusal("AwaitingApproval", said)
    busy = next(
        (one.id for one in scene.intents if one.sender == intent.sender and one.state in IN_FLIGHT),
        scene.observed.busy_keys.get(intent.sender),
    )
    return Refusal("SenderBusy", f"{busy} is under way from the same key") if busy else None


def _rest(scene: Scene, want: Want) -> str:
    """How long to leave it after a failure; five that were paid for in a round are enough."""
    failed = [
        one
        for one in scene.known(want.kind)
        if one.state is IntentState.FAILED
        and (one.goal, one.sender) == (want.goal, want.sender)
        and one.round == scene.round.number
    ]
    if sum(bool(one.hashes) for one in failed) >= _PAID_ATTEMPTS:
        return f"{_PAID_ATTEMPTS} paid attempts failed in this round: somebody must look"
    last = max((one.sent_at or one.at for one in failed), default=None)
    pause = _pause_seconds(scene, want)
    if last is None or not 0 <= scene.state.at - last < pause:
        return ""
    return f"tries again in {pause - (scene.state.at - last)} s"


def _pause_seconds(scene: Scene, want: Want) -> int:
    """Shorter for a reward that is past its deadline."""
    rewards = scene.terms.rewards
    if rewards is None:
        return _RETRY_SECONDS
    is_late = want.is_reward and progress_ppm(scene.round) >= rewards.deadline_ppm
    return rewards.retry_seconds // 4 if is_late else rewards.retry_seconds
