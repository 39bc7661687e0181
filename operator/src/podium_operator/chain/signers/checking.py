"""Is what a signer returned what was asked for? Pure. Nothing is used before it passed here."""

__all__ = ["checked", "fields_of"]

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError
from hexbytes import HexBytes
from rlp.exceptions import RLPException  # type: ignore[import-untyped]  # it has no types

from podium_operator.chain.signers.signing import Signed, SigningError, Unsigned

_TYPE: Final = 2
_MALFORMED: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    ValidationError,
    BadSignature,
    RLPException,
)


def fields_of(raw: bytes) -> Unsigned:
    """Read a signed transaction back, its signer included. Raises SigningError."""
    try:
        words = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        found = _unsigned(words, sender=str(Account.recover_transaction(raw)))
    except _MALFORMED:
        raise SigningError("these bytes are no signed transaction of type 2") from None
    if words["type"] != _TYPE or words["maxPriorityFeePerGas"] or words["accessList"]:
        raise SigningError("signed bytes hold more than was asked for: a tip or a list")
    return found


def checked(raw: bytes, unsigned: Unsigned) -> Signed:
    """Return the bytes as signed for this request. Raises SigningError naming what differs."""
    found = fields_of(raw)
    wanted = replace(unsigned, data=unsigned.data.lower())
    if found != wanted:
        names = Unsigned.__slots__
        wrong = [name for name in names if getattr(found, name) != getattr(wanted, name)]
        raise SigningError(f"the signer signed something else: {', '.join(wrong)} differ")
    return Signed(raw, "0x" + keccak(raw).hex())


def _unsigned(words: Mapping[str, Any], *, sender: str) -> Unsigned:
    return Unsigned(
        chain_id=int(words["chainId"]),
        sender=sender,
        to=to_checksum_address(bytes(words["to"])),
        data="0x" + bytes(words["data"]).hex(),
        value_wei=int(words["value"]),
        nonce=int(words["nonce"]),
        gas_limit=int(words["gas"]),
        max_fee_wei=int(words["maxFeePerGas"]),
    )
