"""The chain's keeper: what it shows, what it sends and whom it waits for."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.body.chain_world import OWN, ChainWorld, conditions_in, states_in
from tests.unit.operator.chain.cases import STATE

from podium_operator.chain.mail import Mail
from podium_operator.lease import LeadershipLostError


async def test_status_shows_the_columns_the_account_and_every_condition(world: ChainWorld) -> None:
    await world.begin()
    world.rewarded()

    body = await world.look()

    chain = body["status"]["chain"]
    assert chain["reward"] == "ok r100"
    assert chain["stake"] == "5k"
    assert chain["roundLeft"] == "03h00m"
    assert chain["account"]["selfLpt"] == "1000"
    assert chain["recentRewards"] == [{"round": 100, "state": "called"}]
    conditions = conditions_in(body)
    assert conditions["Registered"][0] == conditions["Active"][0] == "True"
    assert conditions["RewardCalled"] == ("True", "Called")
    assert len(conditions) == 7


async def test_a_reward_is_sent_once_and_told(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})

    first = await world.look()
    second = await world.look()
    world.rewarded()
    third = await world.look()

    assert [states_in(body) for body in (first, second, third)] == [["Sent"], ["Mined"], ["Done"]]
    assert len(world.began) == 1
    assert {"IntentSent", "RewardCalled"} <= world.events().keys()
    assert third["status"]["chain"]["reward"] == "ok r100"


async def test_a_change_of_the_spec_ends_its_rest(world: ChainWorld) -> None:
    await world.begin(rpc={"pollSeconds": 3600})
    await world.look()
    resting = asyncio.create_task(world.keeper._rest())

    await world.edit(lambda body: body["spec"]["chain"].update(role="Endpoint"))

    await asyncio.wait_for(resting, 60)


async def test_a_new_leader_goes_on_with_what_was_sent(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    await world.look()

    await world.restart()
    body = await world.look()

    assert states_in(body) == ["Mined"]
    assert len(world.began) == 1


async def test_at_rest_nothing_is_written(world: ChainWorld) -> None:
    world.rewarded()
    await world.begin()
    await world.look()
    world.kube.calls.clear()

    for _ in range(5):
        await world.look()

    assert [call for call in world.kube.calls if call[0] != "get"] == []


async def test_under_manual_approval_it_waits_for_the_annotation_and_tells_who_gave_it(
    world: ChainWorld,
) -> None:
    await world.begin(approval="Manual", rewards={"startDelaySeconds": 0})
    waiting = await world.look()
    [intent] = waiting["status"]["chain"]["intents"]
    assert intent["state"] == "AwaitingApproval"
    assert intent["id"] in world.events()["IntentAwaitsApproval"]

    await world.annotate(approve=intent["id"])
    body = await world.look()

    assert states_in(body) == ["Sent"]
    assert world.events()["IntentApproved"] == (
        f"{intent['id']} approved by alice at 2026-01-02T03:04:05Z"
    )


async def test_without_a_key_there_is_call_data_for_a_person(world: ChainWorld) -> None:
    world.signs = False
    await world.begin(rewards={"startDelaySeconds": 0})

    body = await world.look()

    assert states_in(body) == ["AwaitingSignature"]
    assert '"data":"0x228cb733"' in body["status"]["chain"]["safeTransaction"]
    assert world.began == []


async def test_a_chain_that_does_not_answer_is_told_and_nothing_is_forgotten(
    world: ChainWorld,
) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    await world.look()
    world.state = None
    await world.restart()

    body = await world.look()

    assert conditions_in(body)["RewardCalled"][0] == "Unknown"
    assert states_in(body) == ["Sent"]
    assert body["status"]["chain"]["stake"] == "5k"


async def test_a_missing_key_is_told_by_name_and_reading_goes_on(world: ChainWorld) -> None:
    world.faults = (f"{OWN} cannot sign: Secret key is missing: create it with keystore.json",)
    await world.begin()

    body = await world.look()

    assert "Secret key is missing" in world.events()["ChainPartMissing"]
    assert "Secret key is missing" in body["status"]["chain"]["plan"]
    assert body["status"]["chain"]["stake"] == "5k"


async def test_while_paused_nothing_is_begun(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    await world.ask(paused=True)

    body = await world.look()

    assert world.began == []
    assert "paused" in body["status"]["chain"]["plan"]


async def test_an_endpoint_signs_nothing(world: ChainWorld) -> None:
    await world.begin(role="Endpoint", rewards={"startDelaySeconds": 0})

    body = await world.look()

    assert world.began == []
    assert states_in(body) == []


async def test_off_chain_again_nothing_of_the_chain_is_shown(world: ChainWorld) -> None:
    await world.begin()
    await world.look()
    await world.edit(lambda body: body["spec"].pop("chain"))

    body = await world.look()

    assert "chain" not in body["status"]
    assert not body["status"]["conditions"]
    assert world.series("podium_current_round") == {}


async def test_an_orchestrator_off_chain_concerns_no_chain() -> None:
    mail = Mail({"metadata": {"namespace": "media", "name": "home"}, "spec": {}})

    assert not mail._concerned.is_set()


async def test_a_log_that_somebody_spoilt_stops_sending(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    await world.edit(lambda body: body.update(status={"chain": {"intents": [{"id": "x"}]}}))
    await world.restart()

    await world.look()

    assert world.began == []
    assert "cannot be read" in world.events()["ChainTrouble"]


async def test_what_could_not_be_written_down_is_not_sent(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    world.refuse_status()
    await world.look()
    assert world.stored == []

    world.kube.fail = lambda *_: None
    body = await world.look()
    assert states_in(body) == ["Sent"]
    assert len(world.stored) == 1


async def test_lost_leadership_ends_the_keeper(world: ChainWorld) -> None:
    await world.begin()

    def lose(verb: str, *_: str) -> Any:
        return LeadershipLostError("gone") if verb == "apply" else None

    world.kube.fail = lose
    with pytest.raises(LeadershipLostError):
        await world.look()


async def test_contracts_are_known_from_first_sight_and_a_change_is_told(
    world: ChainWorld,
) -> None:
    world.rewarded()
    await world.begin()
    body = await world.look()
    assert len(body["status"]["chain"]["contracts"]) == len(STATE.targets)
    assert world.state is not None
    moved = replace(world.state.targets["BondingManagerTarget"], address=f"0x{'9' * 40}")
    targets = {**world.state.targets, "BondingManagerTarget": moved}
    world.state = replace(world.state, targets=targets)

    await world.look()

    assert "BondingManagerTarget" in world.events()["ContractUpgraded"]


async def test_gauges_follow_the_chain(world: ChainWorld) -> None:
    world.rewarded()
    await world.begin()

    await world.look()

    assert [*world.series("podium_current_round").values()] == [100]
    assert [*world.series("podium_reward_state").values()] == [1]
    assert [*world.series("podium_rewards_missed_total").values()] == [0]
    assert world.series("podium_rpc_up")[
        'podium_rpc_up{endpoint="one",name="home",namespace="media"}'
    ]


async def test_a_missed_round_is_counted_once(
    world: ChainWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    await world.begin(rewards={"startDelaySeconds": 0}, approval="Manual")
    await world.look()
    assert world.state is not None
    later = replace(world.state.round, number=101, start_block=6000, block_number=6001)
    world.state = replace(world.state, round=later)

    await world.look()
    body = await world.look()

    assert [*world.series("podium_rewards_missed_total").values()] == [1]
    assert {"round": 100, "state": "missed"} in body["status"]["chain"]["recentRewards"]
