"""Keys sign what was asked and nothing else, and show nothing of themselves."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from eth_account import Account
from eth_account.signers.local import LocalAccount
from tests.chain.soak.remote_signer import RemoteSigner, running_remote_signer
from tests.chain.wire.world import CHAIN_ID, World
from tests.devnet.devnet import Devnet
from tests.support.loopback import answering

from podium_operator.chain import calls
from podium_operator.chain.model import IntentKind, IntentState
from podium_operator.chain.signers.checking import checked, fields_of
from podium_operator.chain.signers.keystore import open_keystore
from podium_operator.chain.signers.policy import Policy
from podium_operator.chain.signers.signing import SigningError, Unsigned
from podium_operator.chain.signers.web3signer import Web3Signer, client_context

_PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def account() -> LocalAccount:
    account: LocalAccount = Account.create()
    return account


@pytest.fixture(scope="module")
def keystore(account: LocalAccount) -> str:
    """A cheap one: the derivation's cost is not the subject."""
    return json.dumps(Account.encrypt(account.key, _PASSWORD, kdf="pbkdf2", iterations=2))


@pytest.fixture
def unsigned(account: LocalAccount) -> Unsigned:
    return Unsigned(
        chain_id=CHAIN_ID,
        sender=account.address,
        to="0x" + "11" * 20,
        data="0x228cb733",
        value_wei=0,
        nonce=7,
        gas_limit=700_000,
        max_fee_wei=2_000_000_000,
    )


async def test_a_key_file_signs_exactly_what_was_asked(keystore: str, unsigned: Unsigned) -> None:
    signer = await open_keystore(keystore, _PASSWORD)

    signed = await signer.sign(unsigned)

    assert fields_of(signed.raw) == unsigned
    assert Account.recover_transaction(signed.raw) == signer.address == unsigned.sender


async def test_a_key_signs_the_same_bytes_each_time(keystore: str, unsigned: Unsigned) -> None:
    signer = await open_keystore(keystore, _PASSWORD)

    assert await signer.sign(unsigned) == await signer.sign(unsigned)


@pytest.mark.parametrize(
    ("text", "password", "told"),
    [
        pytest.param(None, "wrong horse", "the password does not open it", id="a wrong password"),
        pytest.param("{", _PASSWORD, "is no JSON", id="no JSON"),
        pytest.param("[1]", _PASSWORD, "no V3 keystore", id="JSON of another kind"),
        pytest.param('{"version": 3}', _PASSWORD, "no V3 keystore", id="half a keystore"),
        pytest.param('{"version": 9, "crypto": 1}', _PASSWORD, "no V3", id="another version"),
    ],
)
async def test_a_key_file_that_does_not_open_says_why_and_shows_nothing(
    keystore: str, text: str | None, password: str, told: str
) -> None:
    with pytest.raises(SigningError, match=told) as raised:
        await open_keystore(text or keystore, password)

    assert password not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_no_key_is_in_a_repr(keystore: str, account: LocalAccount) -> None:
    signer = await open_keystore(keystore, _PASSWORD)

    assert repr(signer) == f"KeystoreSigner({account.address})"


async def test_a_key_refuses_to_sign_for_another(keystore: str, unsigned: Unsigned) -> None:
    signer = await open_keystore(keystore, _PASSWORD)

    with pytest.raises(SigningError, match="this key is"):
        await signer.sign(replace(unsigned, sender="0x" + "22" * 20))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"to": "0x" + "33" * 20}, "to", id="another receiver"),
        pytest.param({"data": "0x"}, "data", id="other call data"),
        pytest.param({"value_wei": 1}, "value_wei", id="value"),
        pytest.param({"nonce": 8}, "nonce", id="another nonce"),
        pytest.param({"gas_limit": 90_000}, "gas_limit", id="a default gas limit"),
        pytest.param({"max_fee_wei": 1}, "max_fee_wei", id="another fee"),
        pytest.param({"chain_id": 1}, "chain_id", id="another chain"),
    ],
)
async def test_bytes_that_differ_from_the_request_are_refused(
    keystore: str, unsigned: Unsigned, change: dict[str, Any], told: str
) -> None:
    signer = await open_keystore(keystore, _PASSWORD)
    other = (await signer.sign(replace(unsigned, **change))).raw

    with pytest.raises(SigningError, match=f"something else: {told} differ"):
        checked(other, unsigned)


@pytest.mark.parametrize("raw", [b"", b"\x02", b"\x02\xc0", b"\x02\xf8\xff", b"junk" * 40])
def test_bytes_that_are_no_transaction_are_refused(raw: bytes, unsigned: Unsigned) -> None:
    with pytest.raises(SigningError, match="no signed transaction"):
        checked(raw, unsigned)


@pytest.fixture
def remote(devnet: Devnet, tmp_path: Path) -> Iterator[RemoteSigner]:
    with running_remote_signer(devnet.url, tmp_path) as running:
        yield running


def _client(remote: RemoteSigner, address: str) -> Web3Signer:
    tls = client_context(
        certificate=remote.certificate.read_bytes(),
        key=remote.key.read_bytes(),
        authority=remote.authority.read_bytes(),
    )
    return Web3Signer(remote.url, address=address, tls=tls)


async def test_a_remote_signer_signs_over_mutual_tls(
    remote: RemoteSigner, devnet: Devnet, unsigned: Unsigned
) -> None:
    address = devnet.accounts["orchestrator"]
    signer = _client(remote, address)

    signed = await signer.sign(replace(unsigned, sender=address))
    await signer.close()

    assert fields_of(signed.raw) == replace(unsigned, sender=address)


async def test_a_round_is_begun_with_a_remote_signature(world: World, remote: RemoteSigner) -> None:
    address = world.devnet.accounts["stranger"]
    signer = _client(remote, address)
    world.devnet.to_next_round(initialize=False)
    world.account, world.signers = address, {address: signer}
    world.policy = Policy(address)
    wanted = await world.intent(
        IntentKind.INITIALIZE_ROUND, "RoundsManager", calls.initialize_round()
    )
    await world.advance(wanted)
    mined = await world.advance()
    await signer.close()

    assert mined.state is IntentState.MINED
    assert (await world.state()).round.initialized


async def test_who_has_no_certificate_is_told_that_the_signer_refuses(
    remote: RemoteSigner, devnet: Devnet, unsigned: Unsigned
) -> None:
    address = devnet.accounts["orchestrator"]
    signer = Web3Signer(remote.url, address=address)

    with pytest.raises(SigningError, match="cannot be reached, or refuses us") as raised:
        await signer.sign(replace(unsigned, sender=address))
    await signer.close()

    assert remote.url not in str(raised.value)


def test_a_tls_secret_that_is_no_pem_is_named() -> None:
    with pytest.raises(SigningError, match=r"tls\.crt, tls\.key or ca\.crt"):
        client_context(certificate=b"no", key=b"no", authority=b"no")


class _OtherSigner:
    """A remote signer that answers what a test tells it to."""

    def __init__(self) -> None:
        self.answer: Any = None
        self.status = 200
        self.asked: dict[str, Any] = {}
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.asked = await request.json()
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def other_signer() -> AsyncIterator[_OtherSigner]:
    signer = _OtherSigner()
    async with answering(signer.serve) as signer.url:
        yield signer


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param({"error": {"message": "denied"}}, "refuses: denied", id="a refusal"),
        pytest.param({"result": "0xzz"}, "no transaction", id="no hexadecimal digits"),
        pytest.param({"result": None}, "no transaction", id="nothing"),
        pytest.param([], "does not speak JSON-RPC", id="a list"),
        pytest.param({"result": {"raw": "0x02"}}, "no signed transaction", id="broken bytes"),
    ],
)
async def test_what_a_remote_signer_must_not_answer_is_told(
    other_signer: _OtherSigner, unsigned: Unsigned, answer: object, told: str
) -> None:
    other_signer.answer = answer
    signer = Web3Signer(other_signer.url, address=unsigned.sender)

    with pytest.raises(SigningError, match=told):
        await signer.sign(unsigned)
    await signer.close()


async def test_a_remote_signer_is_sent_every_field(
    other_signer: _OtherSigner, account: LocalAccount, unsigned: Unsigned
) -> None:
    other_signer.answer = {"error": "no"}
    signer = Web3Signer(other_signer.url, address=unsigned.sender)

    with pytest.raises(SigningError):
        await signer.sign(unsigned)
    await signer.close()

    assert other_signer.asked["method"] == "eth_signTransaction"
    assert other_signer.asked["params"] == [
        {
            "from": account.address,
            "to": unsigned.to,
            "gas": hex(700_000),
            "nonce": "0x7",
            "value": "0x0",
            "data": "0x228cb733",
            "maxFeePerGas": hex(2_000_000_000),
            "maxPriorityFeePerGas": "0x0",
        }
    ]
