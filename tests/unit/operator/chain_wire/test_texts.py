"""Nodes and contracts say one thing in many words: a table of them."""

import pytest

from podium_operator.chain.rpc.texts import (
    SendVerdict,
    is_empty_revert,
    is_rate_limit,
    is_revert,
    revert_text,
    send_verdict,
)
from podium_operator.chain.rpc.values import Refusal

_HASH = "0x" + "ab" * 32
_WORDS = "system is paused"
_ERROR_DATA = (
    "0x08c379a0" + f"{32:064x}" + f"{len(_WORDS):064x}" + _WORDS.encode().hex().ljust(64, "0")
)


@pytest.mark.parametrize(
    ("message", "verdict"),
    [
        pytest.param("transaction already imported", SendVerdict.KNOWN, id="anvil knows it"),
        pytest.param("already known", SendVerdict.KNOWN, id="geth knows it"),
        pytest.param("ALREADY_EXISTS: already known", SendVerdict.KNOWN, id="a proxy knows it"),
        pytest.param("nonce too low", SendVerdict.SPENT, id="the nonce is used"),
        pytest.param(
            "nonce too low: address 0xAb, tx: 4 state: 5", SendVerdict.SPENT, id="nitro's words"
        ),
        pytest.param("nonce too high", SendVerdict.EARLY, id="a gap"),
        pytest.param(
            "replacement transaction underpriced", SendVerdict.UNDERPRICED, id="others wait there"
        ),
        pytest.param("transaction underpriced", SendVerdict.CHEAP, id="below the node's floor"),
        pytest.param(
            "max fee per gas less than block base fee: address 0x", SendVerdict.CHEAP, id="cheap"
        ),
        pytest.param(
            "Insufficient funds for gas * price + value", SendVerdict.POOR, id="anvil's capitals"
        ),
        pytest.param(
            "insufficient funds for gas * price + value", SendVerdict.POOR, id="geth's small ones"
        ),
        pytest.param("invalid chain id for signer", SendVerdict.REFUSED, id="another chain's"),
        pytest.param("intrinsic gas too low", SendVerdict.REFUSED, id="too little gas"),
        pytest.param("rate limit exceeded", SendVerdict.LIMITED, id="not now"),
        pytest.param("something new", SendVerdict.REFUSED, id="words never heard"),
    ],
)
def test_what_a_node_says_of_a_broadcast(message: str, verdict: SendVerdict) -> None:
    assert send_verdict(Refusal(-32000, message), _HASH) is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        pytest.param(_HASH, SendVerdict.TAKEN, id="our hash"),
        pytest.param(_HASH.upper().replace("0X", "0x"), SendVerdict.TAKEN, id="in capitals"),
        pytest.param("0x" + "0" * 64, SendVerdict.REFUSED, id="another hash is no proof"),
        pytest.param(None, SendVerdict.REFUSED, id="nothing is no proof"),
        pytest.param({"hash": _HASH}, SendVerdict.REFUSED, id="an object is no proof"),
    ],
)
def test_only_our_own_hash_proves_that_a_node_took_it(answer: object, verdict: SendVerdict) -> None:
    assert send_verdict(answer, _HASH) is verdict


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        pytest.param(Refusal(3, f"execution reverted: {_WORDS}", _ERROR_DATA), _WORDS, id="data"),
        pytest.param(Refusal(3, f"execution reverted: {_WORDS}"), _WORDS, id="words alone"),
        pytest.param(
            Refusal(3, "execution reverted", "0x4e487b71" + f"{1:064x}"), "Panic(1)", id="an assert"
        ),
        pytest.param(
            Refusal(3, "execution reverted", "0x7f07449b" + "0" * 128),
            "FutureLookup",
            id="an error without words",
        ),
        pytest.param(
            Refusal(3, "execution reverted", "0x"), "reverted without words 0x", id="nothing"
        ),
        pytest.param(
            Refusal(3, "execution reverted", "0x08c379a0ff"), "execution reverted", id="cut off"
        ),
        pytest.param(
            Refusal(3, "execution reverted", "0x12345678"),
            "reverted without words 0x12345678",
            id="an unknown error",
        ),
    ],
)
def test_the_contracts_words_are_found(refusal: Refusal, text: str) -> None:
    assert revert_text(refusal) == text


@pytest.mark.parametrize(
    ("refusal", "reverts", "is_empty"),
    [
        pytest.param(Refusal(3, "execution reverted", "0x"), True, True, id="unknown function"),
        pytest.param(Refusal(-32000, "execution reverted"), True, True, id="an older node's"),
        pytest.param(Refusal(3, "execution reverted: no", ""), True, False, id="with words"),
        pytest.param(Refusal(-32000, "x", _ERROR_DATA), True, False, id="with data alone"),
        pytest.param(Refusal(-32000, "header not found"), False, False, id="the node's trouble"),
        pytest.param(Refusal(-32005, "limit exceeded"), False, False, id="the node's patience"),
        pytest.param(Refusal(-32601, "no such method"), False, False, id="the node's age"),
    ],
)
def test_a_revert_is_told_from_a_nodes_own_trouble(
    refusal: Refusal, *, reverts: bool, is_empty: bool
) -> None:
    assert is_revert(refusal) is reverts
    assert is_empty_revert(refusal) is is_empty


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        pytest.param(Refusal(-32005, "x"), True, id="Infura's code"),
        pytest.param(Refusal(429, "x"), True, id="HTTP's number as a code"),
        pytest.param(Refusal(0, "Your app has exceeded its compute units"), True, id="Alchemy"),
        pytest.param(Refusal(0, "Too Many Requests"), True, id="in words"),
        pytest.param(Refusal(3, "execution reverted", "0x"), False, id="a revert"),
    ],
)
def test_a_rate_limit_is_known_by_code_or_words(refusal: Refusal, *, expected: bool) -> None:
    assert is_rate_limit(refusal) is expected
