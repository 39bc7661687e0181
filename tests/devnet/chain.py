"""What a test does to anvil itself: blocks, fees, the pool of transactions, snapshots, reorgs.

It knows no contract. Calls go over one connection without retries, so that what a test sees is
what the node answered.
"""

from typing import Any

import requests
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from tests.devnet.errors import DevnetError
from tests.support.patience import look_until
from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint, TxReceipt

__all__ = ["Chain"]

_ANSWER_SECONDS = 30
_NO_QUESTIONS = {"gasPrice": 0, "chainId": 0, "nonce": 0}


class Chain:
    """A client of one anvil; amounts are wei, counts are blocks."""

    def __init__(self, url: str) -> None:
        """Connect to a running anvil; from here on it signs for every account it is asked for."""
        self.url = url
        self._session = requests.Session()
        provider = HTTPProvider(
            url,
            session=self._session,
            request_kwargs={"timeout": _ANSWER_SECONDS},
            exception_retry_configuration=None,
            cache_allowed_requests=True,
            cacheable_requests={RPCEndpoint("eth_chainId")},
        )
        self.w3 = Web3(provider)
        self.rpc("anvil_autoImpersonateAccount", True)  # noqa: FBT003 - the RPC's own parameter

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def rpc(self, method: str, *params: object) -> Any:
        """Ask anything; `DevnetError` carries the node's own words."""
        answer = self.w3.provider.make_request(RPCEndpoint(method), list(params))
        if error := answer.get("error"):
            raise DevnetError(f"{method}: {error}")
        return answer.get("result")

    @property
    def accounts(self) -> list[str]:
        """The mnemonic's accounts, in order."""
        return [to_checksum_address(address) for address in self.rpc("eth_accounts")]

    @property
    def head(self) -> int:
        """The number of the last block."""
        return int(self.rpc("eth_blockNumber"), 16)

    def mine(self, blocks: int = 1) -> int:
        """Mine blocks, whatever waits in the pool included; return the new head's number."""
        if blocks > 0:
            self.rpc("anvil_mine", hex(blocks))
        return self.head

    def snapshot(self) -> str:
        """Remember everything but what waits in the pool; `revert` can return here once."""
        return str(self.rpc("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Return to a snapshot, with nothing waiting; it and every later one are spent."""
        self.settle()
        self.rpc("anvil_dropAllTransactions")  # anvil would keep them, and mine them one day
        if self.rpc("evm_revert", snapshot) is not True:
            raise DevnetError(f"snapshot {snapshot!r} is unknown or spent")

    def set_base_fee(self, wei: int) -> None:
        """Give the next block this base fee; later ones fall from there as blocks stay empty."""
        self.rpc("anvil_setNextBlockBaseFeePerGas", hex(wei))

    def set_automine(self, *, enabled: bool) -> None:
        """Mine a block for every transaction, or let them wait until `mine`."""
        self.rpc("evm_setAutomine", enabled)

    def settle(self) -> None:
        """Return once what automine takes up is in a block; a broadcast is answered before.

        What waits in the pool must be able to go into the next block.
        """
        if self.rpc("anvil_getAutomine"):
            look_until(
                self._is_settled,
                "nothing waits in the pool",
                within_seconds=_ANSWER_SECONDS,
                every_seconds=0.002,
            )

    def drop_transaction(self, transaction_hash: HexBytes | str) -> bool:
        """Forget a waiting transaction, as a node that restarts does; False if it waits nowhere."""
        return self.rpc("anvil_dropTransaction", HexBytes(transaction_hash).to_0x_hex()) is not None

    def reorg(self, depth: int) -> None:
        """Replace the last blocks by as many empty ones; their transactions are gone."""
        self.rpc("anvil_reorg", depth, [])

    def set_balance(self, address: str, wei: int) -> None:
        """Give an account this balance of ETH."""
        self.rpc("anvil_setBalance", address, hex(wei))

    def set_code(self, address: str, code: str) -> None:
        """Put code at an address."""
        self.rpc("anvil_setCode", address, code)

    def send(self, sender: str, call: Any, *, value: int = 0, gas: int | None = None) -> TxReceipt:
        """Send a bound contract function from any account and wait until it is mined.

        Without `gas` it is tried first, and a revert raises `ContractLogicError` with its text;
        with `gas` a revert is mined and the receipt's status is 0.
        """
        words: dict[str, Any] = {"from": sender, "value": value}
        limit = gas or call.estimate_gas(words) * 3 // 2
        # Built without asking: the node itself fills in nonce and fees.
        plain = call.build_transaction({**words, **_NO_QUESTIONS, "gas": limit})
        given = {key: plain[key] for key in ("from", "to", "data") if plain.get(key)}
        sent = self.rpc("eth_sendTransaction", {**given, "gas": hex(limit), "value": hex(value)})
        return self.w3.eth.wait_for_transaction_receipt(sent, timeout=20, poll_latency=0.01)

    def _is_settled(self) -> bool:
        return int(self.rpc("txpool_status")["pending"], 16) == 0
