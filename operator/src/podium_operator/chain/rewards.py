"""The round's reward, and the round's beginning where nobody else begins it.

Says what to send and from which key; when is bounded here only by courtesy (a drawn delay, another
caller's turn, winning tickets first). As the round runs out no courtesy is left.
"""

__all__ = ["LAST_CALL_PPM", "expected_reward", "is_unprofitable", "reward_wishes"]

from collections.abc import Sequence
from typing import Final

from podium_operator.chain import calls
from podium_operator.chain.gas import GAS
from podium_operator.chain.model import (
    BelowProfit,
    ChainState,
    InitializePolicy,
    Intent,
    IntentKind,
    IntentState,
    RewardTerms,
    Stage,
)
from podium_operator.chain.rounds import blocks_gone, draw_ppm, progress_ppm
from podium_operator.chain.wants import Scene, Wait, Want, Wish

# From here on nothing is waited for: not tickets, not other callers.
LAST_CALL_PPM: Final = 900_000
_BACKSTOP_PPM: Final = 500_000
# How long a round may lack its beginning before we begin it: blocks, and the part that is drawn.
_PATIENCE_BLOCKS: Final = 5
_DRAWN_BLOCKS: Final = 20
_UNRESOLVED: Final = frozenset({IntentState.SIGNED, IntentState.SENT})
_TYPICAL_GAS: Final = 700_000
_PPM: Final = 1_000_000
_NINE_DIGITS: Final = 10**9
_TREASURY_WHOLE: Final = 10**27
_LPT: Final = 10**18


def reward_wishes(scene: Scene) -> Sequence[Wish]:
    """Begin the round if it must be, then take its reward."""
    rewards = scene.terms.rewards
    if rewards is None or not (scene.is_reward_due or _joins(scene)):
        return ()
    if not scene.round.initialized:
        return (_beginning(scene, rewards),)
    if not scene.is_reward_due:
        return ()
    if is_unprofitable(scene, rewards):
        return (Wait("NotProfitable", "this round's reward is worth less than its gas"),)
    return (_reward(scene, rewards),)


def expected_reward(state: ChainState) -> int:
    """LPT base units that a reward in this round mints for the orchestrator and its delegators.

    The minter's own arithmetic: the share of the active stake cut to nine digits, less the
    treasury's part. 0 where the stake of the round is not known.
    """
    protocol, stake = state.protocol, state.transcoder.round_stake
    if protocol.total_active_stake <= 0:
        return 0
    share = stake * _NINE_DIGITS // protocol.total_active_stake
    minted = protocol.mintable * share // _NINE_DIGITS
    return minted - minted * protocol.treasury_cut_ppb27 // _TREASURY_WHOLE


def is_unprofitable(scene: Scene, rewards: RewardTerms) -> bool:
    """Whether the rule says to skip. Without a price or an expectation it never does."""
    expected = expected_reward(scene.state)
    if rewards.below_profit is BelowProfit.CALL_ANYWAY or rewards.lpt_price_wei is None:
        return False
    value = expected * rewards.lpt_price_wei // _LPT
    cost = _TYPICAL_GAS * scene.state.base_fee_wei
    return expected > 0 and value * _PPM < cost * rewards.min_profit_ppm


def _joins(scene: Scene) -> bool:
    """Whether a registration that is asked for waits for the round to begin."""
    asked = scene.terms.registration
    is_new = asked is not None and not scene.transcoder.registered
    return is_new and not scene.observed.deleting


def _beginning(scene: Scene, rewards: RewardTerms) -> Wish:
    if rewards.initialize is InitializePolicy.NEVER:
        return Wait(
            "RoundNotInitialized", "nobody began this round, and rewards.initializeRound is Never"
        )
    number = scene.round.number
    drawn = draw_ppm(scene.terms.orchestrator, number) * _DRAWN_BLOCKS // _PPM
    patience = min(_PATIENCE_BLOCKS + drawn, scene.round.length // 10)
    return Want(
        kind=IntentKind.INITIALIZE_ROUND,
        goal=f"round {number} begun",
        why=f"round {number} was not begun, and without that nobody can join or be rewarded",
        sender=_paths(scene)[0],
        to="RoundsManager",
        data=calls.initialize_round(),
        gas=GAS[IntentKind.INITIALIZE_ROUND],
        is_urgent=scene.is_reward_due,
        is_reward=scene.is_reward_due,
        held="" if blocks_gone(scene.round) >= patience else "others may begin the round first",
    )


def _reward(scene: Scene, rewards: RewardTerms) -> Want:
    sender = _path(scene, rewards)
    own = sender == scene.terms.orchestrator
    number = scene.round.number
    return Want(
        kind=IntentKind.REWARD,
        goal=f"reward of round {number}",
        why=_why(scene),
        sender=sender,
        to="BondingManager",
        data=calls.reward() if own else calls.reward_for(scene.terms.orchestrator),
        gas=GAS[IntentKind.REWARD],
        is_urgent=True,
        is_reward=True,
        held=_courtesy(scene, rewards),
    )


def _why(scene: Scene) -> str:
    why = f"active in round {scene.round.number} and not rewarded in it"
    if scene.stage is not Stage.LEAVING:
        return why
    return (
        f"{why}; out of the pool from the next round on: the winning tickets come before the"
        " reward, which may bring it back in and void those of the round before"
    )


def _paths(scene: Scene) -> list[str]:
    """The keys that could take the reward, the named caller's first; the identity if none can."""
    own, caller = scene.terms.orchestrator, scene.transcoder.reward_caller
    paths = [caller] if caller and caller != own and caller in scene.terms.signers else []
    return [*paths, own] if own in scene.terms.signers or not paths else paths


def _path(scene: Scene, rewards: RewardTerms) -> str:
    """The first key that can pay and is free, of those that failed least often (in pairs)."""
    return min(_paths(scene), key=lambda path: _doubts(scene, rewards, path))


def _doubts(scene: Scene, rewards: RewardTerms, sender: str) -> tuple[bool, int]:
    cannot_pay = scene.balance(sender) < _TYPICAL_GAS * max(1, scene.state.base_fee_wei)
    tries = [one for one in _tries(scene) if one.sender == sender]
    failed = sum(one.state is IntentState.FAILED for one in tries)
    return cannot_pay or _is_stuck(scene, rewards, sender), failed // 2


def _is_stuck(scene: Scene, rewards: RewardTerms, sender: str) -> bool:
    """Whether a key is held by bytes that do not land while the round runs out."""
    if progress_ppm(scene.round) < rewards.deadline_ppm:
        return False
    return sender in scene.observed.busy_keys or any(
        one.sender == sender and one.state in _UNRESOLVED and _is_old(scene, rewards, one)
        for one in scene.intents
    )


def _is_old(scene: Scene, rewards: RewardTerms, intent: Intent) -> bool:
    return scene.state.at - intent.at >= rewards.retry_seconds


def _tries(scene: Scene) -> list[Intent]:
    return [one for one in scene.known(IntentKind.REWARD) if one.round == scene.round.number]


def _courtesy(scene: Scene, rewards: RewardTerms) -> str:
    progress = progress_ppm(scene.round)
    if progress >= LAST_CALL_PPM:
        return ""
    if scene.stage is Stage.LEAVING and scene.observed.open_tickets > 0:
        return f"{scene.observed.open_tickets} winning tickets are redeemed before the reward"
    caller = scene.transcoder.reward_caller
    if caller and caller not in scene.terms.signers and progress < _BACKSTOP_PPM:
        return f"{caller} is the reward caller; our own key steps in from half of the round on"
    return _start_delay(scene, rewards)


def _start_delay(scene: Scene, rewards: RewardTerms) -> str:
    drawn = draw_ppm(scene.terms.orchestrator, scene.round.number)
    seconds = rewards.start_delay_seconds * drawn / _PPM
    blocks = min(int(seconds / max(0.001, scene.terms.block_seconds)), scene.round.length // 10)
    left = blocks - blocks_gone(scene.round)
    return f"its turn in this round comes in {left} blocks" if left > 0 else ""
