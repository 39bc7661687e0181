"""The list that goes with a dumped state: contracts by name, accounts by role.

    {"contracts": {"Controller": "0x…", "BondingManager": "0x…"},
     "accounts": {"orchestrator": "0x…", "delegator": {"address": "0x…", "privateKey": "0x…"}}}

Contracts are what one talks to (the proxies). Only the Controller must be there: what is missing
is asked of it. Contracts may also stand at the top level. A role without a key is one of the
test mnemonic's accounts, or is impersonated. Keys here are keys of test chains, nothing else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_utils.address import is_address, to_checksum_address
from tests.devnet.errors import DevnetError

__all__ = ["AddressBook", "parse_addresses", "read_addresses", "write_addresses"]


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Checksummed addresses by contract name and by role; keys only where they are known."""

    contracts: Mapping[str, str]
    accounts: Mapping[str, str]
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_addresses(path: Path) -> AddressBook:
    """Read a list; `DevnetError` names the entry that is wrong."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DevnetError(f"{path} is no address list: {error}") from error
    if not isinstance(content, dict):
        raise DevnetError(f"{path} holds no object with contracts and accounts")
    return parse_addresses(content)


def parse_addresses(content: Mapping[str, Any]) -> AddressBook:
    """Check a list's content (pure); `DevnetError` names the entry that is wrong."""
    named = content.get("contracts")
    if named is None:
        named = {name: value for name, value in content.items() if isinstance(value, str)}
    contracts = {
        name: _address(value, f"contracts.{name}")
        for name, value in _named(named, "contracts").items()
    }
    if "Controller" not in contracts:
        raise DevnetError("contracts.Controller is missing: every other contract is asked of it")
    accounts, keys = {}, {}
    for role, value in _named(content.get("accounts", {}), "accounts").items():
        entry = value if isinstance(value, dict) else {"address": value}
        accounts[role] = _address(entry.get("address"), f"accounts.{role}")
        if key := entry.get("privateKey"):
            keys[role] = str(key)
    return AddressBook(contracts, accounts, keys)


def write_addresses(book: AddressBook, path: Path) -> None:
    """Write a list that `read_addresses` reads; keys are left out."""
    content = {"contracts": dict(book.contracts), "accounts": dict(book.accounts)}
    path.write_text(json.dumps(content, indent=1) + "\n")


def _named(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DevnetError(f"{where} is a {type(value).__name__}: give an object, name to address")
    return value


def _address(value: object, where: str) -> str:
    if not isinstance(value, str) or not is_address(value):
        raise DevnetError(f"{where} is {value!r}: give an address, 0x and 40 hexadecimal digits")
    return to_checksum_address(value)
