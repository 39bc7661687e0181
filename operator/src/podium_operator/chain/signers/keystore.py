"""A key file (V3) that is decrypted once, in a thread: it takes a second and 256 MB by design.

The key stays in this process's memory; no repr, error or log line holds it or the password.
"""

__all__ = ["KeystoreSigner", "open_keystore"]

import asyncio
import json
from typing import Any, Final

from eth_account import Account
from eth_account.signers.local import LocalAccount

from podium_operator.chain.signers.checking import checked
from podium_operator.chain.signers.signing import Signed, SigningError, Unsigned

# How a broken file fails; the words may hold its content.
_BROKEN: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    MemoryError,
)


class KeystoreSigner:
    """Signs with a key that it holds."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    def __repr__(self) -> str:
        return f"KeystoreSigner({self.address})"

    @property
    def address(self) -> str:
        return str(self._account.address)

    async def sign(self, unsigned: Unsigned) -> Signed:
        """Raises SigningError for another sender's transaction."""
        if unsigned.sender != self.address:
            raise SigningError(f"this key is {self.address}'s, not {unsigned.sender}'s")
        words: dict[str, Any] = {
            "type": 2,
            "chainId": unsigned.chain_id,
            "to": unsigned.to,
            "data": unsigned.data,
            "value": unsigned.value_wei,
            "nonce": unsigned.nonce,
            "gas": unsigned.gas_limit,
            "maxFeePerGas": unsigned.max_fee_wei,
            "maxPriorityFeePerGas": 0,
        }
        try:
            raw = bytes(self._account.sign_transaction(words).raw_transaction)
        except (TypeError, ValueError):
            raise SigningError("this transaction cannot be signed: a field is wrong") from None
        return checked(raw, unsigned)


async def open_keystore(text: str, password: str) -> KeystoreSigner:
    """Decrypt a key file. Raises SigningError; its message holds neither."""
    try:
        content = json.loads(text)
    except ValueError:
        raise SigningError("the key file is no JSON: store a V3 keystore as it is") from None
    if not isinstance(content, dict):
        raise SigningError("the key file is no V3 keystore")
    key = await asyncio.to_thread(_decrypted, content, password)
    return KeystoreSigner(Account.from_key(key))


def _decrypted(content: dict[str, Any], password: str) -> bytes:
    try:
        return bytes(Account.decrypt(content, password))
    except _BROKEN as error:
        is_password = "mac mismatch" in str(error).lower()
        what = "the password does not open it" if is_password else "it is no V3 keystore"
        raise SigningError(f"the key file: {what}") from None
