"""What status shows of a decision: the columns, the account, the conditions. Pure.

Nothing that moves with every block is shown, so that a chain at rest writes nothing.
"""

__all__ = [
    "Scenery",
    "accounts_of",
    "conditions_of",
    "contracts_after",
    "picture_of",
    "reward_word",
]

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from podium_operator.api.chain_status import (
    AccountStatus,
    ChainStatus,
    ContractStatus,
    KeyStatus,
)
from podium_operator.api.conditions import Condition, ConditionType
from podium_operator.chain.model import (
    ChainDecision,
    ChainObserved,
    ChainState,
    RewardStanding,
    Standing,
)
from podium_operator.chain.past_rounds import with_standing
from podium_operator.chain.rounds import seconds_left
from podium_operator.chain.units import as_eth, as_lpt, as_percent, shortened

_PPM: Final = 1_000_000
_ETH_STEP_WEI: Final = 10**14  # balances are shown to four decimals


@dataclass(frozen=True, slots=True)
class Scenery:
    """What is around a decision. signers: who signs for an address; plan: what is said of it."""

    observed: ChainObserved
    decision: ChainDecision
    signers: Mapping[str, str]
    plan: str


def picture_of(scenery: Scenery, last: ChainStatus) -> ChainStatus:
    """Return status.chain but for what the log adds; where nothing was read, the last numbers."""
    observed, decision = scenery.observed, scenery.decision
    health, terms, state = observed.health, observed.terms, observed.state
    said = {
        "plan": scenery.plan,
        "rpc": f"{health.healthy}/{health.total}",
        "chain_id": terms.chain_id,
    }
    if state is None or decision.stage is None:
        return last.model_copy(update=said)
    own, reward = state.transcoder, decision.reward
    missed = reward.missed_round if reward.missed_round is not None else last.missed_round
    return ChainStatus(
        stake=shortened(own.total_stake),
        reward=reward_word(reward),
        round_left=_clock(seconds_left(state.round, block_seconds=terms.block_seconds)),
        stage=decision.stage.value,
        round=state.round.number,
        missed_round=missed,
        recent_rewards=with_standing(last.recent_rewards, reward, decision.intents),
        account=_account(state),
        keys=_keys(scenery, state),
        contracts=contracts_after(observed),
    ).model_copy(update=said)


def conditions_of(decision: ChainDecision) -> tuple[Condition, ...]:
    """Return the chain's conditions, undated."""
    return tuple(
        Condition(ConditionType(aspect.value), verdict.status, verdict.reason, verdict.message)
        for aspect, verdict in decision.verdicts.items()
    )


def contracts_after(observed: ChainObserved) -> list[ContractStatus]:
    """Return the addresses that are known from now on.

    One that moved and still has what we call is known once its change was told; one that lacks it
    stays unknown until a person accepts it.
    """
    known = dict(observed.acknowledged)
    state = observed.state
    if state is not None:
        fitting = (name for name in state.targets if name not in state.mismatched)
        known |= {name: state.targets[name].address for name in fitting}
    return [ContractStatus(name=name, address=known[name]) for name in sorted(known)]


def reward_word(reward: RewardStanding) -> str:
    """Return what the REWARD column shows: ok r4123, MISSED r4122, or - off the pool."""
    if reward.standing is Standing.NONE:
        return Standing.NONE.value
    is_missed = reward.standing is Standing.MISSED and reward.missed_round is not None
    number = reward.missed_round if is_missed else reward.round
    return f"{reward.standing.value} r{number}"


def _account(state: ChainState) -> AccountStatus:
    own = state.transcoder
    place = own.place
    return AccountStatus(
        self_lpt=as_lpt(own.pending_stake),
        total_lpt=as_lpt(own.total_stake),
        fees_eth=as_eth(own.pending_fees),
        reward_cut_percent=as_percent(own.reward_cut_ppm),
        fee_share_percent=as_percent(own.fee_share_ppm),
        fee_cut_percent=as_percent(_PPM - own.fee_share_ppm),
        service_uri=own.service_uri,
        reward_caller=own.reward_caller or "",
        rank=place.rank if place is not None else None,
        gap_lpt=as_lpt(own.total_stake - place.last_stake) if place is not None else "",
    )


def _keys(scenery: Scenery, state: ChainState) -> list[KeyStatus]:
    return [
        KeyStatus(
            role=role,
            address=address,
            signer=scenery.signers.get(address, "none"),
            balance_eth=as_eth(key.balance_wei // _ETH_STEP_WEI * _ETH_STEP_WEI),
        )
        for role, address in accounts_of(scenery.observed)
        if (key := state.keys.get(address)) is not None
    ]


def accounts_of(observed: ChainObserved) -> Iterable[tuple[str, str]]:
    """Yield each account that may pay for gas, by its role."""
    terms = observed.terms
    yield "orchestrator", terms.orchestrator
    if terms.rewards is not None and terms.rewards.caller:
        yield "reward-caller", terms.rewards.caller


def _clock(seconds: float) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60:02d}h{minutes % 60:02d}m"
