"""An Orchestrator on chain for the cluster tests: a funded key, its Secrets, its spec."""

import json
import time
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from tests.cluster.operators import Site, orchestrator
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT

__all__ = ["PASSWORD", "TOKEN", "URI", "Owner", "chain_spec", "conditions", "intents"]

PASSWORD = "a-password-that-nobody-may-see"
TOKEN = "t0ken-of-an-endpoint-that-nobody-may-see"
URI = "https://o.example.com:8935"


@dataclass(frozen=True, slots=True)
class Owner:
    """One identity on chain and the Orchestrator named after it."""

    site: Site
    devnet: Devnet
    name: str
    address: str
    key: str

    @classmethod
    def make(cls, site: Site, devnet: Devnet, name: str, *, lpt: int = 5_000) -> "Owner":
        """Fund a fresh key, and put it into a Secret with its password and an endpoint's URL."""
        account = Account.create()
        # Enough for a year of rounds, which are forty seconds here and dear to a real day.
        devnet.chain.set_balance(account.address, 10**22)
        devnet.give_lpt(account.address, lpt * LPT)
        owner = cls(site, devnet, name, account.address, account.key.hex())
        # Few rounds of hashing: what is tried is not how strong the file is.
        file = Account.encrypt(account.key, PASSWORD, kdf="pbkdf2", iterations=100)
        owner.secret("key", {"keystore.json": json.dumps(file), "password": PASSWORD})
        # Anvil overlooks a query, so that this one may stand for a provider's key in the URL.
        owner.secret("rpc", {"url": f"{devnet.url}/?key={TOKEN}"})
        return owner

    def secret(self, name: str, data: dict[str, str]) -> None:
        self.site.cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": f"{self.name}-{name}"},
                "stringData": data,
            },
            namespace=self.site.namespace,
        )

    def apply(self, *, policy: str = "Retain", annotations: Any = None, **chain: Any) -> None:
        body = orchestrator(self.name, chain=chain_spec(self, **chain), deletionPolicy=policy)
        body["metadata"]["annotations"] = annotations or {}
        self.site.cluster.apply(body, namespace=self.site.namespace)

    def wait(self, condition: Any, *, timeout_seconds: float = 150) -> Any:
        return self.site.wait("orchestrator", self.name, condition, timeout_seconds=timeout_seconds)

    def transcoder(self) -> Any:
        """Return getTranscoder's answer: last reward round, cut, share first."""
        return self.devnet.contract("BondingManager").functions.getTranscoder(self.address).call()

    def nonce(self) -> int:
        return int(self.devnet.w3.eth.get_transaction_count(self.address))  # type: ignore[arg-type]

    def events(self) -> list[dict[str, Any]]:
        listed = self.site.cluster.kubectl_json("get", "events", namespace=self.site.namespace)
        return [one for one in listed["items"] if one["involvedObject"]["name"] == self.name]

    def told(self, reason: str, part: str = "", *, timeout_seconds: float = 90) -> str:
        """Wait for an Event with this reason that says this, and return all that it says."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            found = [one["message"] for one in self.events() if one["reason"] == reason]
            wanted = [message for message in found if part in message]
            if wanted:
                return str(wanted[-1])
            assert time.monotonic() < deadline, f"{reason} never said {part!r}: {found}"
            time.sleep(0.5)


def chain_spec(owner: Owner, **changes: Any) -> dict[str, Any]:
    """Return a spec.chain that signs by keystore, unless told otherwise."""
    return {
        "network": "custom",
        "controller": owner.devnet.contract("Controller").address,
        "chainId": 31337,
        "blockSeconds": 1,
        "address": owner.address,
        "rpc": {
            "pollSeconds": 1,
            "endpoints": [
                {"name": "secret", "urlSecretRef": {"name": f"{owner.name}-rpc", "key": "url"}}
            ],
        },
        "signer": {
            "keystore": {
                "secretRef": {"name": f"{owner.name}-key", "key": "keystore.json"},
                "passwordSecretRef": {"name": f"{owner.name}-key", "key": "password"},
            }
        },
        "approval": "Auto",
        "registration": {
            "rewardCutPercent": 12.5,
            "feeCutPercent": 95,
            "serviceURI": URI,
            "selfBondLpt": "1000",
        },
        "rewards": {"startDelaySeconds": 0, "retrySeconds": 5},
        **changes,
    }


def conditions(found: Any) -> dict[str, str]:
    """Return each condition's status."""
    shown = ((found or {}).get("status") or {}).get("conditions") or ()
    return {one["type"]: one["status"] for one in shown}


def intents(found: Any) -> dict[str, str]:
    """Return each intent's state by its kind, the newest of a kind."""
    chain = ((found or {}).get("status") or {}).get("chain") or {}
    return {one["kind"]: one["state"] for one in chain.get("intents") or ()}
