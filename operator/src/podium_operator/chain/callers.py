"""The LIP-118 reward caller: the one that the spec names, and nobody named is nobody changed."""

__all__ = ["caller_wishes", "foreign_caller"]

from collections.abc import Sequence

from podium_operator.chain import calls
from podium_operator.chain.gas import GAS
from podium_operator.chain.model import IntentKind, Stage
from podium_operator.chain.wants import Scene, Wait, Want, Wish


def caller_wishes(scene: Scene) -> Sequence[Wish]:
    """Name the caller that the spec asks for, once there is a registration to call for."""
    rewards = scene.terms.rewards
    if rewards is None or not rewards.caller or rewards.caller == scene.terms.orchestrator:
        return ()
    if rewards.caller == scene.transcoder.reward_caller:
        return ()
    if not scene.state.protocol.has_reward_caller:
        return (
            Wait(
                "NoRewardCaller", "this protocol has no reward caller: the identity's key rewards"
            ),
        )
    if not (scene.transcoder.registered or scene.stage is Stage.LEAVING):
        return ()
    now = scene.transcoder.reward_caller or "nobody"
    return (
        Want(
            kind=IntentKind.SET_REWARD_CALLER,
            goal=f"reward caller {rewards.caller}",
            why=f"{now} may call the reward now",
            sender=scene.terms.orchestrator,
            to="BondingManager",
            data=calls.set_reward_caller(rewards.caller),
            gas=GAS[IntentKind.SET_REWARD_CALLER],
        ),
    )


def foreign_caller(scene: Scene) -> str:
    """Who may call the reward without a key of ours; "" for nobody."""
    caller = scene.transcoder.reward_caller
    return caller if caller and caller not in scene.terms.signers else ""
