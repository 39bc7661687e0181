"""Livepeer's contracts as far as we read them: names, signatures, and how answers are decoded.

Written from the protocol's interface, no generated ABI. Every address comes from the Controller;
what a contract may lack (LIP-118, the treasury) is asked for and may revert. Pure; call data for
transactions is in `calls`.
"""

__all__ = [
    "NAMES",
    "NOBODY",
    "ContractsError",
    "View",
    "contract_info",
    "decoded",
    "eth_call",
    "getter",
    "required_calls",
]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from podium_operator.chain import calls
from podium_operator.chain.rpc.values import Answer, Call, Refusal
from podium_operator.errors import PodiumError

NOBODY: Final = "0x" + "0" * 40
# What one talks to, by the Controller's names; those of BEHIND_PROXIES have a target of their own.
_PROXIES: Final = ("BondingManager", "RoundsManager", "ServiceRegistry", "TicketBroker")
NAMES: Final = (*_PROXIES, "LivepeerToken", "Minter", *(f"{name}Target" for name in _PROXIES))
_UINT: Final = "uint256"


class ContractsError(PodiumError):
    """The contracts are not what the operator knows: a name is missing, an answer has no sense."""


@dataclass(frozen=True, slots=True)
class View:
    """A function that only reads: its signature and the types that it returns."""

    signature: str
    returns: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.signature.partition("(")[0]

    @property
    def takes(self) -> list[str]:
        inside = self.signature.partition("(")[2].rstrip(")")
        return inside.split(",") if inside else []


_TRANSCODER: Final = View("getTranscoder(address)", (_UINT,) * 10)
_DELEGATOR: Final = View(
    "getDelegator(address)", (_UINT, _UINT, "address", _UINT, _UINT, _UINT, _UINT)
)
_POOL_FOR_ROUND: Final = View("getTranscoderEarningsPoolForRound(address,uint256)", (_UINT,) * 5)
_LOCK: Final = View("getDelegatorUnbondingLock(address,uint256)", (_UINT, _UINT))

_VIEWS: Final[Mapping[str, tuple[View, ...]]] = {
    "Controller": (
        View("paused()", ("bool",)),
        View("getContractInfo(bytes32)", ("address", "bytes20")),
    ),
    "RoundsManager": (
        View("currentRound()", (_UINT,)),
        View("currentRoundInitialized()", ("bool",)),
        View("currentRoundLocked()", ("bool",)),
        View("currentRoundStartBlock()", (_UINT,)),
        View("roundLength()", (_UINT,)),
        View("roundLockAmount()", (_UINT,)),
        View("blockNum()", (_UINT,)),
    ),
    "BondingManager": (
        _TRANSCODER,
        _DELEGATOR,
        _POOL_FOR_ROUND,
        _LOCK,
        View("isActiveTranscoder(address)", ("bool",)),
        View("isRegisteredTranscoder(address)", ("bool",)),
        View("pendingStake(address,uint256)", (_UINT,)),
        View("pendingFees(address,uint256)", (_UINT,)),
        View("transcoderTotalStake(address)", (_UINT,)),
        View("getTotalBonded()", (_UINT,)),
        View("getTranscoderPoolSize()", (_UINT,)),
        View("getTranscoderPoolMaxSize()", (_UINT,)),
        View("getFirstTranscoderInPool()", ("address",)),
        View("getNextTranscoderInPool(address)", ("address",)),
        View("unbondingPeriod()", ("uint64",)),
        View("transcoderToRewardCaller(address)", ("address",)),
        View("treasuryRewardCutRate()", (_UINT,)),
    ),
    "ServiceRegistry": (View("getServiceURI(address)", ("string",)),),
    "LivepeerToken": (
        View("balanceOf(address)", (_UINT,)),
        View("allowance(address,address)", (_UINT,)),
    ),
    "Minter": (View("currentMintableTokens()", (_UINT,)),),
}


def getter(contract: str, name: str) -> View:
    """Return a view by its contract's name and its own."""
    return next(one for one in _VIEWS[contract] if one.name == name)


def eth_call(contract: str, name: str, to: str, *given: object) -> Call:
    """Return the pinned call of a view at an address."""
    view = getter(contract, name)
    data = function_signature_to_4byte_selector(view.signature) + encode(view.takes, given)
    words = {"to": to, "data": "0x" + data.hex()}
    return Call("eth_call", (words,), is_pinned=True, label=f"{contract}.{name}")


def contract_info(controller: str, name: str) -> Call:
    """Ask the Controller for a contract's address and commit."""
    return eth_call("Controller", "getContractInfo", controller, keccak(text=name))


def decoded(contract: str, name: str, answer: Answer) -> tuple[Any, ...]:
    """Return what a view answered, addresses checksummed. Raises ContractsError."""
    view = getter(contract, name)
    if isinstance(answer, Refusal):
        raise ContractsError(f"{contract}.{name} reverts: {answer.message or 'without words'}")
    try:
        values = decode(view.returns, bytes.fromhex(str(answer).removeprefix("0x")))
    except (DecodingError, ValueError, OverflowError) as error:
        raise ContractsError(
            f"{contract}.{name} does not answer as it should: is this the Controller of Livepeer?"
        ) from error
    kinds = zip(view.returns, values, strict=True)
    return tuple(to_checksum_address(one) if kind == "address" else one for kind, one in kinds)


def required_calls(addresses: Mapping[str, str], orchestrator: str) -> tuple[tuple[str, Call], ...]:
    """Return tries of each function that we may send, with the name of the contract behind it.

    A function that is there succeeds or reverts with words; one that is not reverts without any,
    and so does whatever stands behind a proxy. Nothing is sent: these are reads.
    """
    tried = {
        "BondingManager": (
            calls.reward(),
            calls.bond(0, orchestrator),
            calls.unbond(0),
            calls.set_terms(0, 0),
            calls.withdraw_stake(2**256 - 1),
            calls.withdraw_fees(orchestrator, 2**255),
        ),
        "RoundsManager": (calls.initialize_round(),),
        "ServiceRegistry": (calls.set_service_uri("https://127.0.0.1:8935"),),
        "LivepeerToken": (
            calls.approve(addresses["BondingManager"], 0),
            calls.transfer_lpt(orchestrator, 0),
        ),
    }
    return tuple(
        (f"{name}Target" if name in _PROXIES else name, _try(name, addresses[name], data, of))
        for name, all_data in tried.items()
        for data, of in ((one, orchestrator) for one in all_data)
    )


def _try(name: str, to: str, data: str, sender: str) -> Call:
    words = {"from": sender, "to": to, "data": data}
    return Call("eth_call", (words,), is_pinned=True, label=f"{name} {data[:10]}")
