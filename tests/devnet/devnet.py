"""The chain as tests use it: contracts and accounts by name, rounds, and what governance can do.

Everything is read from the chain, nothing assumed: the same calls work on a state that somebody
else dumped, with newer contracts in it.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Self

from eth_account import Account
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from tests.devnet.addresses import AddressBook, read_addresses, write_addresses
from tests.devnet.anvil import MNEMONIC, running_anvil
from tests.devnet.catalogue import anvil_path
from tests.devnet.chain import Chain
from tests.devnet.contract_abi import contract_abi, contract_id
from tests.devnet.deployment import COMMIT
from tests.devnet.errors import DevnetError
from tests.devnet.prepared import Prepared, dump_state, prepared_state
from tests.devnet.stand_in import (
    STAND_IN,
    STAND_IN_LACKING,
    STAND_IN_RELAY,
    lent_code,
    load_stand_in,
)
from tests.devnet.terms import ROLES, Terms
from web3.contract import Contract
from web3.exceptions import ContractLogicError

__all__ = ["Devnet"]

_ETH = 10**18
_ACCOUNTS = 20  # ten for our roles, the others for roles that a foreign list leaves out
_PPM = 1_000_000
_NOBODY = "0x" + "0" * 40


class Devnet:
    """A running chain with the protocol on it; `chain` is anvil's own side."""

    def __init__(self, chain: Chain, book: AddressBook) -> None:
        self.chain = chain
        self.w3 = chain.w3
        self.url = chain.url
        self.pid = 0  # anvil's process
        self.accounts: Mapping[str, str] = _all_roles(chain, book)
        self._book = book
        self._ending = ExitStack()
        self._handles: dict[str, Contract] = {}
        self._made = 0
        self._keys: dict[str, str] = {book.accounts[role]: key for role, key in book.keys.items()}

    @classmethod
    def start(
        cls,
        terms: Terms | None = None,
        *,
        port: int = 0,
        state: Path | None = None,
        addresses: Path | None = None,
    ) -> Self:
        """Start on a chain deployed to `terms`, or on any dumped state with its list.

        Raises:
            DevnetError: anvil does not start, or one of the two files is missing or wrong.
        """
        if (state is None) != (addresses is None):
            raise DevnetError("a state needs its address list and a list its state: give both")
        if state is None or addresses is None:
            found = prepared_state(terms or Terms())
        else:
            found = Prepared(state, addresses)
        book = read_addresses(found.addresses)
        with ExitStack() as ending:
            running = running_anvil(anvil_path(), port=port, state=found.state, accounts=_ACCOUNTS)
            anvil = ending.enter_context(running)
            chain = Chain(anvil.url)
            ending.callback(chain.close)
            devnet = cls(chain, book)
            devnet.pid = anvil.pid
            devnet._ending = ending.pop_all()
        return devnet

    def stop(self) -> None:
        """End anvil; what it held is gone unless it was saved."""
        self._ending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def save(self, state: Path, addresses: Path) -> None:
        """Write this chain as the two files that `start` takes."""
        dump_state(self.chain, state)
        write_addresses(AddressBook(self.contracts, self.accounts), addresses)

    @property
    def contracts(self) -> Mapping[str, str]:
        """The addresses that the list names."""
        return self._book.contracts

    def contract(self, name: str) -> Contract:
        """Return what one talks to under this name, asked of the Controller if not in the list."""
        if name not in self._handles:
            address: Any = self.contracts.get(name) or self._registered(name)
            abi: Any = contract_abi(name)
            self._handles[name] = self.w3.eth.contract(address=address, abi=abi)
        return self._handles[name]

    def key(self, account: str) -> str:
        """Return an account's private key by role or address; `DevnetError` if nobody has it."""
        address = self.accounts.get(account, account)
        known = self._keys.get(address) or _mnemonic_keys().get(address)
        if known is None:
            raise DevnetError(f"no key for {account!r}: give privateKey in the address list")
        return known

    def fresh_account(self, *, lpt: int = 0, eth: int = 100 * _ETH) -> str:
        """Make an account that nobody used before; LPT comes from the Minter itself."""
        address = self._unused_address()
        self.chain.set_balance(address, eth)
        if lpt:
            self.give_lpt(address, lpt)
        return address

    def give_lpt(self, address: str, amount: int) -> None:
        """Mint LPT, in base units, as the Minter would."""
        minter = self.contract("Minter").address
        self.chain.set_balance(minter, self.w3.eth.get_balance(minter) + _ETH)
        self.chain.send(minter, self.contract("LivepeerToken").functions.mint(address, amount))

    def round(self) -> int:
        """The current round, initialised or not."""
        return int(self.contract("RoundsManager").functions.currentRound().call())

    def blocks_left(self) -> int:
        """Blocks from the head to the first one of the next round."""
        rounds = self.contract("RoundsManager").functions
        end = rounds.currentRoundStartBlock().call() + rounds.roundLength().call()
        return int(end - rounds.blockNum().call())

    def to_next_round(self, *, initialize: bool = True) -> int:
        """Mine to the next round and, unless told otherwise, initialise it; return its number."""
        self.chain.mine(self.blocks_left())
        if initialize:
            self.initialize_round()
        return self.round()

    def initialize_round(self) -> None:
        """Initialise the current round if nobody has."""
        rounds = self.contract("RoundsManager").functions
        if not rounds.currentRoundInitialized().call():
            self.chain.send(self.accounts["stranger"], rounds.initializeRound())

    def to_lock_window(self) -> None:
        """Mine to the first block of the current round's lock window."""
        rounds = self.contract("RoundsManager").functions
        locked = rounds.roundLength().call() * rounds.roundLockAmount().call() // _PPM
        self.chain.mine(self.blocks_left() - locked)

    def pause(self) -> None:
        """Pause the system as its owner."""
        self._as_owner("pause")

    def unpause(self) -> None:
        """Let the system run again."""
        self._as_owner("unpause")

    def target(self, name: str) -> str:
        """Return the contract behind a proxy."""
        return self._registered(f"{name}Target")

    def replace_target(self, name: str, address: str) -> str:
        """Put another contract behind a proxy, as an upgrade does; return the one before."""
        before = self.target(name)
        self._as_owner("setContractInfo", contract_id(f"{name}Target"), address, COMMIT)
        return before

    def has_reward_caller(self) -> bool:
        """Whether the target knows LIP-118: an older one reverts with empty data."""
        getter = self.contract("BondingManager").functions.transcoderToRewardCaller(_NOBODY)
        try:
            getter.call()
        except ContractLogicError as error:
            if error.data not in (None, "0x"):
                raise
            return False
        return True

    def install_stand_in(self, *transcoders: str) -> str:
        """Put our stand-in of newer BondingManagers before the target; return the target.

        Only `transcoders` (else the staking roles) can be rewarded by another caller.
        """
        controller = self.contract("Controller").address
        relay = self._create(STAND_IN_RELAY)
        stand_in = self._create(STAND_IN, controller, self.target("BondingManager"))
        roles = (self.accounts[role] for role in ("orchestrator", "rival", "newcomer"))
        for transcoder in transcoders or roles:
            self.chain.set_code(transcoder, lent_code(relay))
        return self.replace_target("BondingManager", stand_in)

    def install_lacking(self, name: str, signature: str) -> str:
        """Upgrade a target to one that lacks a function and is the same but for that."""
        lacking = keccak(text=signature)[:4]
        return self.replace_target(name, self._create(STAND_IN_LACKING, self.target(name), lacking))

    def _unused_address(self) -> str:
        """Make the next key whose account holds nothing: a saved chain may know the first ones."""
        while True:
            self._made += 1
            key = keccak(text=f"podium devnet {self._made}").hex()
            address = Account.from_key(key).address
            self._keys[str(address)] = key
            if self.w3.eth.get_balance(address) == 0:
                return str(address)

    def _create(self, name: str, *arguments: object) -> str:
        artifact = load_stand_in(name)
        abi: Any = artifact.abi
        factory = self.w3.eth.contract(abi=abi, bytecode="0x" + artifact.bytecode)
        sender = self.accounts["deployer"]
        receipt = self.chain.send(sender, factory.constructor(*arguments))
        return str(receipt["contractAddress"])

    def _as_owner(self, function: str, *arguments: object) -> None:
        controller = self.contract("Controller")
        owner = controller.functions.owner().call()
        if self.w3.eth.get_balance(owner) < _ETH:
            self.chain.set_balance(owner, _ETH)
        self.chain.send(owner, getattr(controller.functions, function)(*arguments))

    def _registered(self, name: str) -> str:
        controller = self.contract("Controller").functions
        return to_checksum_address(controller.getContract(contract_id(name)).call())


def _all_roles(chain: Chain, book: AddressBook) -> dict[str, str]:
    """Fill roles that a list leaves out with accounts of the mnemonic that it does not use."""
    used = set(book.accounts.values())
    spare = [address for address in reversed(chain.accounts) if address not in used]
    missing = [role for role in ROLES if role not in book.accounts]
    return {**dict(zip(missing, spare, strict=False)), **book.accounts}


@cache
def _mnemonic_keys() -> dict[str, str]:
    Account.enable_unaudited_hdwallet_features()
    paths = (f"m/44'/60'/0'/0/{index}" for index in range(_ACCOUNTS))
    found = [Account.from_mnemonic(MNEMONIC, account_path=path) for path in paths]
    return {str(account.address): "0x" + bytes(account.key).hex() for account in found}
