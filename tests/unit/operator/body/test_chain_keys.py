"""Whose turn it is: one identity and one key in the hands of several Orchestrators."""

from typing import Any

from tests.unit.operator.body.chain_world import OWN, ChainWorld, conditions_in

from podium_operator.kube.client import Body


def _twin(body: Body, **meta: Any) -> Body:
    """Return another Orchestrator with the same spec."""
    return {**body, "metadata": {**body["metadata"], "name": "elder", "uid": "elder", **meta}}


async def test_of_two_with_one_identity_the_older_acts_and_the_other_says_so(
    world: ChainWorld,
) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    elder = _twin(await world.orchestrator(), creationTimestamp="2025-12-31T23:59:59Z")
    world.claims.put(elder)

    body = await world.look()
    assert world.began == []
    assert conditions_in(body)["IntentPending"] == ("False", "IdentityTaken")
    assert "media/elder is older" in world.events()["IdentityTaken"]

    world.claims.withdraw(elder)
    await world.look()
    assert len(world.began) == 1


async def test_a_key_that_another_uses_now_begins_nothing(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    other = _twin(await world.orchestrator())
    world.claims.hold(other, 42161, {OWN})

    waiting = await world.look()
    world.claims.hold(other, 42161, ())
    await world.look()

    [intent] = waiting["status"]["chain"]["intents"]
    assert intent["message"] == "media/elder is under way from the same key"
    assert len(world.began) == 1


async def test_a_key_is_held_while_bytes_are_under_way_from_it(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    other = _twin(await world.orchestrator())

    await world.look()
    under_way = dict(world.claims.held_by_others(other, 42161))
    await world.look()
    world.rewarded()
    await world.look()

    assert under_way == {OWN: "media/home"}
    assert world.claims.held_by_others(other, 42161) == {}


async def test_a_turn_that_fails_before_it_sends_lets_the_key_go(world: ChainWorld) -> None:
    await world.begin(rewards={"startDelaySeconds": 0})
    other = _twin(await world.orchestrator())
    world.refuse_status()

    await world.look()

    assert world.claims.held_by_others(other, 42161) == {}
