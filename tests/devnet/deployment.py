"""Deploys Livepeer's contracts in the protocol's own order and sets its terms.

Left out, because the artifacts of 2022 do not have them: BondingVotes, Treasury and the
governor. The cache of Ethereum's token supply is a stub that answers 0 to everything.
"""

from collections.abc import Mapping
from typing import Any

from eth_typing import ABI
from eth_utils.address import to_checksum_address
from tests.devnet.artifacts import Artifact, load_artifact
from tests.devnet.chain import Chain
from tests.devnet.contract_abi import contract_id
from tests.devnet.terms import Terms
from web3.contract import Contract

__all__ = ["COMMIT", "Deployment"]

COMMIT = b"\x01" * 20  # the Controller keeps a source commit beside every address
# `return(0, 32)` of empty memory: every question gets the number 0.
_ZERO_ANSWER_CODE = "0x60206000f3"
_L1_SUPPLY_CACHE = to_checksum_address("0x" + "c0de5".zfill(40))
_MINTER_ROLE = contract_id("MINTER_ROLE")
_STAKERS = ("orchestrator", "delegator", "rival", "newcomer")


class Deployment:
    """One run of the script; `contracts` fills up with what one talks to."""

    def __init__(self, chain: Chain, terms: Terms, accounts: Mapping[str, str]) -> None:
        self._chain = chain
        self._terms = terms
        self._accounts = accounts
        self._deployer = accounts["deployer"]
        self.contracts: dict[str, str] = {}

    def run(self) -> None:
        """Deploy, set the terms, hand out LPT, unpause; the first round is then initialised."""
        self._create("Controller")
        self._create("Minter", *self._minter_terms())
        self._create("LivepeerToken")
        self._stub_supply_cache()
        self._create_managed("TicketBroker")
        self._register("JobsManager", self.contracts["TicketBroker"])
        library = self.deploy(load_artifact("SortedDoublyLL"))
        self._create_managed("BondingManager", {"SortedDoublyLL": library})
        self._create_managed("RoundsManager")
        self._create_managed("ServiceRegistry")
        self.contracts["AIServiceRegistry"] = self.deploy(
            load_artifact("ServiceRegistry"), self.contracts["Controller"]
        )
        self.contracts["Governor"] = self.deploy(load_artifact("Governor"))
        self.contracts["PollCreator"] = self.deploy(
            load_artifact("PollCreator"), self.contracts["BondingManager"]
        )
        self._set_terms()
        self._hand_out_tokens()
        self._do("Controller", "unpause")
        self._enter_first_round()

    def deploy(
        self, artifact: Artifact, *arguments: object, libraries: Mapping[str, str] | None = None
    ) -> str:
        """Create one contract and return its address."""
        code = artifact.linked(libraries or {})
        factory = self._chain.w3.eth.contract(abi=_abi(artifact), bytecode=code)
        receipt = self._chain.send(self._deployer, factory.constructor(*arguments))
        address = receipt["contractAddress"]
        assert address is not None
        return str(address)

    def _minter_terms(self) -> tuple[object, ...]:
        terms = self._terms
        controller = self.contracts["Controller"]
        return controller, terms.inflation, terms.inflation_change, terms.target_bonding_rate

    def _create(self, name: str, *arguments: object) -> None:
        self.contracts[name] = self.deploy(load_artifact(name), *arguments)
        if name != "Controller":
            self._register(name, self.contracts[name])

    def _create_managed(self, name: str, libraries: Mapping[str, str] | None = None) -> None:
        """Create a target and its proxy; the proxy is what one talks to."""
        controller = self.contracts["Controller"]
        target = self.deploy(load_artifact(name), controller, libraries=libraries)
        self._register(f"{name}Target", target)
        target_id = contract_id(f"{name}Target")
        proxy = self.deploy(load_artifact("ManagerProxy"), controller, target_id)
        self._register(name, proxy)
        self.contracts[name] = proxy

    def _stub_supply_cache(self) -> None:
        self._chain.set_code(_L1_SUPPLY_CACHE, _ZERO_ANSWER_CODE)
        self._register("L2LPTDataCache", _L1_SUPPLY_CACHE)

    def _register(self, name: str, address: str) -> None:
        self._do("Controller", "setContractInfo", contract_id(name), address, COMMIT)

    def _set_terms(self) -> None:
        terms = self._terms
        self._do("BondingManager", "setUnbondingPeriod", terms.unbonding_rounds)
        self._do("BondingManager", "setNumActiveTranscoders", terms.pool_size)
        self._do("RoundsManager", "setRoundLength", terms.round_blocks)
        self._do("RoundsManager", "setRoundLockAmount", terms.round_lock_ppm)
        self._do("TicketBroker", "setUnlockPeriod", terms.unlock_rounds)
        self._do("TicketBroker", "setTicketValidityPeriod", terms.ticket_validity_rounds)

    def _hand_out_tokens(self) -> None:
        """Mint the supply, then leave minting to the Minter alone, without which reward reverts."""
        self._do("LivepeerToken", "grantRole", _MINTER_ROLE, self._deployer)
        self._do("LivepeerToken", "mint", self._deployer, self._terms.supply)
        self._do("LivepeerToken", "revokeRole", _MINTER_ROLE, self._deployer)
        self._do("LivepeerToken", "grantRole", _MINTER_ROLE, self.contracts["Minter"])
        for role in _STAKERS:
            self._do("LivepeerToken", "transfer", self._accounts[role], self._terms.endowment)

    def _enter_first_round(self) -> None:
        """Go to the next boundary: set-up may already have used up the first round's open part."""
        rounds = self._contract("RoundsManager").functions
        start = rounds.currentRoundStartBlock().call()
        self._chain.mine(start + self._terms.round_blocks - self._chain.head)
        self._do("RoundsManager", "initializeRound")

    def _do(self, name: str, function: str, *arguments: object) -> None:
        self._chain.send(
            self._deployer, getattr(self._contract(name).functions, function)(*arguments)
        )

    def _contract(self, name: str) -> Contract:
        address: Any = self.contracts[name]
        found: Contract = self._chain.w3.eth.contract(
            address=address, abi=_abi(load_artifact(name))
        )
        return found


def _abi(artifact: Artifact) -> ABI:
    found: Any = artifact.abi
    return list(found)
