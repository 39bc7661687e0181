"""Thirty rounds on chain, judged by the operator's own policy: what status would show of them."""

from dataclasses import replace
from typing import Any

from tests.unit.operator.chain.cases import OWN, REGISTRATION, ROUND, seen

from podium_operator.api.chain_status import ChainStatus
from podium_operator.api.conditions import merge
from podium_operator.chain.decide import decide
from podium_operator.chain.model import ChainDecision, ChainObserved, CutChange
from podium_operator.chain.picture import Scenery, conditions_of, picture_of
from podium_operator.chain.records import shown_intent

__all__ = ["CHAIN", "on_chain"]

CHAIN = {
    "address": "0x" + "11" * 20,
    "rpc": {"endpoints": [{"name": "one", "url": "https://one.example.com"}]},
}

_ROUNDS = 30
_MISSED = ROUND - 21
_BALANCE = 84 * 10**15
_EARLY_PPM, _PAST_DEADLINE_PPM = 20_000, 850_000


def on_chain() -> dict[str, Any]:
    """Return a status's chain and conditions: a lost round, and a cut that waits for approval."""
    status, last_reward = ChainStatus(), ROUND - _ROUNDS
    for number in range(ROUND - _ROUNDS + 1, ROUND):
        for gone_ppm in (_EARLY_PPM, _PAST_DEADLINE_PPM):
            observed = seen(number=number, gone_ppm=gone_ppm, last_reward_round=last_reward)
            status = picture_of(_scenery(observed, decide(observed)), status)
            last_reward = last_reward if number == _MISSED else number
    cuts = replace(REGISTRATION, reward_cut_ppm=80_000, cut_change=CutChange(announce_rounds=0))
    observed = seen(
        gone_ppm=_PAST_DEADLINE_PPM,
        last_reward_round=ROUND,
        registration=cuts,
        balance_wei=_BALANCE,
    )
    decision = decide(observed)
    status = picture_of(_scenery(observed, decision), status)
    shown = status.model_copy(update={"intents": [shown_intent(one) for one in decision.intents]})
    return {
        "chain": shown.model_dump(mode="json", by_alias=True, exclude_none=True),
        "conditions": merge((), conditions_of(decision), generation=1, now="2026-11-21T08:00:00Z"),
    }


def _scenery(observed: ChainObserved, decision: ChainDecision) -> Scenery:
    return Scenery(observed, decision, {OWN: "keystore"}, plan=decision.reason)
