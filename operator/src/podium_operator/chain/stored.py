"""Signed bytes as the vault keeps them, read back with suspicion. Pure but for the vault itself."""

__all__ = ["Stored", "hash_of", "read_stored"]

from dataclasses import dataclass, field, replace

from eth_utils.crypto import keccak

from podium_operator.chain.model import Intent
from podium_operator.chain.ports import Vault
from podium_operator.chain.signers.checking import fields_of
from podium_operator.chain.signers.signing import SigningError, Unsigned


@dataclass(frozen=True, slots=True)
class Stored:
    """All bytes ever signed for an intent and a nonce, the newest last."""

    raws: tuple[bytes, ...] = field(default=(), repr=False)

    def hashes(self, intent: Intent) -> tuple[str, ...]:
        """Return what the log knows and what is stored beyond it: a crash may lie between."""
        mine = [hash_of(raw) for raw in self.raws]
        return tuple(dict.fromkeys([*intent.hashes, *mine]))

    def with_newest(self, raw: bytes) -> "Stored":
        """Return them with other bytes at the end; the same bytes stand there once."""
        return Stored((*(one for one in self.raws if one != raw), raw))

    def newest_for(self, unsigned: Unsigned) -> Unsigned | None:
        """Return the newest as it was signed, if it is this very deed; gas and fee may differ."""
        if not self.raws:
            return None
        found = fields_of(self.raws[-1])
        wanted = replace(
            unsigned,
            gas_limit=found.gas_limit,
            max_fee_wei=found.max_fee_wei,
            data=unsigned.data.lower(),
        )
        is_dear = found.max_fee_wei > unsigned.max_fee_wei
        return found if found == wanted and not is_dear else None


def hash_of(raw: bytes) -> str:
    """Return the hash that signed bytes are known by."""
    return "0x" + keccak(raw).hex()


async def read_stored(vault: Vault, intent: Intent) -> Stored:
    """Read an intent's bytes; what is not of its sender and nonce is left out."""
    return Stored(tuple(raw for raw in await vault.get(intent.id) if _fits(raw, intent)))


def _fits(raw: bytes, intent: Intent) -> bool:
    try:
        found = fields_of(raw)
    except SigningError:
        return False
    return (found.sender, found.nonce) == (intent.sender, intent.nonce)
