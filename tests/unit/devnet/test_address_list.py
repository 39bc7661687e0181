"""A list of addresses is read in its two forms, and a wrong one is told by its entry."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.devnet.addresses import AddressBook, parse_addresses, read_addresses, write_addresses
from tests.devnet.errors import DevnetError

_ONE, _TWO = "0x" + "1" * 40, "0x" + "2" * 40


def test_contracts_stand_under_their_key_or_at_the_top() -> None:
    nested = parse_addresses({"contracts": {"Controller": _ONE, "Minter": _TWO}})
    flat = parse_addresses({"Controller": _ONE, "Minter": _TWO})

    assert nested == flat
    assert flat.contracts == {"Controller": _ONE, "Minter": _TWO}


def test_an_account_is_an_address_or_an_address_with_its_key() -> None:
    accounts = {"delegator": _ONE, "orchestrator": {"address": _TWO, "privateKey": "0xkey"}}

    book = parse_addresses({"Controller": _ONE, "accounts": accounts})

    assert book.accounts == {"delegator": _ONE, "orchestrator": _TWO}
    assert book.keys == {"orchestrator": "0xkey"}
    assert "0xkey" not in repr(book)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param(
            {"contracts": {"Minter": _ONE}},
            "contracts.Controller is missing",
            id="a list without the Controller is refused",
        ),
        pytest.param(
            {"Controller": "0x12"},
            "contracts.Controller is '0x12': give an address",
            id="a short contract address is refused",
        ),
        pytest.param(
            {"Controller": _ONE, "accounts": {"cold": {"privateKey": "0x1"}}},
            "accounts.cold is None: give an address",
            id="a key without its address is refused",
        ),
        pytest.param(
            {"contracts": [_ONE]},
            "contracts is a list: give an object",
            id="a list of contracts without names is refused",
        ),
        pytest.param(
            {"Controller": _ONE, "accounts": [_ONE]},
            "accounts is a list: give an object",
            id="a list of accounts without roles is refused",
        ),
    ],
)
def test_a_wrong_entry_is_named(content: Mapping[str, Any], text: str) -> None:
    with pytest.raises(DevnetError, match=text):
        parse_addresses(content)


def test_a_written_list_reads_the_same_without_its_keys(tmp_path: Path) -> None:
    book = AddressBook({"Controller": _ONE}, {"cold": _TWO}, {"cold": "0xkey"})

    write_addresses(book, tmp_path / "list.json")

    assert read_addresses(tmp_path / "list.json") == AddressBook(book.contracts, book.accounts)
    assert "0xkey" not in (tmp_path / "list.json").read_text()


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.json").write_text(text)

    with pytest.raises(DevnetError, match=r"list\.json"):
        read_addresses(tmp_path / "list.json")
