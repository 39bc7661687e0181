"""One Orchestrator on chain, on a real API server and real contracts: from nothing to gone."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.cluster.chain_site import (
    PASSWORD,
    TOKEN,
    URI,
    Owner,
    chain_spec,
    conditions,
    intents,
)
from tests.cluster.operators import Site
from tests.devcluster.cluster import Cluster
from tests.devnet.devnet import Devnet
from tests.devnet.fixtures import start_from_environment
from tests.support.operator_process import OperatorProcess

from podium_operator.command import cli

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def devnet() -> Iterator[Devnet]:
    with start_from_environment() as started:
        started.to_next_round()
        yield started


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with cluster.namespace() as namespace:
        site = Site(cluster, namespace, tmp_path_factory.mktemp("chain"))
        site.install()
        yield site


@dataclass
class Reign:
    """Who leads; its successor stands by when it is to die."""

    site: Site
    running: ExitStack
    leader: OperatorProcess

    def heir(self) -> OperatorProcess:
        """Return another operator, which stands by."""
        heir = self.running.enter_context(self.site.operator())
        heir.wait_for_line("standing by")
        return heir

    def pass_to(self, heir: OperatorProcess) -> None:
        """Let the leader die without a warning."""
        self.leader.send(signal.SIGKILL)
        self.leader = heir.leads()


@pytest.fixture(scope="module")
def reign(site: Site) -> Iterator[Reign]:
    with ExitStack() as running:
        first = running.enter_context(site.operator())
        yield Reign(site, running, first.leads())


@pytest.fixture
def operator(reign: Reign) -> OperatorProcess:
    return reign.leader


@pytest.fixture(scope="module")
def figaro(site: Site, devnet: Devnet, reign: Reign) -> Owner:
    """An identity that registered itself, and is active in a fresh round."""
    owner = Owner.make(site, devnet, "figaro")
    owner.apply()
    owner.wait(_is_registered)
    devnet.to_next_round()
    owner.wait(lambda found: _chain(found).get("reward") == f"ok r{devnet.round()}")
    return owner


def _chain(found: Any) -> dict[str, Any]:
    return dict(((found or {}).get("status") or {}).get("chain") or {})


def _is_registered(found: Any) -> bool:
    is_shown = conditions(found)
    return is_shown.get("Registered") == "True" == is_shown.get("CutInSync")


def _begin_round(devnet: Devnet) -> int:
    """Enter the next round while transactions wait for blocks; return its number."""
    devnet.chain.mine(devnet.blocks_left())
    rounds = devnet.contract("RoundsManager")
    words = {"to": rounds.address, "data": rounds.encode_abi("initializeRound")}
    sender = {"from": devnet.accounts["stranger"], "gas": hex(900_000)}
    devnet.chain.rpc("eth_sendTransaction", words | sender)
    devnet.chain.mine()
    return devnet.round()


def _is_reward_under_way(found: Any, round_number: int) -> bool:
    """Whether its bytes are out, and not in a block as long as none is made."""
    wanted = ("Reward", round_number, "Sent")
    listed = _chain(found).get("intents") or ()
    return wanted in [(one["kind"], one["round"], one["state"]) for one in listed]


def _is_gone(found: Any) -> bool:
    return not found


def _podium(capsys: pytest.CaptureFixture[str], site: Site, *arguments: str) -> str:
    """Run `podium chain …` as a person would."""
    status = cli.main(
        [
            "chain",
            *arguments,
            f"--namespace={site.namespace}",
            f"--kubeconfig={site.cluster.kubeconfig}",
        ]
    )
    said = capsys.readouterr()
    assert status == 0, said.err
    return said.out


def test_it_registers_with_its_terms_and_is_rewarded_in_its_first_round(
    figaro: Owner, devnet: Devnet
) -> None:
    last_reward_round, cut, share, *_ = figaro.transcoder()

    assert last_reward_round == devnet.round()
    assert (cut, share) == (125_000, 50_000)
    registry = devnet.contract("ServiceRegistry").functions
    assert registry.getServiceURI(figaro.address).call() == URI


def test_kubectl_shows_reward_stake_and_what_is_left_of_the_round(
    figaro: Owner, devnet: Devnet
) -> None:
    shown = figaro.site.kubectl("get", "orchestrator", "figaro", "-o", "wide").splitlines()

    assert {"REWARD", "STAKE", "ROUND-LEFT"} <= set(shown[0].split())
    assert f"ok r{devnet.round()}" in shown[1]
    assert "1k" in shown[1]


def test_every_deed_was_told_and_counted(figaro: Owner, operator: OperatorProcess) -> None:
    assert figaro.told("RewardCalled")
    assert figaro.told("Bonded")
    series = operator.series("podium_active")
    assert [value for labels, value in series.items() if 'name="figaro"' in labels] == [1]
    spent = operator.series("podium_gas_spent_eth_total")
    assert any('kind="Reward"' in labels and value > 0 for labels, value in spent.items())


def test_a_leader_killed_between_signing_and_landing_leaves_one_reward_to_its_successor(
    devnet: Devnet, figaro: Owner, reign: Reign
) -> None:
    before, heir = figaro.nonce(), reign.heir()
    devnet.chain.set_automine(enabled=False)
    try:
        round_number = _begin_round(devnet)
        figaro.wait(lambda found: _is_reward_under_way(found, round_number))
        reign.pass_to(heir)
    finally:
        devnet.chain.set_automine(enabled=True)
    devnet.chain.mine()

    figaro.wait(lambda found: _chain(found).get("reward") == f"ok r{round_number}")
    assert figaro.transcoder()[0] == round_number
    assert figaro.nonce() == before + 1


def test_a_second_one_with_the_same_identity_says_so_and_signs_nothing(
    site: Site, devnet: Devnet, figaro: Owner, operator: OperatorProcess
) -> None:
    nonce, spec = figaro.nonce(), chain_spec(figaro)
    twin = replace(figaro, name="twin")
    other = {"rewardCutPercent": 99, "feeCutPercent": 1, "serviceURI": "https://else.example:8935"}
    twin.apply(rpc=spec["rpc"], signer=spec["signer"], registration=other)

    shown = twin.wait(lambda found: "IntentPending" in conditions(found))
    [pending] = [one for one in shown["status"]["conditions"] if one["type"] == "IntentPending"]
    assert (pending["status"], pending["reason"]) == ("False", "IdentityTaken")
    assert f"{site.namespace}/figaro is older" in pending["message"]
    assert twin.told("IdentityTaken", "role Endpoint")

    round_number = devnet.to_next_round()
    figaro.wait(lambda found: _chain(found).get("reward") == f"ok r{round_number}")
    site.kubectl("delete", "orchestrator", "twin")
    assert figaro.nonce() == nonce + 1


def test_a_change_of_cuts_waits_for_a_person_and_tells_who_allowed_it(
    figaro: Owner, devnet: Devnet, capsys: pytest.CaptureFixture[str]
) -> None:
    figaro.apply(
        registration={
            "rewardCutPercent": 10,
            "feeCutPercent": 95,
            "serviceURI": URI,
            "selfBondLpt": "1000",
            "cutChange": {"announceRounds": 0},
        }
    )
    figaro.wait(lambda found: intents(found).get("SetTranscoder") == "AwaitingApproval")
    assert figaro.transcoder()[1] == 125_000
    assert "AwaitingApproval" in _podium(capsys, figaro.site, "plan", "figaro")

    assert "approved: settranscoder-" in _podium(capsys, figaro.site, "approve", "figaro", "--all")

    figaro.wait(lambda found: conditions(found).get("CutInSync") == "True")
    assert figaro.transcoder()[1] == 100_000
    assert figaro.told("IntentApproved", " approved by podium-")
    assert "keeps 10 % of rewards" in _podium(capsys, figaro.site, "status", "figaro")


def test_no_secret_is_in_anything_that_is_emitted(figaro: Owner, operator: OperatorProcess) -> None:
    emitted = [
        json.dumps(operator.lines),
        json.dumps(figaro.site.get("orchestrator", "figaro")),
        json.dumps(figaro.events()),
        operator.ask("/metrics"),
    ]

    for secret in (PASSWORD, TOKEN, figaro.key.removeprefix("0x"), figaro.devnet.url):
        assert not [text for text in emitted if secret in text]


def test_without_a_key_a_safe_signs_what_status_holds(
    site: Site, devnet: Devnet, operator: OperatorProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    cold = Owner.make(site, devnet, "cold")
    cold.apply(signer={})
    cold.wait(lambda found: "AwaitingSignature" in intents(found).values())

    builder = json.loads(_podium(capsys, site, "calldata", "cold", "--safe"))

    assert builder["chainId"] == "31337"
    found = (cold.wait(lambda found: found is not None))["status"]["chain"]["intents"]
    waiting = [one for one in found if one["state"] == "AwaitingSignature"]
    offered = [(one["to"], one["data"]) for one in builder["transactions"]]
    assert offered
    assert set(offered) <= {(one["to"], one["data"]) for one in waiting}
    assert cold.nonce() == 0
    assert cold.told("IntentAwaitsSignature")


def test_a_deletion_that_cannot_reach_the_chain_says_so_and_ends_without_it(
    site: Site, devnet: Devnet, operator: OperatorProcess
) -> None:
    lost = Owner.make(site, devnet, "lost")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        rpc = {"pollSeconds": 1, "endpoints": [{"name": "nobody", "url": nobody}]}
        lost.apply(policy="Deactivate", rpc=rpc)
        lost.wait(lambda found: conditions(found).get("RpcHealthy") == "False")
        lost.wait(lambda found: found["metadata"].get("finalizers"))

        site.kubectl("delete", "orchestrator", "lost", "--wait=false")
        site.passes(operator, 3)
        assert site.get("orchestrator", "lost")
        assert lost.told("DeletionWaits", "set spec.deletionPolicy to Retain")

        patch = '{"spec": {"deletionPolicy": "Retain"}}'
        site.kubectl("patch", "orchestrator", "lost", "--type=merge", "--patch", patch)
        lost.wait(_is_gone)


def test_unbonding_needs_the_second_word_and_then_takes_all_stake_out(
    figaro: Owner, devnet: Devnet
) -> None:
    site = figaro.site
    patch = '{"spec": {"deletionPolicy": "Unbond"}}'
    site.kubectl("patch", "orchestrator", "figaro", "--type=merge", "--patch", patch)
    figaro.wait(lambda found: found["metadata"].get("finalizers"))
    nonce = figaro.nonce()

    site.kubectl("delete", "orchestrator", "figaro", "--wait=false")
    assert figaro.told("DeletionWaits", "podium.video/confirm-unbond")
    assert figaro.nonce() == nonce

    said = f"podium.video/confirm-unbond={figaro.address}"
    site.kubectl("annotate", "orchestrator", "figaro", said)
    figaro.wait(_is_gone)

    bonding = devnet.contract("BondingManager").functions
    assert bonding.getDelegator(figaro.address).call()[0] == 0
    assert figaro.nonce() == nonce + 1


def test_nothing_that_was_done_was_forbidden(operator: OperatorProcess) -> None:
    assert operator.forbidden() == []
