"""A deployed chain as a dumped state in the cache, so that a test session starts in a second."""

import gzip
import hashlib
import json
import os
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.devnet import chain as chain_module, deployment as deployment_module
from tests.devnet.addresses import AddressBook, write_addresses
from tests.devnet.anvil import running_anvil
from tests.devnet.catalogue import ANVIL, SDK, anvil_path
from tests.devnet.chain import Chain
from tests.devnet.deployment import Deployment
from tests.devnet.node_tools import devnet_cache
from tests.devnet.terms import ROLES, Terms

__all__ = ["Prepared", "dump_state", "prepared_state"]

_STATE, _ADDRESSES = "state.json", "addresses.json"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A state file of anvil and the list of addresses that goes with it."""

    state: Path
    addresses: Path


def prepared_state(terms: Terms) -> Prepared:
    """Return a chain deployed to these terms, deploying it the first time (some seconds)."""
    cache = devnet_cache()
    folder = "state-" + hashlib.sha256(_words(terms)).hexdigest()[:12]
    recipe = _recipe(terms)
    with cache.locked(folder, lambda: None):
        if cache.fault(folder, {recipe}):
            cache.store(folder, recipe, lambda draft: _deploy(terms, draft))
    return Prepared(cache.root / folder / _STATE, cache.root / folder / _ADDRESSES)


def dump_state(chain: Chain, path: Path) -> None:
    """Write everything anvil holds to a file that `--load-state` reads."""
    path.write_bytes(gzip.decompress(bytes.fromhex(chain.rpc("anvil_dumpState")[2:])))


def _deploy(terms: Terms, draft: Path) -> None:
    with running_anvil(anvil_path()) as anvil, closing(Chain(anvil.url)) as chain:
        accounts = dict(zip(ROLES, chain.accounts, strict=True))
        deployment = Deployment(chain, terms, accounts)
        deployment.run()
        dump_state(chain, draft / _STATE)
    write_addresses(AddressBook(deployment.contracts, accounts), draft / _ADDRESSES)


def _recipe(terms: Terms) -> str:
    """Identify the script and what it deploys: a state of another recipe is made anew."""
    digest = hashlib.sha256(_words(terms))
    for module in (chain_module, deployment_module):
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update((ANVIL.recipe + SDK.recipe + os.environ.get("PODIUM_ANVIL", "")).encode())
    return digest.hexdigest()


def _words(terms: Terms) -> bytes:
    return json.dumps(asdict(terms), sort_keys=True).encode()
