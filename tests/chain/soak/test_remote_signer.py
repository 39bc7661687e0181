"""The signer's stand-in answers as Web3Signer does, to its own clients alone."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from eth_account import Account
from tests.chain.soak.remote_signer import RemoteSigner, running_remote_signer
from tests.devnet.devnet import Devnet


@pytest.fixture
def signer(devnet: Devnet, tmp_path: Path) -> Iterator[RemoteSigner]:
    with running_remote_signer(devnet.url, tmp_path) as running:
        yield running


async def _ask(signer: RemoteSigner, context: ssl.SSLContext, method: str, *params: object) -> Any:
    call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    async with (
        aiohttp.ClientSession() as client,
        client.post(signer.url, json=call, ssl=context) as answer,
    ):
        return (await answer.json())["result"]


async def test_the_stand_in_returns_the_raw_signed_transaction(
    signer: RemoteSigner, devnet: Devnet
) -> None:
    context = ssl.create_default_context(cafile=str(signer.authority))
    context.load_cert_chain(signer.certificate, signer.key)
    account = devnet.accounts["orchestrator"]
    words = {"from": account, "to": account, "gas": hex(21_000), "nonce": "0x5", "value": "0x1"}
    fees = {"maxFeePerGas": hex(10**9), "maxPriorityFeePerGas": "0x0", "data": "0x"}

    raw = await _ask(signer, context, "eth_signTransaction", {**words, **fees})

    assert Account.recover_transaction(raw) == account


async def test_who_shows_no_certificate_gets_nothing(signer: RemoteSigner) -> None:
    context = ssl.create_default_context(cafile=str(signer.authority))

    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await _ask(signer, context, "eth_accounts")
