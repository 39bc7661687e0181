"""An active Orchestrator on a chain of its own, its real keeper, and a Prometheus that looks.

Contracts, keys and bytes are real; only the API server is one in memory. Nothing outlives it, so
a drill may do to the chain what it likes.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from tests.chain.soak.proxy import FaultProxy
from tests.devnet.actors import Orchestrator, register
from tests.devnet.devnet import Devnet
from tests.devnet.terms import LPT
from tests.support.fake_kube import FakeKube
from tests.support.ports import free_port
from tests.watch.server import PrometheusServer, serving_here

from podium_operator.api import names
from podium_operator.chain.keeper import ChainKeeper
from podium_operator.chain.mail import Mail
from podium_operator.desired.facts import ImageDefaults
from podium_operator.events import Recorder
from podium_operator.health import Health, serve
from podium_operator.kube.kinds import ORCHESTRATOR
from podium_operator.metrics import Metrics
from podium_operator.surroundings import Surroundings

__all__ = ["STAKE", "ChainWorld", "on_chain"]

STAKE = 1_000 * LPT
_TERMS = Orchestrator(stake=STAKE)
_OWNER = {"namespace": "media", "name": "home"}
_SECRET = "chain"
_PASSWORD = "a-password-of-a-drill"
_ENDPOINTS = ("one", "two")
_READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class ChainWorld:
    """What drills on chain work on."""

    devnet: Devnet
    proxy: FaultProxy
    server: PrometheusServer
    address: str
    kube: FakeKube
    mail: Mail

    async def ready(self) -> None:
        """Wait for nothing: the next drill has a chain of its own."""

    async def respec(self, **chain: Any) -> None:
        """Change fields of spec.chain."""
        body = await self.kube.get(ORCHESTRATOR, _OWNER["namespace"], _OWNER["name"])
        body["spec"]["chain"] |= chain
        await self.kube.replace(body)
        body = await self.kube.get(ORCHESTRATOR, _OWNER["namespace"], _OWNER["name"])
        self.mail.put(body, is_news=True)


@asynccontextmanager
async def on_chain(rules: dict[str, Any]) -> AsyncIterator[ChainWorld]:
    """Start everything and wait until the reward of the first round is called."""
    with (
        Devnet.start() as devnet,
        FaultProxy(devnet.url, _ENDPOINTS, token="drill") as proxy,
    ):
        account = Account.create()
        devnet.chain.set_balance(account.address, 10**22)
        devnet.give_lpt(account.address, STAKE)
        register(devnet, account.address, _TERMS)
        devnet.to_next_round()
        kube = await _api_server(devnet, proxy, account)
        mail = Mail(await kube.get(ORCHESTRATOR, _OWNER["namespace"], _OWNER["name"]))
        async with _watched(kube, mail, rules) as server:
            await server.until(
                "podium_last_reward_round == podium_current_round and podium_active == 1 "
                "and podium_rewards_missed_total == 0",
                within_seconds=_READY_SECONDS,
            )
            yield ChainWorld(devnet, proxy, server, account.address, kube, mail)


@asynccontextmanager
async def _watched(
    kube: FakeKube, mail: Mail, rules: dict[str, Any]
) -> AsyncIterator[PrometheusServer]:
    metrics, port = Metrics(), asyncio.get_running_loop().create_future()
    metrics.leader.set(1)
    around = Surroundings(
        kube=kube,
        recorder=Recorder(kube, "drill"),
        metrics=metrics,
        image=ImageDefaults("example/worker:1"),
    )
    tasks = [
        asyncio.create_task(ChainKeeper(mail, around).run()),
        asyncio.create_task(
            serve(Health(), metrics, host="127.0.0.1", port=0, bound=port.set_result)
        ),
    ]
    try:
        target = {"targets": [f"127.0.0.1:{await port}"], "labels": {"component": "operator"}}
        async with serving_here(([target], []), rules, port=free_port()) as server:
            yield server
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _api_server(devnet: Devnet, proxy: FaultProxy, account: Any) -> FakeKube:
    kube = FakeKube()
    file = Account.encrypt(account.key, _PASSWORD, kdf="pbkdf2", iterations=100)
    data = {"keystore": json.dumps(file), "password": _PASSWORD}
    data |= {endpoint.name: endpoint.url for endpoint in proxy.endpoints}
    await kube.create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"namespace": _OWNER["namespace"], "name": _SECRET},
            "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
        }
    )
    pools = [{"name": "cpu", "hardware": {"type": "cpu"}}]
    await kube.create(
        {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": dict(_OWNER),
            "spec": {"pools": pools, "chain": _chain(devnet, account.address)},
        }
    )
    return kube


def _chain(devnet: Devnet, address: str) -> dict[str, Any]:
    return {
        "network": "custom",
        "controller": devnet.contract("Controller").address,
        "chainId": 31337,
        "blockSeconds": 1,
        "address": address,
        "approval": "Auto",
        "rpc": {
            "pollSeconds": 1,
            "endpoints": [
                {"name": name, "urlSecretRef": {"name": _SECRET, "key": name}}
                for name in _ENDPOINTS
            ],
        },
        "signer": {
            "keystore": {
                "secretRef": {"name": _SECRET, "key": "keystore"},
                "passwordSecretRef": {"name": _SECRET, "key": "password"},
            }
        },
        "registration": {
            "rewardCutPercent": _TERMS.reward_cut_ppm / 10_000,
            "feeCutPercent": 100 - _TERMS.fee_share_ppm / 10_000,
            "serviceURI": _TERMS.service_uri,
            "selfBondLpt": str(STAKE // LPT),
        },
        "rewards": {"startDelaySeconds": 0, "retrySeconds": 5},
    }
