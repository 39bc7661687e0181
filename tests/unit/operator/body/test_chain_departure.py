"""How an Orchestrator on chain is let go: held while work is left there, and saying so."""

from dataclasses import replace

import pytest
from tests.unit.operator.body.chain_world import OWN, ChainWorld

from podium_operator.api import names
from podium_operator.kube.client import Body


def _finalizers(body: Body) -> list[str]:
    return list(body["metadata"].get("finalizers") or ())


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
async def test_a_stake_that_stays_holds_no_deletion_up(world: ChainWorld, policy: str) -> None:
    await world.begin(policy=policy)

    assert _finalizers(await world.look()) == []


async def test_a_deletion_with_work_on_chain_is_held_until_the_work_is_done(
    world: ChainWorld,
) -> None:
    await world.begin(policy="Deactivate")
    world.rewarded()
    assert _finalizers(await world.look()) == [names.FINALIZER]

    await world.delete()
    held = await world.look()
    assert _finalizers(held) == [names.FINALIZER]
    assert [one["kind"] for one in held["status"]["chain"]["intents"]] == ["SetServiceURI"]

    assert world.state is not None
    own = replace(world.state.transcoder, service_uri="")
    world.state = replace(world.state, transcoder=own, block=world.state.block + 50)
    await world.look()
    assert _finalizers(await world.look()) == []


async def test_unbonding_without_the_second_word_waits_and_says_how(world: ChainWorld) -> None:
    await world.begin(policy="Unbond")
    world.rewarded()
    await world.look()
    await world.delete()

    body = await world.look()

    assert _finalizers(body) == [names.FINALIZER]
    assert world.began == []
    told = world.events()["DeletionWaits"]
    assert "podium.video/confirm-unbond" in told
    assert told.count("Retain") == 1

    await world.annotate(confirm_unbond=OWN)
    body = await world.look()
    assert [one["kind"] for one in body["status"]["chain"]["intents"]] == ["Unbond"]
    assert len(world.began) == 1


async def test_a_deletion_while_the_chain_is_away_says_so_and_how_to_end_it(
    world: ChainWorld,
) -> None:
    await world.begin(policy="Deactivate")
    await world.look()
    world.state = None
    await world.restart()
    await world.delete()

    assert _finalizers(await world.look()) == [names.FINALIZER]
    assert "set spec.deletionPolicy to Retain" in world.events()["DeletionWaits"]

    await world.ask(deletionPolicy="Retain")
    assert _finalizers(await world.look()) == []


async def test_a_change_of_mind_takes_the_finalizer_off(world: ChainWorld) -> None:
    await world.begin(policy="Deactivate")
    await world.look()

    await world.ask(deletionPolicy="Retain")

    assert _finalizers(await world.look()) == []
