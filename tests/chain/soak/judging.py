"""What the chain and the endpoints saw of the operator, against what may happen at all.

A deed is what one goal asks for: a reward or a beginning of one round, a transfer. It is done
twice when two transactions for it succeed, and nearly so when a second nonce is used for it while
the first one could still succeed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from tests.devnet.chain import Chain

__all__ = ["Deed", "Mined", "double_sends", "mined_by", "next_nonce", "read_deeds"]


@dataclass(frozen=True, slots=True)
class Deed:
    """A signed transaction without its fees: equal ones can succeed once only."""

    nonce: int
    to: str
    data: str
    value_wei: int


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction of the operator on the chain; paid_wei is its gas."""

    deed: Deed
    block: int
    succeeded: bool
    paid_wei: int


def read_deeds(raws: Iterable[str]) -> set[Deed]:
    """Read what was broadcast: type 2 transactions, 0x-hex."""
    return {_deed(TypedTransaction.from_bytes(HexBytes(raw)).as_dict()) for raw in raws}


def mined_by(chain: Chain, sender: str, blocks: range) -> list[Mined]:
    """List what an account has on the chain in these blocks, oldest first."""
    found: list[Mined] = []
    for number in blocks:
        block = chain.rpc("eth_getBlockByNumber", hex(number), True)  # noqa: FBT003 - the RPC's own
        found += [
            _mined(chain, words)
            for words in block["transactions"]
            if to_checksum_address(words["from"]) == sender
        ]
    return found


def next_nonce(chain: Chain, sender: str, block: int) -> int:
    """Return the first nonce of an account that is unspent after this block."""
    return int(chain.rpc("eth_getTransactionCount", sender, hex(block)), 16)


def double_sends(
    deeds: Iterable[Deed], mined: Sequence[Mined], *, first_nonce: int = 0
) -> list[str]:
    """Name every deed of one round that was done twice, or could have been; best none.

    Of several nonces for one deed all but the last must be spent: on a revert or on another deed.
    Nonces below `first_nonce` were spent before the round: their bytes, sent again, do nothing.
    """
    by_work: dict[tuple[str, str, int], set[int]] = defaultdict(set)
    for deed in deeds:
        if deed.nonce >= first_nonce:
            by_work[_work(deed)].add(deed.nonce)
    spent = {one.deed.nonce: one for one in mined}
    faults = []
    for work, nonces in by_work.items():
        for nonce in sorted(nonces)[:-1]:
            one = spent.get(nonce)
            if one is None or (one.succeeded and _work(one.deed) == work):
                faults.append(f"nonces {nonce} and {max(nonces)} for {work[1][:10]}")
    return faults


def _work(deed: Deed) -> tuple[str, str, int]:
    return deed.to, deed.data, deed.value_wei


def _deed(words: Mapping[str, Any]) -> Deed:
    return Deed(
        nonce=int(words["nonce"]),
        to=to_checksum_address(words["to"]),
        data=HexBytes(words["data"]).to_0x_hex(),
        value_wei=int(words["value"]),
    )


def _mined(chain: Chain, words: Mapping[str, Any]) -> Mined:
    receipt = chain.rpc("eth_getTransactionReceipt", words["hash"])
    deed = Deed(
        nonce=int(words["nonce"], 16),
        to=to_checksum_address(words["to"]),
        data=words["input"],
        value_wei=int(words["value"], 16),
    )
    paid = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    return Mined(deed, int(words["blockNumber"], 16), receipt["status"] == "0x1", paid)
