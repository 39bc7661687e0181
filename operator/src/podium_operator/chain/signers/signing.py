"""What a signer is given and what it gives back. No key is in any of it."""

__all__ = ["Signed", "Signer", "SigningError", "Unsigned"]

from dataclasses import dataclass
from typing import Protocol

from podium_operator.errors import PodiumError


class SigningError(PodiumError):
    """A signature was refused, did not come, or is not what was asked for; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A transaction with every field decided (type 2, tip 0). data is 0x-hex."""

    chain_id: int
    sender: str
    to: str
    data: str
    value_wei: int
    nonce: int
    gas_limit: int
    max_fee_wei: int


@dataclass(frozen=True, slots=True)
class Signed:
    """The bytes to broadcast, and the hash that they will be known by."""

    raw: bytes
    hash: str


class Signer(Protocol):
    """Signs for one address."""

    @property
    def address(self) -> str: ...

    async def sign(self, unsigned: Unsigned) -> Signed:
        """Raises SigningError; then nothing was signed, or nothing that may be used."""
        ...
