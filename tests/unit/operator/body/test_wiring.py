"""From Secrets to endpoints and signers: what is missing is told by name, never by content."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from eth_account import Account
from tests.support.fake_kube import FakeKube
from tests.unit.operator.desired.samples import orchestrator

from podium_operator.chain.material import Material, named_in, read_material
from podium_operator.chain.terms import terms_of
from podium_operator.chain.wiring import Wire, connect
from podium_operator.desired.facts import ImageDefaults
from podium_operator.errors import InvalidSecretError
from podium_operator.events import Recorder
from podium_operator.metrics import Metrics
from podium_operator.surroundings import Surroundings

PASSWORD, URL = "hunter2-hunter2", "https://rpc.example.com/?key=t0ken"
OWNER = Account.create()
KEYSTORE = {
    "keystore": {
        "secretRef": {"name": "key", "key": "keystore.json"},
        "passwordSecretRef": {"name": "password", "key": "password"},
    }
}
ENDPOINT = {"name": "one", "urlSecretRef": {"name": "rpc", "key": "url"}}
FILE = json.dumps(Account.encrypt(OWNER.key, PASSWORD, kdf="pbkdf2", iterations=10))
SECRETS = {
    "key": {"keystore.json": FILE.encode()},
    "password": {"password": f"{PASSWORD}\n".encode()},
    "rpc": {"url": f" {URL}\n".encode()},
}


class Wired:
    """Connects specs, and closes what it opened."""

    def __init__(self) -> None:
        self._open: list[Wire] = []
        kube = FakeKube()
        self.around = Surroundings(
            kube=kube,
            recorder=Recorder(kube, "test"),
            metrics=Metrics(),
            image=ImageDefaults("example/worker:1"),
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )

    async def __call__(self, secrets: Any, **chain: Any) -> Wire:
        asked = {"address": OWNER.address, "rpc": {"endpoints": [ENDPOINT]}, "signer": KEYSTORE}
        parsed = orchestrator(chain={**asked, **chain})
        spec = parsed.spec.chain
        assert spec is not None
        wire = await connect(spec, terms_of(parsed, spec), Material(secrets), self.around)
        self._open.append(wire)
        return wire

    async def close(self) -> None:
        for wire in self._open:
            await wire.close()


@pytest.fixture
async def wired() -> AsyncIterator[Wired]:
    made = Wired()
    yield made
    await made.close()


async def test_a_key_and_an_endpoint_from_secrets_work(wired: Wired) -> None:
    wire = await wired(SECRETS)

    assert set(wire.signers) == {OWNER.address}
    assert wire.faults == ()
    assert [one.name for one in wire.pool.sightings()] == ["one"]
    assert PASSWORD not in repr(wire)
    assert "t0ken" not in repr(wire)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"key": None}, "Secret key is missing: create it", id="no key"),
        pytest.param({"key": {}}, "Secret key lacks keystore.json: add it", id="an empty Secret"),
        pytest.param({"key": {"keystore.json": b"{}"}}, "cannot sign", id="a file that is no key"),
        pytest.param({"password": {"password": b"wrong"}}, "cannot sign", id="a wrong password"),
        pytest.param({"password": {"password": b"\xff"}}, "is not text", id="a binary password"),
    ],
)
async def test_a_key_that_cannot_be_had_is_a_fault_and_no_end(
    wired: Wired, change: dict[str, Any], said: str
) -> None:
    secrets = {name: data for name, data in {**SECRETS, **change}.items() if data is not None}

    wire = await wired(secrets)

    [fault] = wire.faults
    assert said in fault
    assert PASSWORD not in fault
    assert wire.signers == {}


async def test_the_key_of_another_account_does_not_sign(wired: Wired) -> None:
    wire = await wired(SECRETS, address=f"0x{'11' * 20}")

    assert f"is the key of {OWNER.address}" in wire.faults[0]
    assert wire.signers == {}


async def test_a_remote_signer_needs_all_of_mutual_tls(wired: Wired) -> None:
    remote = {"remote": {"url": "https://s.example.com", "tlsSecretName": "tls"}}

    wire = await wired({**SECRETS, "tls": {"tls.crt": b"x"}}, signer=remote)

    assert "Secret tls lacks tls.key, ca.crt" in wire.faults[0]


async def test_one_endpoint_of_two_is_enough(wired: Wired) -> None:
    lost = {"name": "two", "urlSecretRef": {"name": "rpc", "key": "lost"}}

    wire = await wired(SECRETS, rpc={"endpoints": [ENDPOINT, lost]})

    assert wire.faults == ("endpoint two: Secret rpc lacks lost: add it",)
    assert [one.name for one in wire.pool.sightings()] == ["one"]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        pytest.param({}, "Secret rpc is missing", id="no Secret"),
        pytest.param({"rpc": {"url": b"t0ken"}}, "is no URL", id="a token alone"),
    ],
)
async def test_without_any_endpoint_there_is_no_way(
    wired: Wired, held: dict[str, Any], said: str
) -> None:
    rest = {name: data for name, data in SECRETS.items() if name != "rpc"}

    with pytest.raises(InvalidSecretError, match=said) as caught:
        await wired({**rest, **held})

    assert "t0ken" not in str(caught.value)


async def test_only_the_secrets_that_are_named_are_read() -> None:
    kube = FakeKube()
    parsed = orchestrator(
        chain={"address": OWNER.address, "rpc": {"endpoints": [ENDPOINT]}, "signer": KEYSTORE}
    )
    spec = parsed.spec.chain
    assert spec is not None

    material = await read_material(kube, "media", spec)

    assert material == Material({})
    assert {name for _, _, name in kube.calls} == named_in(spec) == {"key", "password", "rpc"}
