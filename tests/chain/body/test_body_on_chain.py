"""The chain's keeper with everything real but the API server: contracts, keys, bytes."""

import base64
import csv
import io
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

import pytest
from eth_account import Account
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT
from tests.support.fake_kube import FakeKube

from podium_operator.api import names
from podium_operator.chain.keeper import ChainKeeper
from podium_operator.chain.mail import Mail
from podium_operator.desired.facts import ImageDefaults
from podium_operator.events import Recorder
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named
from podium_operator.metrics import Metrics
from podium_operator.surroundings import Surroundings

URI = "https://o.example.com:8935"
PASSWORD = "a-password-that-nobody-may-see"
TOKEN = "t0ken-of-an-endpoint"


@dataclass
class Home:
    """One Orchestrator with a funded key, its Secrets in an API server in memory."""

    devnet: Devnet
    kube: FakeKube = field(default_factory=FakeKube)
    metrics: Metrics = field(default_factory=Metrics)
    keeper: ChainKeeper | None = None

    async def begin(self, *, policy: str = "Retain", **chain: Any) -> None:
        account = Account.create()
        self.address, self.key = account.address, account.key.hex()
        self.devnet.chain.set_balance(self.address, 10**18)
        self.devnet.give_lpt(self.address, 5_000 * LPT)
        file = Account.encrypt(account.key, PASSWORD, kdf="pbkdf2", iterations=100)
        url = f"{self.devnet.url}/?key={TOKEN}"
        await self._secret(keystore=json.dumps(file), password=PASSWORD, url=url)
        await self.kube.create(
            {
                "apiVersion": names.API_VERSION,
                "kind": names.KIND,
                "metadata": {"namespace": "media", "name": "home"},
                "spec": {
                    "pools": [{"name": "cpu", "hardware": {"type": "cpu"}}],
                    "chain": {**self._spec(), **chain},
                    "deletionPolicy": policy,
                },
            }
        )
        await self.restart()

    async def restart(self) -> None:
        """Give it a new keeper, as a new leader would."""
        await self.end()
        around = Surroundings(
            kube=self.kube,
            recorder=Recorder(self.kube, "test"),
            metrics=self.metrics,
            image=ImageDefaults("example/worker:1"),
            now=lambda: datetime.now(UTC),
        )
        self.keeper = ChainKeeper(Mail(await self.orchestrator()), around)

    async def change(self, **meta: Any) -> None:
        """Change the object's metadata as a person would, and let a new leader find it so."""
        body = await self.orchestrator()
        body["metadata"] |= meta
        await self.kube.replace(body)
        await self.restart()

    async def end(self) -> None:
        if self.keeper is not None:
            await self.keeper._plug.pull()

    async def until(self, is_there: Any, *, looks: int = 25) -> Body:
        """Look until it is; a chain that moves by transactions needs no waiting."""
        body: Body = {}
        for _ in range(looks):
            await self.look(1)
            body = await self.orchestrator()
            if is_there(body):
                return body
        raise AssertionError(json.dumps(body.get("status"), indent=1))

    async def orchestrator(self) -> Body:
        return await self.kube.get(ORCHESTRATOR, "media", "home")

    def nonce(self) -> int:
        address: Any = self.address
        return int(self.devnet.w3.eth.get_transaction_count(address))

    def told(self, reason: str) -> list[str]:
        """Return what the Events with this reason say."""
        bodies = [body for key, body in self.kube.objects.items() if key[0] == "Event"]
        return [body["note"] for body in bodies if body["reason"] == reason]

    async def look(self, times: int) -> None:
        """Let it look, and have in blocks what it sends."""
        assert self.keeper is not None
        for _ in range(times):
            await self.keeper.look()
            self.devnet.chain.settle()

    async def books(self) -> list[dict[str, str]]:
        """Return the closed rounds, as `podium chain ledger --csv` prints them."""
        kept = await self.kube.get(kind_named("ConfigMap"), "media", "home-chain")
        return [*csv.DictReader(io.StringIO(kept["data"]["ledger.csv"]))]

    def stake(self, *, at: int) -> int:
        """Return its own stake, with all rewards, at the end of a block."""
        bonding = self.devnet.contract("BondingManager").functions
        return int(bonding.pendingStake(self.address, 0).call(block_identifier=at))

    def ether(self, *, at: int) -> int:
        address: Any = self.address
        return int(self.devnet.w3.eth.get_balance(address, at))

    def _spec(self) -> dict[str, Any]:
        return {
            "network": "custom",
            "controller": self.devnet.contract("Controller").address,
            "chainId": 31337,
            "blockSeconds": 1,
            "address": self.address,
            "approval": "Auto",
            "rpc": {
                "pollSeconds": 1,
                "endpoints": [{"name": "one", "urlSecretRef": {"name": "mine", "key": "url"}}],
            },
            "signer": {
                "keystore": {
                    "secretRef": {"name": "mine", "key": "keystore"},
                    "passwordSecretRef": {"name": "mine", "key": "password"},
                }
            },
            "registration": {
                "rewardCutPercent": 12.5,
                "feeCutPercent": 95,
                "serviceURI": URI,
                "selfBondLpt": "1000",
            },
            "rewards": {"startDelaySeconds": 0, "retrySeconds": 5},
        }

    async def _secret(self, **data: str) -> None:
        coded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        meta = {"namespace": "media", "name": "mine"}
        await self.kube.create(
            {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": coded}
        )


@pytest.fixture
async def home(devnet: Devnet) -> AsyncIterator[Home]:
    home = Home(devnet)
    yield home
    await home.end()


def _chain(body: Body) -> dict[str, Any]:
    return dict((body.get("status") or {}).get("chain") or {})


def _is_registered(body: Body) -> bool:
    found = {one["type"]: one["status"] for one in body["status"]["conditions"]}
    return bool(found["Registered"] == "True" == found["CutInSync"])


def _base(text: str) -> int:
    return int(Decimal(text).scaleb(18, Context(prec=60)))


def _is_rewarded(home: Home) -> Any:
    return lambda body: _chain(body).get("reward") == f"ok r{home.devnet.round()}"


async def test_from_a_funded_key_to_a_reward_in_every_round(home: Home) -> None:
    await home.begin()
    await home.until(_is_registered)
    sent = home.nonce()

    for rounds in (1, 2, 3):
        home.devnet.to_next_round()
        await home.restart()
        await home.until(_is_rewarded(home))
        assert home.nonce() == sent + rounds

    bonding = home.devnet.contract("BondingManager").functions
    last_reward_round, cut, share, *_ = bonding.getTranscoder(home.address).call()
    assert (last_reward_round, cut, share) == (home.devnet.round(), 125_000, 50_000)


async def test_a_round_that_nobody_begins_is_begun_and_rewarded(home: Home) -> None:
    await home.begin()
    await home.until(_is_registered)
    home.devnet.to_next_round(initialize=False)

    for _ in range(30):
        home.devnet.chain.mine()
        await home.look(1)

    await home.until(_is_rewarded(home))


async def test_the_books_are_exact_to_the_wei(home: Home) -> None:
    await home.begin()
    await home.until(_is_registered)

    rows: list[dict[str, str]] = []
    for closed in (1, 2, 3):
        home.devnet.to_next_round()
        await home.until(_is_rewarded(home))
        rows = await home.books()
        assert len(rows) == closed
        _hold_to_the_chain(rows[-1], home)

    first, *rewarded = rows
    assert _base(first["bonded_lpt"]) + _base(first["opening_stake_lpt"]) == 1_000 * LPT
    for row in rewarded:
        # The contract rounds each delegator's part down; all stake here is one's own.
        assert 0 <= _base(row["reward_lpt"]) - _base(row["stake_earned_lpt"]) <= 1
        assert _base(row["reward_lpt"]) > 0


def _hold_to_the_chain(row: dict[str, str], home: Home) -> None:
    """The chain remembers some sixty blocks: a round, and what has come since."""
    opening, closing = int(row["opening_block"]), int(row["closing_block"])
    assert _base(row["opening_stake_lpt"]) == home.stake(at=opening)
    assert _base(row["closing_stake_lpt"]) == home.stake(at=closing)
    assert _base(row["gas_eth"]) == home.ether(at=opening) - home.ether(at=closing)


async def test_a_deletion_takes_all_stake_out_after_the_second_word_and_not_before(
    home: Home,
) -> None:
    await home.begin(policy="Unbond")
    await home.until(_is_registered)
    home.devnet.to_next_round()
    await home.until(_is_rewarded(home))
    sent = home.nonce()

    await home.change(deletionTimestamp="2026-01-01T00:00:00Z")
    await home.look(3)
    assert home.nonce() == sent

    await home.change(annotations={names.CONFIRM_UNBOND_ANNOTATION: home.address})
    await home.until(lambda body: not body["metadata"].get("finalizers"))

    bonding = home.devnet.contract("BondingManager").functions
    assert bonding.getDelegator(home.address).call()[0] == 0
    assert home.nonce() == sent + 1


async def test_an_upgrade_that_takes_a_function_away_is_told_and_pauses_until_acknowledged(
    home: Home,
) -> None:
    await _begin_a_round(home)
    home.devnet.install_lacking("BondingManager", "withdrawFees(address,uint256)")

    told = await _told_instead_of_sent(home)
    moved = f"BondingManagerTarget={home.devnet.target('BondingManager')}"
    assert f"{names.ACKNOWLEDGE_ANNOTATION}: {moved}" in told

    await home.change(annotations={names.ACKNOWLEDGE_ANNOTATION: moved})
    await home.until(_is_rewarded(home))


async def test_contracts_that_cannot_be_read_any_more_are_told_and_nothing_is_sent(
    home: Home,
) -> None:
    await _begin_a_round(home)
    registry = home.devnet.replace_target("ServiceRegistry", home.devnet.target("RoundsManager"))

    told = await _told_instead_of_sent(home)
    assert "ServiceRegistry.getServiceURI reverts" in told

    home.devnet.replace_target("ServiceRegistry", registry)
    await home.until(_is_rewarded(home))


async def _begin_a_round(home: Home) -> None:
    """Register, and begin a round whose reward nobody has taken yet."""
    await home.begin()
    await home.until(_is_registered)
    home.devnet.to_next_round()


async def _told_instead_of_sent(home: Home) -> str:
    """Return what is said of contracts that are not as they were; nothing is sent to them."""
    sent = home.nonce()
    await home.look(3)
    assert home.nonce() == sent
    [told] = home.told("ContractMismatch")
    return told


async def test_nothing_that_is_kept_or_said_holds_a_secret(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await home.begin()
    await home.until(_is_registered)

    kept = {key: body for key, body in home.kube.objects.items() if key[2] != "mine"}
    said = repr([vars(record) for record in caplog.records])
    emitted = [repr(kept), said, home.metrics.render().decode(), repr(vars(home.keeper))]
    for secret in (PASSWORD, TOKEN, home.key):
        assert not [text for text in emitted if secret in text], secret
