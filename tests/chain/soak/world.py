"""The world around the operator: the chain, its endpoints, the remote signer, one orchestrator.

Blocks come when the driver says so, twelve seconds apart by the chain's own clock; nothing here
waits for time to pass.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eth_account import Account
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from tests.chain.soak.ordeals import ENDPOINTS
from tests.chain.soak.proxy import FaultProxy
from tests.chain.soak.remote_signer import RemoteSigner, running_remote_signer
from tests.devnet.actors import Orchestrator, register
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT, Terms

__all__ = ["BLOCK_SECONDS", "CAP_WEI", "PASSWORD", "ROUND_BLOCKS", "TOKEN", "World", "open_world"]

BLOCK_SECONDS: Final = 12
ROUND_BLOCKS: Final = 24
CAP_WEI: Final = 1_000_000_000
TOKEN: Final = "rpc-token-6f1d2c"
PASSWORD: Final = "correct horse battery"
_ETH: Final = 10**18
_TIP_WEI: Final = 10**12
_POOL: Final = 4
# Asked at every block: encoded by hand, since the contract's own way costs milliseconds.
_GET_TRANSCODER: Final = "0x5dce9948"


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs outside the operator; `orchestrator` is the identity it acts for."""

    devnet: Devnet
    proxy: FaultProxy
    signer: RemoteSigner
    orchestrator: str
    folder: Path

    def keystore(self, account: str) -> Path:
        """Write an account's keystore, locked with PASSWORD, and return its file."""
        path = self.folder / f"{account}.json"
        key = bytes(HexBytes(self.devnet.key(account)))
        locked = Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=2)
        path.write_text(json.dumps(locked))
        return path

    @property
    def now(self) -> int:
        """The head's time, unix seconds."""
        head = self.devnet.chain.rpc("eth_getBlockByNumber", "latest", False)  # noqa: FBT003 - the RPC's
        return int(head["timestamp"], 16)

    def mine(self, fee_wei: int, blocks: int = 1) -> None:
        """Mine blocks that start from this base fee, and let the next one have it too."""
        self.devnet.chain.set_base_fee(fee_wei)
        self.devnet.chain.mine(blocks)
        self.devnet.chain.set_base_fee(fee_wei)

    def begin_round(self) -> None:
        """Begin the round as somebody else, if nobody did."""
        self._call("RoundsManager", "initializeRound", sender="stranger")

    def pause(self) -> None:
        """Let the protocol stand still from the next block on, before what waits for it."""
        self._call("Controller", "pause")

    def unpause(self) -> None:
        """Let it run again."""
        self._call("Controller", "unpause")

    def keep_running(self) -> None:
        """Let the protocol run again if a replaced block had its end of a pause in it."""
        if self.devnet.contract("Controller").functions.paused().call():
            self.unpause()
            self.devnet.chain.mine()

    def round_start(self) -> int:
        """The first block of the current round."""
        rounds = self.devnet.contract("RoundsManager").functions
        return int(rounds.currentRoundStartBlock().call())

    def is_waiting(self) -> bool:
        """Tell whether a transaction of the operator waits in the node's pool."""
        pool = self.devnet.chain.rpc("txpool_content")["pending"]
        return any(to_checksum_address(one) == self.orchestrator for one in pool)

    def drop_waiting(self) -> None:
        """Forget what waits in the node's pool."""
        self.devnet.chain.rpc("anvil_dropAllTransactions")

    def rewarded_round(self) -> int:
        """The last round whose reward was called."""
        bonding = self.devnet.contract("BondingManager")
        data = f"{_GET_TRANSCODER}{self.orchestrator[2:].lower():0>64}"
        words = {"to": bonding.address, "data": data}
        answer = self.devnet.chain.rpc("eth_call", words, "latest")
        return int(answer[2:66], 16)

    def _call(self, contract: str, function: str, *, sender: str = "deployer") -> None:
        """Send with a tip that puts it first, and leave it to the node when it is mined."""
        target = self.devnet.contract(contract)
        words = {"to": target.address, "data": target.encode_abi(function), "gas": hex(900_000)}
        fees = {"maxFeePerGas": hex(10**13), "maxPriorityFeePerGas": hex(_TIP_WEI)}
        words |= {"from": self.devnet.accounts[sender], **fees}
        self.devnet.chain.rpc("eth_sendTransaction", words)


@contextmanager
def open_world(seed: int = 1) -> Iterator[World]:
    """Run everything, with the identity active early in a round that is begun."""
    terms = Terms(round_blocks=ROUND_BLOCKS, pool_size=_POOL)
    with (
        tempfile.TemporaryDirectory(prefix="podium-soak-") as name,
        Devnet.start(terms) as devnet,
        FaultProxy(devnet.url, ENDPOINTS, token=TOKEN, seed=seed) as proxy,
        running_remote_signer(devnet.url, Path(name)) as signer,
    ):
        devnet.chain.rpc("anvil_setBlockTimestampInterval", BLOCK_SECONDS)
        orchestrator = devnet.accounts["orchestrator"]
        for account in (orchestrator, devnet.accounts["rival"], devnet.accounts["newcomer"]):
            devnet.initialize_round()
            register(devnet, account, Orchestrator(stake=1_000 * LPT))
        devnet.to_next_round()
        yield World(devnet, proxy, signer, orchestrator, Path(name))
