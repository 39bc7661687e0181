"""`podium chain`: what it prints of status, and the one annotation that it writes."""

import argparse
import io
import json
from typing import Any

import pytest
from rich.console import Console, RenderableType
from tests.support.fake_kube import FakeKube

from podium_operator.api import names
from podium_operator.command import chain_words
from podium_operator.command.chain import CHAIN, approve
from podium_operator.command.cluster import UnreadableError
from podium_operator.kube.client import Body
from podium_operator.kube.kinds import ORCHESTRATOR

WAITING: dict[str, Any] = {
    "id": "settranscoder-100-ab",
    "kind": "SetTranscoder",
    "state": "AwaitingApproval",
    "round": 100,
    "why": "the cuts differ",
    "sender": "0x1",
    "to": "0x2",
    "data": "0x43d3461a",
    "valueWei": "0",
}
SENT: dict[str, Any] = {**WAITING, "id": "reward-100-cd", "kind": "Reward", "state": "Sent"}
CHAIN_STATUS = {
    "reward": "LATE r100",
    "roundLeft": "02h10m",
    "round": 100,
    "stage": "Active",
    "plan": "Reward: round 100 is unrewarded",
    "rpc": "1/2",
    "chainId": 42161,
    "account": {"totalLpt": "5000", "selfLpt": "1000", "feesEth": "0.1", "rewardCutPercent": 10},
    "keys": [{"role": "orchestrator", "address": "0x1", "balanceEth": "0.5", "signer": "keystore"}],
    "intents": [WAITING, SENT],
}


def _condition(kind: str, status: str) -> dict[str, str]:
    return {"type": kind, "status": status, "reason": "Why", "message": "so"}


def _body(**chain: Any) -> Body:
    conditions = [_condition("Funded", "True"), _condition("Ready", "True")]
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"namespace": "media", "name": "home"},
        "spec": {},
        "status": {"conditions": conditions, "chain": {**CHAIN_STATUS, **chain}},
    }


def _text(shown: RenderableType) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(shown)
    return out.getvalue()


async def _stored() -> tuple[FakeKube, Body]:
    kube = FakeKube()
    await kube.create(_body())
    return kube, await kube.get(ORCHESTRATOR, "media", "home")


def test_status_says_how_it_stands_and_shows_the_chains_conditions_alone() -> None:
    body = _body()

    text = _text(chain_words.status_of(body["status"]["chain"], chain_words.conditions_in(body)))

    for part in ("Active, round 100", "LATE r100", "5000 LPT", "0.5 ETH, signs by keystore"):
        assert part in text
    assert "Funded" in text
    assert "Ready" not in text


@pytest.mark.parametrize(
    ("kind", "status", "bad"),
    [
        pytest.param("Funded", "False", True, id="no ether"),
        pytest.param("RewardCalled", "False", True, id="a reward late or lost"),
        pytest.param("RewardCalled", "Unknown", False, id="a reward still to come"),
        pytest.param("CutInSync", "False", False, id="a change of cuts under way"),
    ],
)
def test_money_at_stake_is_bad_news(kind: str, status: str, *, bad: bool) -> None:
    assert chain_words.is_bad([_condition(kind, status)]) is bad


def test_a_plan_lists_every_intent_and_what_is_next() -> None:
    text = _text(chain_words.plan_of(CHAIN_STATUS))

    assert "next: Reward: round 100 is unrewarded" in text
    assert "settranscoder-100-ab" in text
    assert "reward-100-cd" in text


def test_call_data_is_all_that_a_cold_key_needs() -> None:
    [shown] = json.loads(chain_words.calldata_of([WAITING], chain_id=42161))

    assert shown["to"] == "0x2"
    assert shown["data"] == "0x43d3461a"
    assert shown["value"] == "0"
    assert shown["chainId"] == 42161


def test_a_ledger_is_printed_as_it_is_kept() -> None:
    kept = "round,reward_lpt\n100,18.9\n"

    assert chain_words.ledger_of(kept, as_csv=True) == "round,reward_lpt\n100,18.9"
    assert "REWARD_LPT" in _text(chain_words.ledger_of(kept, as_csv=False))
    assert "no round" in _text(chain_words.ledger_of("", as_csv=True))


async def test_approving_writes_the_annotation_under_a_persons_name() -> None:
    kube, body = await _stored()

    approved = await approve(kube, body, [WAITING["id"]])

    assert approved == (WAITING["id"],)
    after = await kube.get(ORCHESTRATOR, "media", "home")
    assert after["metadata"]["annotations"] == {names.APPROVE_ANNOTATION: WAITING["id"]}
    assert "spec" in after


async def test_everything_that_waits_can_be_approved_at_once() -> None:
    kube, body = await _stored()

    assert await approve(kube, body, []) == (WAITING["id"],)


async def test_where_nothing_waits_nothing_is_written() -> None:
    kube, body = await _stored()
    body["status"]["chain"]["intents"] = [SENT]
    kube.calls.clear()

    assert await approve(kube, body, []) == ()
    assert kube.calls == []


async def test_what_does_not_wait_is_not_approved() -> None:
    kube, body = await _stored()

    with pytest.raises(UnreadableError, match=r"does not wait for approval: settranscoder-100-ab"):
        await approve(kube, body, [SENT["id"]])


async def test_off_chain_there_is_nothing_to_approve() -> None:
    kube, body = await _stored()
    del body["status"]["chain"]

    with pytest.raises(UnreadableError, match=r"set spec\.chain"):
        await approve(kube, body, [])


def test_the_verb_takes_its_five_words() -> None:
    parser = argparse.ArgumentParser()
    CHAIN.arguments(parser)

    for words in (
        ["status", "home"],
        ["plan", "home", "-o", "json"],
        ["approve", "home", "--all"],
        ["calldata", "home", "--safe"],
        ["ledger", "home", "--csv"],
    ):
        assert parser.parse_args(words).orchestrator == "home"
