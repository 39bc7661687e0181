"""The chain's conditions: what holds, in a word that is stable and a sentence that helps."""

__all__ = ["days_of_gas", "verdicts_of"]

from collections.abc import Mapping
from typing import Final

from podium_operator.api.conditions import Status
from podium_operator.chain.cuts import in_sync
from podium_operator.chain.findings import Findings
from podium_operator.chain.model import (
    OPEN,
    Aspect,
    Health,
    IntentState,
    Stage,
    Standing,
    Verdict,
)
from podium_operator.chain.wants import Scene

_DAY_SECONDS: Final = 86_400
# A round begun and rewarded, as measured, with redemptions beside it.
_ROUND_GAS: Final = 1_200_000
_OUTSIDE: Final = frozenset({Stage.UNKNOWN, Stage.RESIGNED, Stage.DELEGATED_ELSEWHERE})
_UNREAD: Final = Verdict(Status.UNKNOWN, "ChainUnread", "the chain has not been read yet")


def verdicts_of(findings: Findings) -> Mapping[Aspect, Verdict]:
    """One verdict for every aspect, Unknown for those that nothing was read of."""
    observed, scene, obstacle = findings.observed, findings.scene, findings.obstacle
    verdicts = {
        Aspect.RPC_HEALTHY: _rpc(observed.health, observed.terms.max_age_seconds),
        Aspect.INTENT_PENDING: _pending(findings),
    }
    if scene is None:
        unread = Verdict(Status.UNKNOWN, obstacle.reason, obstacle.message) if obstacle else _UNREAD
        return verdicts | {aspect: unread for aspect in Aspect if aspect not in verdicts}
    return verdicts | {
        Aspect.REGISTERED: _registered(scene),
        Aspect.ACTIVE: _active(scene),
        Aspect.REWARD_CALLED: _rewarded(findings),
        Aspect.FUNDED: _funded(scene),
        Aspect.CUT_IN_SYNC: _cuts(scene),
    }


def days_of_gas(scene: Scene, address: str) -> float:
    """Days that a key's ether above the floor lasts, at the week's burn or a round's usual gas."""
    rounds = scene.round.length * scene.terms.block_seconds
    usual = _ROUND_GAS * max(1, scene.state.base_fee_wei) * _DAY_SECONDS / max(1.0, rounds)
    burn = max(float(scene.observed.burn_wei_per_day), usual)
    return max(0, scene.balance(address) - scene.terms.gas.floor_wei) / burn


def _rpc(health: Health, max_age_seconds: float) -> Verdict:
    of = f"{health.healthy} of {health.total} endpoints answer"
    if health.healthy == 0:
        return Verdict(Status.FALSE, "NoEndpoint", f"{of}: nothing can be read or sent")
    if health.age_seconds > max_age_seconds:
        return Verdict(Status.FALSE, "Stale", f"{of}, last read {health.age_seconds:.0f} s ago")
    if health.disagreement:
        return Verdict(Status.FALSE, "Disagreement", f"{of}, but not alike: {health.disagreement}")
    return Verdict(Status.TRUE, "Answering", of)


def _pending(findings: Findings) -> Verdict:
    intents, obstacle = findings.intents, findings.obstacle
    pending = [one for one in intents if one.state in OPEN]
    if not pending and obstacle is not None:
        return Verdict(Status.FALSE, obstacle.reason, obstacle.message)
    if not pending:
        return Verdict(Status.FALSE, "NothingPending", "the chain is as asked")
    first = next((one for one in pending if one.state is IntentState.AWAITING_APPROVAL), pending[0])
    reasons = {plan.intent.id: plan.reason for plan in findings.plans}
    reason = obstacle.reason if obstacle is not None else reasons.get(first.id, "")
    said = first.message or first.why
    return Verdict(
        Status.TRUE, reason or first.state.value, f"{first.id} is {first.state.value}: {said}"
    )


def _registered(scene: Scene) -> Verdict:
    if scene.transcoder.registered:
        return Verdict(Status.TRUE, "Registered", f"{scene.stage.value}")
    return Verdict(Status.FALSE, scene.stage.value, "no stake of its own is bonded to it")


def _active(scene: Scene) -> Verdict:
    number = scene.round.number
    match scene.stage:
        case Stage.ACTIVE:
            return Verdict(Status.TRUE, "InPool", f"active in round {number}")
        case Stage.LEAVING:
            return Verdict(
                Status.TRUE,
                "LeavingPool",
                f"active until round {number} ends: redeem winning tickets, then reward",
            )
        case Stage.ACTIVATING:
            return Verdict(Status.FALSE, "FromNextRound", f"active from round {number + 1} on")
        case Stage.EVICTED | Stage.NOT_IN_POOL:
            return Verdict(Status.FALSE, "NotInPool", _distance(scene))
        case _:
            return Verdict(Status.FALSE, "NotRegistered", "not registered")


def _distance(scene: Scene) -> str:
    place = scene.transcoder.place
    if place is None:
        return "others have more stake"
    lacking = max(0, place.last_stake - scene.transcoder.total_stake + 1)
    return f"{lacking} base units of LPT short of the pool's last place"


def _rewarded(findings: Findings) -> Verdict:
    reward, obstacle = findings.reward, findings.obstacle
    number = reward.round
    first = next((plan.intent.message for plan in findings.plans), "")
    why = obstacle.message if obstacle is not None else first
    match reward.standing:
        case Standing.OK:
            return Verdict(Status.TRUE, "Called", f"round {number} is rewarded")
        case Standing.LATE:
            return Verdict(Status.FALSE, "Late", f"round {number} runs out unrewarded: {why}")
        case Standing.SKIPPED:
            return Verdict(Status.FALSE, "Skipped", f"round {number}'s reward is below its gas")
        case Standing.MISSED:
            said = f"round {reward.missed_round} is lost for good; round {number}: {why or 'due'}"
            return Verdict(Status.FALSE, "Missed", said)
        case Standing.PENDING:
            return Verdict(Status.UNKNOWN, "Pending", f"round {number}: {why or 'under way'}")
        case Standing.NONE:
            return Verdict(Status.UNKNOWN, "NotActive", f"no reward to take in round {number}")


def _funded(scene: Scene) -> Verdict:
    signers = sorted(scene.terms.signers)
    if not signers:
        return Verdict(Status.TRUE, "NoKeys", "no key of ours pays for anything")
    poorest = min(signers, key=scene.balance)
    days = days_of_gas(scene, poorest)
    if scene.balance(poorest) < scene.terms.gas.floor_wei:
        return Verdict(
            Status.FALSE, "BelowFloor", f"{poorest} is below the floor: it pays for rewards only"
        )
    if days < scene.terms.gas.warn_days:
        return Verdict(Status.FALSE, "RunningOut", f"{poorest} has gas for {days:.1f} days")
    return Verdict(Status.TRUE, "Enough", f"{poorest} has gas for {min(days, 9999):.0f} days")


def _cuts(scene: Scene) -> Verdict:
    asked, own = scene.terms.registration, scene.transcoder
    if asked is None or scene.stage in _OUTSIDE:
        return Verdict(Status.UNKNOWN, "NothingAsked", "no terms to compare")
    if not in_sync(scene, asked):
        return Verdict(
            Status.FALSE,
            "Drift",
            f"reward cut {own.reward_cut_ppm} of {asked.reward_cut_ppm} ppm, fee share"
            f" {own.fee_share_ppm} of {asked.fee_share_ppm} ppm",
        )
    if asked.service_uri and asked.service_uri != own.service_uri:
        return Verdict(
            Status.FALSE, "ServiceUriDrift", f"{own.service_uri!r} instead of {asked.service_uri!r}"
        )
    return Verdict(Status.TRUE, "InSync", "terms and service URI are as asked")
