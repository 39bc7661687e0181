"""What each key may sign: the last look before a signature, whoever asked for it. Pure.

A list of what is allowed, by contract, function, arguments and value. A mistake elsewhere, or a
log that somebody changed, cannot make a key pay anybody but those named here.
"""

__all__ = ["ForbiddenError", "Policy"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.address import to_checksum_address

from podium_operator.chain.model import Target
from podium_operator.chain.signers.signing import SigningError, Unsigned

_SELECTOR_BYTES: Final = 4
# By contract: each function, and the place of the argument that names who gains ("": nobody).
_ORCHESTRATOR: Final[Mapping[str, Mapping[str, str]]] = {
    "BondingManager": {
        "reward()": "",
        "rewardForTranscoder(address)": "self",
        "bond(uint256,address)": "self",
        "unbond(uint256)": "",
        "withdrawStake(uint256)": "",
        "withdrawFees(address,uint256)": "cold",
        "transcoder(uint256,uint256)": "",
        "setRewardCaller(address)": "",
    },
    "RoundsManager": {"initializeRound()": ""},
    "ServiceRegistry": {"setServiceURI(string)": ""},
    "LivepeerToken": {"approve(address,uint256)": "bonding", "transfer(address,uint256)": "cold"},
}
_CALLER: Final[Mapping[str, Mapping[str, str]]] = {
    "BondingManager": {"rewardForTranscoder(address)": "self"},
    "RoundsManager": {"initializeRound()": ""},
}


class ForbiddenError(SigningError):
    """No key of ours signs this."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom the keys serve. cold: the only addresses that may be paid, besides the protocol's.

    The orchestrator's own key may do what registration, rewards and sweeping need; any other key
    may begin rounds and call the orchestrator's reward, and moves no value at all.
    """

    orchestrator: str
    cold: frozenset[str] = frozenset()

    def check(self, unsigned: Unsigned, targets: Mapping[str, Target]) -> None:
        """Raises ForbiddenError unless this sender may sign this."""
        is_own = unsigned.sender == self.orchestrator
        if unsigned.data in {"", "0x"}:
            if not is_own or unsigned.to not in self.cold:
                raise ForbiddenError(f"{unsigned.sender} may send no ether to {unsigned.to}")
            return
        if unsigned.value_wei:
            raise ForbiddenError("no function that we call takes ether")
        contract = _contract(unsigned.to, targets)
        signature, rule = _rule(_ORCHESTRATOR if is_own else _CALLER, contract, unsigned.data)
        if rule:
            self._check_gainer(unsigned, signature, rule, targets)

    def _check_gainer(
        self, unsigned: Unsigned, signature: str, rule: str, targets: Mapping[str, Target]
    ) -> None:
        allowed: frozenset[str] = {
            "self": frozenset({self.orchestrator}),
            "cold": self.cold,
            "bonding": frozenset({targets["BondingManager"].address}),
        }[rule]
        given = _arguments(signature, unsigned.data)
        gainers = [to_checksum_address(one) for one in given if isinstance(one, str)]
        if not gainers or not allowed.issuperset(gainers):
            raise ForbiddenError(f"{signature} may not name {', '.join(gainers) or 'nobody'}")


def _contract(to: str, targets: Mapping[str, Target]) -> str:
    for name, target in targets.items():
        if target.address == to and name in _ORCHESTRATOR:
            return name
    raise ForbiddenError(f"{to} is no contract that the Controller names")


def _rule(allowed: Mapping[str, Mapping[str, str]], contract: str, data: str) -> tuple[str, str]:
    for signature, rule in allowed.get(contract, {}).items():
        selector = function_signature_to_4byte_selector(signature)
        if data.lower().startswith("0x" + selector.hex()):
            return signature, rule
    raise ForbiddenError(f"this key may not call {data[:10]} of {contract}")


def _arguments(signature: str, data: str) -> tuple[Any, ...]:
    kinds = signature.partition("(")[2].rstrip(")").split(",")
    try:
        return decode(kinds, bytes.fromhex(data.removeprefix("0x"))[_SELECTOR_BYTES:])
    except (DecodingError, ValueError, OverflowError) as error:
        raise ForbiddenError(f"the arguments of {signature} make no sense") from error
