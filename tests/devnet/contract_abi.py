"""What tests call on each contract: the SDK's ABIs, and the newer functions beside them.

The newer items are interface facts of the protocol's LIP-118 BondingManager, written by hand. On
an older target they revert with empty data, which is how their absence is seen.
"""

from functools import cache
from typing import Any

from eth_utils.crypto import keccak
from tests.devnet.artifacts import load_artifact

__all__ = ["contract_abi", "contract_id"]

# What one talks to -> the artifact that describes it.
_ARTIFACTS = {"JobsManager": "TicketBroker", "AIServiceRegistry": "ServiceRegistry"}
_ADDRESS, _AMOUNT = "address", "uint256"


def contract_id(name: str) -> bytes:
    """Return the Controller's id of a contract."""
    return keccak(text=name)


@cache
def contract_abi(name: str) -> list[dict[str, Any]]:
    """Return a contract's ABI by the name one talks to it; `KeyError` for an unknown one."""
    abi = load_artifact(_ARTIFACTS.get(name, name)).abi
    return [*abi, *_newer_bonding()] if name == "BondingManager" else abi


def _newer_bonding() -> list[dict[str, Any]]:
    views = ("treasuryRewardCutRate", "nextRoundTreasuryRewardCutRate", "treasuryBalanceCeiling")
    return [
        _function("setRewardCaller", [("_rewardCaller", _ADDRESS)]),
        _function("transcoderToRewardCaller", [("_transcoder", _ADDRESS)], returns=_ADDRESS),
        _function("rewardForTranscoder", [("_transcoder", _ADDRESS)]),
        _function(
            "rewardForTranscoderWithHint",
            [(name, _ADDRESS) for name in ("_transcoder", "_newPosPrev", "_newPosNext")],
        ),
        *(_function(view, [], returns=_AMOUNT) for view in views),
        _event("RewardCallerSet", [("transcoder", True), ("rewardCaller", True)]),
        _event("TreasuryReward", [("transcoder", True), ("treasury", False)], amount="amount"),
    ]


def _function(name: str, inputs: list[tuple[str, str]], *, returns: str = "") -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "inputs": [{"name": given, "type": kind} for given, kind in inputs],
        "outputs": [{"name": "", "type": returns}] if returns else [],
        "stateMutability": "view" if returns else "nonpayable",
    }


def _event(name: str, addresses: list[tuple[str, bool]], *, amount: str = "") -> dict[str, Any]:
    inputs = [{"name": given, "type": _ADDRESS, "indexed": key} for given, key in addresses]
    if amount:
        inputs.append({"name": amount, "type": _AMOUNT, "indexed": False})
    return {"type": "event", "name": name, "inputs": inputs, "anonymous": False}
