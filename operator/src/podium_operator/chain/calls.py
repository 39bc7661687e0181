"""Call data for everything the operator may send: pure encoders, no network.

The signatures are the protocol's interface. What is not here cannot be sent.
"""

__all__ = [
    "approve",
    "bond",
    "initialize_round",
    "reward",
    "reward_for",
    "set_reward_caller",
    "set_service_uri",
    "set_terms",
    "transfer_lpt",
    "unbond",
    "withdraw_fees",
    "withdraw_stake",
]

from eth_abi.abi import encode
from eth_utils.abi import function_signature_to_4byte_selector


def initialize_round() -> str:
    return _call("initializeRound")


def reward() -> str:
    return _call("reward")


def reward_for(orchestrator: str) -> str:
    """LIP-118: for the address that the orchestrator named."""
    return _call("rewardForTranscoder", ("address", orchestrator))


def set_reward_caller(caller: str) -> str:
    return _call("setRewardCaller", ("address", caller))


def approve(spender: str, amount: int) -> str:
    """On the LPT token; spender is BondingManager's proxy."""
    return _call("approve", ("address", spender), ("uint256", amount))


def bond(amount: int, orchestrator: str) -> str:
    return _call("bond", ("uint256", amount), ("address", orchestrator))


def unbond(amount: int) -> str:
    return _call("unbond", ("uint256", amount))


def withdraw_stake(lock: int) -> str:
    return _call("withdrawStake", ("uint256", lock))


def set_terms(reward_cut_ppm: int, fee_share_ppm: int) -> str:
    """`transcoder()`: refused in the lock window, and to active ones before their reward."""
    return _call("transcoder", ("uint256", reward_cut_ppm), ("uint256", fee_share_ppm))


def set_service_uri(uri: str) -> str:
    return _call("setServiceURI", ("string", uri))


def withdraw_fees(recipient: str, amount: int) -> str:
    return _call("withdrawFees", ("address", recipient), ("uint256", amount))


def transfer_lpt(recipient: str, amount: int) -> str:
    return _call("transfer", ("address", recipient), ("uint256", amount))


def _call(name: str, *given: tuple[str, str | int]) -> str:
    kinds = [kind for kind, _ in given]
    selector = function_signature_to_4byte_selector(f"{name}({','.join(kinds)})")
    return "0x" + (selector + encode(kinds, [value for _, value in given])).hex()
